"""When to look again and when to stop: the policy of waiting, without a clock or a wait.

Whoever waits (a thread, a coroutine, an HTTP handler) does so:

    vigil = Vigil(expectation, reader, now=clock())
    while (pause := vigil.look(clock())) is not None:
        wait until something newer than vigil.position is stored, for at most `pause` seconds
    vigil.verdict

May import: expect.judge, store.
"""

from __future__ import annotations

from fake_relay.expect.expectation import Expectation
from fake_relay.expect.judge import Verdict, Watch
from fake_relay.expect.subject import Views
from fake_relay.store import Reader


class Vigil:
    """Waits for one expectation, by the clock of whoever calls it (seconds, monotonic)."""

    verdict: Verdict

    def __init__(
        self,
        expectation: Expectation,
        reader: Reader,
        *,
        now: float,
        views: Views | None = None,
    ) -> None:
        self._watch = Watch(expectation, reader, views)
        self._expectation = expectation
        self._deadline = now + max(expectation.within, expectation.quiet)
        self._last_arrival = now

    @property
    def position(self) -> int:
        """Everything up to this item has been looked at."""
        return self._watch.position

    def look(self, now: float) -> float | None:
        """Look again; the seconds to wait for something newer, or None when it is over."""
        arrived = self._watch.arrived
        self.verdict = self._watch.look()
        if self._watch.arrived > arrived:
            self._last_arrival = now
        if self.verdict.settled or now >= self._deadline:
            return None
        if not self.verdict.held:
            return self._deadline - now
        quiet_until = self._last_arrival + self._expectation.quiet
        return None if now >= quiet_until else min(quiet_until, self._deadline) - now
