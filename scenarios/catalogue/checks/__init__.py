"""Judgements that no expectation says; they run in the parent.

May import: evidence, judged, result; fake_relay's public names.
"""

from __future__ import annotations
