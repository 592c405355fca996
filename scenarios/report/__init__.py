"""Reports of a run: a file for each form, each made from the `Run` alone.

Rule: everything that came from a process under test is shown as text, never as markup or as
control characters.
May import: result; each form the library that it needs.
"""

from __future__ import annotations
