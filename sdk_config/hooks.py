"""The chain behind each hook of the SDK: user hooks, filters, fingerprints, the scrubber last.

Rule: nothing unscrubbed passes and nothing raises: what fails is dropped, with a reason in the
ledger. What is captured or logged inside a hook is dropped as recursion. No hook ever logs.
May import: drops, seams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from sdk_config.drops import Ledger, Reason, carried_is_told
from sdk_config.seams import Hint, Hook, Parts, Payload, UserHooks

QUIET_TYPES = frozenset({"check_in", "feedback"})
"""Hooks written for errors lose these (F-04): user hooks, filters and samplers never see them."""

CATEGORIES = {"check_in": "monitor", "feedback": "feedback", "transaction": "transaction"}
"""The data category of an event by its `type`; without one it is an error."""

_CARRYING = frozenset({"error", "feedback", "transaction"})

Walk = Callable[[Payload, Hint], Payload]
"""What happens to an item before it is scrubbed."""

_inside: ContextVar[bool] = ContextVar("sdk_config_inside_a_hook", default=False)


class Dropped(Exception):
    """Ends an item's walk through the chain."""

    def __init__(self, reason: Reason, word: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.word = word


class Chain:
    """The hooks that `setup()` gives to the SDK, for some parts and the application's hooks."""

    def __init__(self, parts: Parts, user: UserHooks, ledger: Ledger) -> None:
        self._parts = parts
        self._user = user
        self._ledger = ledger

    def before_send(self, event: Payload, hint: Hint) -> Payload | None:
        """Errors, messages, feedback and check-ins."""
        category = CATEGORIES.get(event.get("type", ""), "error")
        quiet = event.get("type") in QUIET_TYPES

        return self._run(category, "event", event, hint, _as_it_is if quiet else self._judged)

    def before_send_transaction(self, event: Payload, hint: Hint) -> Payload | None:
        """Transactions with their spans."""
        hook = self._user.before_send_transaction
        return self._run("transaction", "transaction", event, hint, _asked(hook))

    def before_send_log(self, log: Payload, hint: Hint) -> Payload | None:
        """Logs."""
        return self._run("log_item", "log", log, hint, _asked(self._user.before_send_log))

    def before_send_metric(self, metric: Payload, hint: Hint) -> Payload | None:
        """Metrics."""
        hook = self._user.before_send_metric
        return self._run("trace_metric", "metric", metric, hint, _asked(hook))

    def before_breadcrumb(self, crumb: Payload, hint: Hint) -> Payload | None:
        """Breadcrumbs; the SDK would keep the original if this raised (3.6)."""
        hook = self._user.before_breadcrumb
        return self._run("breadcrumb", "breadcrumb", crumb, hint, _asked(hook))

    def before_send_span(self, span: Payload, hint: Hint) -> Payload:
        """Streamed spans; the SDK cannot drop one, so what fails is emptied (3.6)."""
        found = self._run("span", "span", span, hint, _asked(self._user.before_send_span))
        return found if found is not None else {**span, "name": "[Filtered]", "attributes": {}}

    def traces_sampler(self, context: Mapping[str, Any], fallback: float | None) -> float:
        """The rate of a transaction; what fails or is no rate gives the configured one."""
        own = self._parts.sampler.trace_rate if self._parts.sampler else None
        return _rate(self._user.traces_sampler or own, (context,), fallback)

    def error_sampler(self, event: Payload, hint: Hint, fallback: float) -> float:
        """The rate of an error; feedback is always sent."""
        if event.get("type") in QUIET_TYPES:
            return 1.0
        own = self._parts.sampler.error_rate if self._parts.sampler else None
        return _rate(self._user.error_sampler or own, (event, hint), fallback)

    def _judged(self, event: Payload, hint: Hint) -> Payload:
        found = _asked(self._user.before_send)(event, hint)
        try:
            self._filter(found, hint)
            self._group(found, hint)
        except Dropped:
            raise
        except Exception as error:  # noqa: BLE001 - a filter must not let noise or harm through
            raise Dropped(Reason.FILTER_ERROR, type(error).__name__) from None
        return found

    def _filter(self, event: Payload, hint: Hint) -> None:
        part = self._parts.error_filter
        word = part.drop_reason(event, hint) if part else None
        if word is not None:
            raise Dropped(Reason.FILTERED, word)

    def _group(self, event: Payload, hint: Hint) -> None:
        part = self._parts.fingerprinter
        if part is None or event.get("fingerprint"):
            return
        found = part.fingerprint(event, hint)
        if found is not None:
            event["fingerprint"] = found

    def _scrubbed(self, kind: str, payload: Payload, hint: Hint) -> Payload:
        if self._parts.scrubber is None:
            return payload
        try:
            found: Payload | None = getattr(self._parts.scrubber, kind)(payload, hint)
        except Exception as error:  # noqa: BLE001 - what cannot be scrubbed does not leave
            raise Dropped(Reason.SCRUBBER_ERROR, type(error).__name__) from None
        if found is None:
            raise Dropped(Reason.SCRUBBED_AWAY)
        return found

    def _run(
        self, category: str, kind: str, payload: Payload, hint: Hint, first: Walk
    ) -> Payload | None:
        before = _carried(category, payload, hint) if category in _CARRYING else {}
        if _inside.get():
            self._lose(category, before, Reason.RECURSION)
            return None
        token = _inside.set(True)
        try:
            found = self._scrubbed(kind, first(payload, hint), hint)
        except Dropped as drop:
            self._lose(category, before, drop.reason, drop.word)
            return None
        except Exception as error:  # noqa: BLE001 - never into the application
            self._lose(category, before, Reason.FILTER_ERROR, type(error).__name__)
            return None
        finally:
            _inside.reset(token)
        for other, quantity in before.items():
            missing = quantity - _carried(category, found, hint).get(other, 0)
            if missing > 0:
                carried_is_told.set(True)
                self._ledger.dropped(other, Reason.USER_HOOK, missing)
        return found

    def _lose(
        self, category: str, carried: Mapping[str, int], reason: Reason, word: str = ""
    ) -> None:
        self._ledger.dropped(category, reason, word=word)
        carried_is_told.set(True)
        for other, quantity in carried.items():
            self._ledger.dropped(other, reason, quantity, word=word)


def _carried(category: str, payload: Payload, hint: Hint) -> dict[str, int]:
    """What goes with an item and is lost with it, by data category; often told by nobody (4.2).

    A transaction is a span itself. Its profile is counted by the last line: the SDK takes it off
    before the hook is called.
    """
    found: dict[str, int] = {}
    # A hook of the application's may have left anything there.
    with suppress(Exception):
        if category == "transaction":
            found["span"] = len(payload.get("spans") or ()) + 1
    with suppress(Exception):
        every = hint["attachments"] or ()
        sent = [one for one in every if category != "transaction" or _is_for_transactions(one)]
        if sent:
            found["attachment"] = len(sent)
    return found


def _is_for_transactions(attachment: Any) -> bool:
    return bool(getattr(attachment, "add_to_transactions", False))


def is_inside() -> bool:
    """Whether this code runs inside one of our hooks; nothing may be captured there."""
    return _inside.get()


def _as_it_is(payload: Payload, hint: Hint) -> Payload:
    return payload


def _asked(hook: Hook | None) -> Walk:
    """The application's hook, whose errors are drops."""
    if hook is None:
        return _as_it_is

    def ask(payload: Payload, hint: Hint) -> Payload:
        try:
            found = hook(payload, hint)
        except Exception as error:  # noqa: BLE001 - theirs is a drop, not the application's crash
            raise Dropped(Reason.USER_HOOK_ERROR, type(error).__name__) from None
        if found is None:
            raise Dropped(Reason.USER_HOOK)
        if not isinstance(found, dict):
            raise Dropped(Reason.USER_HOOK_ERROR, f"gave {type(found).__name__}")
        return found

    return ask


def _rate(sampler: Callable[..., Any] | None, given: tuple[Any, ...], fallback: Any) -> float:
    """A sampler's rate, or the fallback where it raises or gives none (D-08, D-09)."""
    usual = float(fallback or 0.0)
    if sampler is None:
        return usual
    try:
        found = sampler(*given)
    except Exception:  # noqa: BLE001 - the SDK would send all errors, or no trace
        return usual
    if isinstance(found, (bool, int, float)) and 0.0 <= found <= 1.0:
        return float(found)
    return usual
