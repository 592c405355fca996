"""The process under test: the fork server that makes it, the child that drives it, its journal.

Rule: what runs in there imports nothing of fake_relay, so that what is judged is not what
judges, and nothing but the standard library and sentry_sdk, so that any interpreter can run it;
only `launch` runs in the parent.
"""

from __future__ import annotations
