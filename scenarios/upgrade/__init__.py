"""Upgrade diff: the same scenarios under two SDKs or two configurations, and what changes.

May import: its own modules, runner, evidence, target, result; fake_relay's names.
"""

from __future__ import annotations

from scenarios.upgrade.difference import Change, Difference, compare
from scenarios.upgrade.environments import sdk_folder
from scenarios.upgrade.normal import Snapshot, taken

__all__ = ["Change", "Difference", "Snapshot", "compare", "sdk_folder", "taken"]
