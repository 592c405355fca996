"""Memory that large bodies took goes back to the system: glibc's allocator, told how.

Rule: for a process that does nothing but serve, and nothing at all where the C library is
another one. Small blocks stay where they are, so ordinary requests cost what they did.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024

# mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
OWN_MAPPING: Final = 4 * MIB
"""Bytes from which on a block is a mapping of its own, which ends with it. Left alone, glibc
raises this to 32 MiB at the first large body, and what is freed below others stays."""
FREE_END: Final = 32 * MIB
"""Bytes that may be free at the heap's end, so that it does not shrink and grow at each request:
each page that comes back costs a fault. What is left is given back while the server is quiet."""
GROWN: Final = 4 * MIB
"""Bytes by which the process has to grow before what it freed is looked for."""

_STATM: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Memory:
    """What this process holds, and the giving back of what it does not use."""

    def __init__(self) -> None:
        self._least = 0
        self._trim = None
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            self._trim = library.malloc_trim
            library.mallopt(_MMAP_THRESHOLD, OWN_MAPPING)
            library.mallopt(_TRIM_THRESHOLD, FREE_END)
            # The interpreter lets one thread at a time allocate, nearly always.
            library.mallopt(_ARENA_MAX, 1)
            self._least = held()

    def give_back(self) -> bool:
        """Give back what is free, if there is much more than there was; whether it was tried.

        Takes some milliseconds, in which no other thread allocates.
        """
        if self._trim is None or held() < self._least + GROWN:
            return False
        self._trim(0)
        self._least = held()
        return True


def held() -> int:
    """Bytes of memory that are the process's own; 0 where nobody tells."""
    try:
        _, resident, shared, *_ = _STATM.read_text().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * _PAGE
