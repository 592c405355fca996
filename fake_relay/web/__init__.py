"""The shell: aiohttp lives here, and nothing is decided here.

May import: relay and every room below it.
"""
