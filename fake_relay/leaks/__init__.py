"""Search what left a process for values that should not have left it.

Rule: payloads, headers of items and envelopes, the sender's names and refused requests are
searched as bytes, through the spellings of `spelling` and inside of what is compressed, two
deep. What is encrypted, hashed, split or spelled otherwise is not found.
May import: store, records, protocol.
"""

from __future__ import annotations

from fake_relay.leaks.finder import Finder, Leak, Sought, find_leaks
from fake_relay.leaks.places import Place

__all__ = ["Finder", "Leak", "Place", "Sought", "find_leaks"]
