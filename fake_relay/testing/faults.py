"""`relay.faults` in a test: break what the test's own project receives, on purpose.

Rule: only the test's project is hit, and what a test set is gone when it ends. Each call
breaks from now on; as a context manager, it breaks until the block ends.
May import: faults, config, testing.live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from fake_relay.config.faults import Fault
from fake_relay.faults import Fired, milliseconds, plan_of, words_of
from fake_relay.testing.live import LiveRelay

Time = str | float
"""Seconds, or a text such as `250ms`, `2s` or `1m`."""


class Breakage:
    """A fault that was set; leaving its block, or `stop`, ends it."""

    def __init__(self, faults: ProjectFaults, fault: Fault, fault_id: int) -> None:
        self._faults = faults
        self.fault = fault
        self.id = fault_id

    def stop(self) -> None:
        """End it, and lift the limits of the project; ending it twice does nothing more."""
        self._faults.remove(self.id)

    @property
    def fired(self) -> list[Fired]:
        """The requests that it hit, oldest first."""
        return [fired for fired in self._faults.fired if fired.fault == self.id]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<fault {self.id}: {words_of(self.fault)}>"


class ProjectFaults:
    """The faults of one project.

    Every method takes, beside its own arguments, what all faults have: `times`, `probability`
    with `seed`, `door`, `categories`, `types`, `q` (which requests), and `bucket`, a pair of
    requests a second and requests at once that pass unharmed. Raises `ConfigError` for what
    means nothing.
    """

    def __init__(self, live: LiveRelay, project: str) -> None:
        self._live = live
        self._project = project
        self._used = False

    # What can go wrong.

    def rate_limit(
        self,
        *categories: str,
        seconds: int = 60,
        reason: str | None = None,
        scope: Literal["organization", "project", "key"] = "organization",
        **which: Any,
    ) -> Breakage:
        """Answer 429 with Sentry's headers, and drop these categories for `seconds`; none: all."""
        limit = {"categories": categories, "retry_after": seconds, "scope": scope, "reason": reason}
        return self._add({"rate_limit": limit}, which)

    def quota(
        self, *categories_and_limit: str | int, window: int = 60, reason: str | None = None
    ) -> Breakage:
        """Take so many units of these categories in `window` seconds: `quota("error", 100)`."""
        *names, limit = categories_and_limit
        quota = {"categories": names, "limit": limit, "window": window, "reason": reason}
        return self._add({"quota": quota}, {})

    def status(
        self,
        status: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        **which: Any,
    ) -> Breakage:
        """Answer with this status; from 300 on, nothing of the request is kept."""
        told = {"status": status, "headers": dict(headers or {}), "body": body}
        return self._add(told, which)

    def outage(self, times: int | None = None, **which: Any) -> Breakage:
        """Answer 503, `times` times or until it is stopped."""
        return self.status(503, times=times, **which)

    def latency(self, time: Time, *, jitter: Time = 0, **which: Any) -> Breakage:
        """Answer later, give or take `jitter`."""
        late = {"ms": milliseconds(time), "jitter_ms": milliseconds(jitter)}
        return self._add({"latency": late}, which)

    def hang(self, time: Time = 30, **which: Any) -> Breakage:
        """Say nothing for so long, then close the connection; the request is lost."""
        return self._add({"hang": {"seconds": milliseconds(time) / 1000}}, which)

    def drop_connection(
        self, when: Literal["before_body", "after_body"] = "before_body", **which: Any
    ) -> Breakage:
        """Reset the connection: before the body is read, or after all was kept."""
        return self._add({"reset": when}, which)

    def truncate(self, size: int = 10, **which: Any) -> Breakage:
        """Close the connection after so many bytes of the answer's body; the request is kept."""
        return self._add({"truncate": {"bytes": size}}, which)

    def garbage(self, **which: Any) -> Breakage:
        """Answer with bytes that are no HTTP; the request is kept."""
        return self._add({"garbage": True}, which)

    def bad_json(self, **which: Any) -> Breakage:
        """Answer with JSON that lacks its end; the request is kept."""
        return self._add({"bad_json": True}, which)

    def content_type(self, content_type: str = "text/html", **which: Any) -> Breakage:
        """Answer as ever, but say that it is of another type; the request is kept."""
        return self._add({"content_type": content_type}, which)

    # The plan.

    def add(self, entry: Mapping[str, Any] | Fault) -> Breakage:
        """Add an entry in the form of the HTTP API, for this project."""
        told = msgspec.to_builtins(entry)
        (fault,) = plan_of({"faults": [{**told, "project": self._project}]})
        self._used = True
        return Breakage(self, fault, self._live.add_fault(fault))

    @property
    def plan(self) -> tuple[Fault, ...]:
        """The entries that are set."""
        return self._live.faults(self._project).faults

    @property
    def fired(self) -> Sequence[Fired]:
        """What hit requests of this project, oldest first: `label`, `received_at`, `door`."""
        return self._live.faults(self._project).fired

    def remove(self, fault_id: int) -> None:
        """Forget the entry of that id."""
        self._live.clear_faults(self._project, fault_id)

    def clear(self) -> None:
        """Forget all entries and what fired, and lift the limits that they imposed."""
        self._live.clear_faults(self._project, None)
        self._used = False

    def close(self) -> None:
        """Clear, if anything was set at all."""
        if self._used:
            self.clear()

    def _add(self, effect: Mapping[str, Any], which: Mapping[str, Any]) -> Breakage:
        told = dict(which)
        match = {
            name: told.pop(name) for name in ("door", "categories", "types", "q") if name in told
        }
        bucket = told.pop("bucket", None)
        if bucket is not None:
            told["bucket"] = dict(zip(("rate", "burst"), bucket, strict=True))
        return self.add({"effect": effect, "match": match, **told})

    def __repr__(self) -> str:
        return f"<faults of project {self._project}: {[words_of(fault) for fault in self.plan]}>"
