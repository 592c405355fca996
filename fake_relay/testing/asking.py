"""The shape of a sentence: `relay.expect_event(exception="ValueError", count=1, within=2)`.

Rule: one match or any number gives the first one, a count gives all of them as a list.
May import: testing.sentences, testing.caught, expect.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, overload

from fake_relay.errors import ConfigError
from fake_relay.expect import NONE, Expectation
from fake_relay.expect.expectation import AT_LEAST_ONE, counted, types_of
from fake_relay.testing import sentences
from fake_relay.testing.caught import Caught

if TYPE_CHECKING:
    from fake_relay.testing.harness import Relay

Bounds = int | tuple[int, int | None]
"""Exactly so many, or at least and at most (None for no bound)."""

QUIET = 0.1
"""Seconds without an arrival after which a negative is believed."""


class Asking:
    """Waits for items of one type."""

    def __init__(self, relay: Relay, kind: str | None) -> None:
        self._relay = relay
        self._types = () if kind is None else types_of(kind)

    @overload
    def __call__(
        self,
        *,
        count: Literal[1] | None = None,
        within: float | None = None,
        since: int | None = None,
        quiet: float = 0.0,
        q: str = "",
        **where: Any,
    ) -> Caught: ...

    @overload
    def __call__(
        self,
        *,
        count: Bounds,
        within: float | None = None,
        since: int | None = None,
        quiet: float = 0.0,
        q: str = "",
        **where: Any,
    ) -> list[Caught]: ...

    def __call__(
        self,
        *,
        count: Bounds | None = None,
        within: float | None = None,
        since: int | None = None,
        quiet: float = 0.0,
        q: str = "",
        **where: Any,
    ) -> Caught | list[Caught]:
        """Wait until it holds; raises `ExpectationFailed`. Times are in seconds."""
        __tracebackhide__ = True
        bounds = AT_LEAST_ONE if count is None else counted(count)
        expectation = self._expectation(q, within, since, where)
        found = self._relay.expect(replace(expectation, count=bounds, quiet=quiet))
        return found[0] if count in (None, 1) else found

    def _expectation(
        self, q: str, within: float | None, since: int | None, where: dict[str, Any]
    ) -> Expectation:
        expectation = sentences.expectation(self._types, q, AT_LEAST_ONE, where)
        return replace(
            expectation,
            within=self._relay.within if within is None else within,
            since=since or 0,
        )


class Refusing(Asking):
    """Sees to it that nothing of the kind comes."""

    def __call__(  # type: ignore[override]  # a negative has no count and gives nothing back
        self,
        *,
        quiet: float = QUIET,
        within: float | None = None,
        since: int | None = None,
        q: str = "",
        **where: Any,
    ) -> None:
        """Wait for quiet; raises `ExpectationFailed` as soon as one comes. Times in seconds."""
        __tracebackhide__ = True
        if "count" in where:
            raise ConfigError("a negative has no count; use the positive sentence with count=")
        expectation = self._expectation(q, within, since, where)
        self._relay.expect(replace(expectation, count=NONE, quiet=quiet))


class AskingAsync:
    """The same for coroutines: the wait is in a thread, the loop runs on."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    @overload
    async def __call__(self, *, count: Literal[1] | None = None, **asked: Any) -> Caught: ...

    @overload
    async def __call__(self, *, count: Bounds, **asked: Any) -> list[Caught]: ...

    async def __call__(self, **asked: Any) -> Caught | list[Caught]:
        """Wait until it holds; raises `ExpectationFailed`."""
        found: Caught | list[Caught] = await asyncio.to_thread(lambda: self._asking(**asked))
        return found


class RefusingAsync:
    """The same for coroutines."""

    def __init__(self, refusing: Refusing) -> None:
        self._refusing = refusing

    async def __call__(self, **asked: Any) -> None:
        """Wait for quiet; raises `ExpectationFailed` as soon as one comes."""
        await asyncio.to_thread(lambda: self._refusing(**asked))
