"""Which errors are noise: by class, name, logger, status, message, and by how often they come.

Rule: pure and safe for threads; a drop has a word, which the ledger keeps.
May import: events, globs, errors, seams.
"""

from __future__ import annotations

from sdk_config.filters.bursts import Bursts, Summary
from sdk_config.filters.error_filter import NOISE, ErrorFilter

__all__ = ["NOISE", "Bursts", "ErrorFilter", "Summary"]
