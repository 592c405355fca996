"""What scenarios do that data cannot say; it runs in the child.

Rule: nothing of fake_relay is imported here.
May import: process.journal, sentry_sdk and frameworks.
"""

from __future__ import annotations
