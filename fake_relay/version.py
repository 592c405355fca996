"""The version, where every room can read it.

May import: nothing.
"""

__version__ = "0.1.0"
