"""Run a user's setup in this process of its own, with a transport that records, and tell facts.

Rule: nothing leaves the process, whatever the setup asks for; of errors the class and place are
told, never the text. Run as `python -m sdk_config.checks.probe MODULE:FUNCTION FILE`.
May import: samples, hook_probe; install's runtime; sentry_sdk.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import traceback
import uuid
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import sentry_sdk
import sentry_sdk.client
import sentry_sdk.transport

from sdk_config.checks.hook_probe import probe_hooks, probe_samplers
from sdk_config.runtime import current

PROBE_DSN = "http://probe@127.0.0.1:9/1"
"""Where items would go if the transport did not record; nobody listens there."""

RATES = (
    "sample_rate",
    "traces_sample_rate",
    "profiles_sample_rate",
    "profile_session_sample_rate",
)
BIG = 2_000_000


class Recorder(sentry_sdk.transport.Transport):
    """Keeps envelopes in memory, as item types and bytes."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.items: list[tuple[str, bytes]] = []

    def capture_envelope(self, envelope: Any) -> None:
        """Keep the items, with what the envelope's header says of each."""
        header = json.dumps(envelope.headers, default=str).encode()
        for item in envelope.items:
            self.items.append((str(item.type), item.get_bytes() + header))

    def capture_event(self, event: Any) -> None:
        """Versions before 2.0 send errors so."""
        self.items.append(("event", json.dumps(event, default=str).encode()))

    def record_lost_event(self, *args: Any, **more: Any) -> None:
        """Discards are no facts of a probe."""


class Starts:
    """Watches how clients are made: where from, with which options, with which recorder."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self.given: list[dict[str, Any]] = []
        self.recorders: list[Recorder] = []

    def watch(self) -> None:
        """Put the recorder where the SDK makes transports; Spotlight is left out."""
        module: Any = sentry_sdk.client
        options = module._get_options  # noqa: SLF001 - there is no public seam before the client

        def get_options(*args: Any, **kwargs: Any) -> Any:
            self.given.append(kwargs)
            return options(*args, **kwargs)

        module._get_options = module.get_options = get_options  # noqa: SLF001
        module.make_transport = self._transport
        if hasattr(module, "setup_spotlight"):
            module.setup_spotlight = _no_spotlight
        if "sentry_sdk.spotlight" in sys.modules or _can_import("sentry_sdk.spotlight"):
            importlib.import_module("sentry_sdk.spotlight").setup_spotlight = _no_spotlight  # type: ignore[attr-defined]

    def _transport(self, options: Any) -> Recorder:
        self.places.append(_caller())
        self.recorders.append(Recorder(options))
        return self.recorders[-1]


def observe(target: str) -> dict[str, Any]:
    """Everything that is told of a setup, as JSON."""
    starts = Starts()
    starts.watch()
    facts: dict[str, Any] = {"starts": starts.places}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _run(target)
    except BaseException as error:  # noqa: BLE001 - SystemExit included: it is the finding
        return {**facts, "failed": place_of(error)}
    client: Any = _client()
    options = dict(getattr(client, "options", None) or {})
    if not starts.recorders or client is None or not options:
        return {**facts, "off": True}
    facts |= _facts_of_options(options, starts.given[-1])
    facts |= _facts_of_process()
    facts["hooks"] = probe_hooks(client, _user_hooks(options))
    facts["samplers"] = probe_samplers(client, _user_hooks(options), options)
    facts |= _drive(starts.recorders[-1], client)
    return facts


def place_of(error: BaseException) -> str:
    """The class of an error, and the last line of the application that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_ours(frame.filename)] or frames[-1:]
    where = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{where}"


def _run(target: str) -> None:
    name, _, function = target.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    found: Any = importlib.import_module(name)
    for part in function.split(".") if function else ():
        found = getattr(found, part)
    if function:
        found()


def _user_hooks(options: dict[str, Any]) -> dict[str, Any]:
    """The application's own hooks: behind our chain, or those that the SDK was given."""
    running = current()
    if running is not None:
        hooks = next((one for one in running.given if type(one).__name__ == "UserHooks"), None)
        return {name: hook for name, hook in vars(hooks).items() if hook} if hooks else {}
    early = options.get("_experiments") or {}
    names = [name for name in {*options, *early} if name.startswith("before_")]
    names += ["traces_sampler", "error_sampler"]
    found = {name: options.get(name) or early.get(name) for name in names}
    return {name: hook for name, hook in found.items() if callable(hook)}


def _facts_of_options(options: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    rates = {name: options.get(name) for name in RATES}
    wrong = {name: _shown(rate) for name, rate in rates.items() if not _is_rate(rate)}
    collection = given.get("data_collection")
    return {
        "ours": current() is not None,
        "release": options.get("release"),
        "environment": options.get("environment"),
        "rates": wrong,
        "traces": bool(options.get("traces_sample_rate") or options.get("traces_sampler")),
        "pii": bool(options.get("send_default_pii")),
        "locals": bool(options.get("include_local_variables", False)),
        "debug": bool(options.get("debug")),
        "targets": "trace_propagation_targets" in given,
        "defaults_off": options.get("default_integrations") is False,
        "scrubber_and_collection": collection is not None and bool(given.get("event_scrubber")),
        "collection_keys": _unknown_keys(collection),
        "max_value_length": options.get("max_value_length"),
    }


def _unknown_keys(collection: Any) -> list[str]:
    """Names in `data_collection` that the SDK passes over without a word (M-13)."""
    if not isinstance(collection, dict):
        return []
    known: dict[str, frozenset[str] | None] = {
        "user_info": None,
        "cookies": _TERMS,
        "http_headers": frozenset({"request", "response"}),
        "http_bodies": None,
        "url_query_params": _TERMS,
        "graphql": frozenset({"document", "variables"}),
        "gen_ai": frozenset({"inputs", "outputs"}),
        "mcp": frozenset({"inputs", "outputs"}),
        "database_query_data": None,
        "queues": None,
        "stack_frame_variables": None,
        "frame_context_lines": None,
    }
    wrong = [str(name) for name in collection if name not in known]
    for name, value in collection.items():
        allowed = known.get(name)
        if allowed is not None and isinstance(value, dict):
            wrong += [f"{name}.{key}" for key in value if key not in allowed]
    return wrong


_TERMS = frozenset({"mode", "terms"})


def _facts_of_process() -> dict[str, Any]:
    silent = [
        name
        for name, logger in sorted(logging.root.manager.loggerDict.items())
        if isinstance(logger, logging.Logger) and logger.disabled
    ]
    provider = getattr(sys.modules.get("opentelemetry.trace"), "get_tracer_provider", None)
    kind = type(provider()).__name__ if provider else ""
    return {
        "sigterm": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "silent_loggers": silent[:20],
        "otel": bool(kind) and kind not in {"ProxyTracerProvider", "NoOpTracerProvider"},
        "django": "django" in sys.modules,
    }


def _drive(recorder: Recorder, client: Any) -> dict[str, Any]:
    """Send one of everything with a canary under `password`; what arrived, and where it leaked."""
    canary = f"canary{uuid.uuid4().hex}"
    recorder.items.clear()
    for step in STEPS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                step(canary)
                client.flush(timeout=2.0)
        except Exception:  # noqa: BLE001, S112 - an SDK without this call sends none of it
            continue
    arrived = Counter(kind_of(type_, data) for type_, data in recorder.items)
    leaks = sorted(
        {kind_of(kind, data) for kind, data in recorder.items if canary.encode() in data}
    )
    recorder.items.clear()
    with suppress(Exception):  # a hook may break the SDK itself; that is told elsewhere
        sentry_sdk.capture_message("x" * BIG)
        client.flush(timeout=2.0)
    largest = max((len(data) for _, data in recorder.items), default=0)
    return {"arrived": arrived, "leaks": leaks, "largest": largest}


def kind_of(type_: str, data: bytes) -> str:
    """An item's type; feedback of older versions is an event."""
    return "feedback" if type_ == "event" and b'"type":"feedback"' in data else type_


def _error(canary: str) -> None:
    new_scope = sentry_sdk.new_scope if hasattr(sentry_sdk, "new_scope") else sentry_sdk.push_scope
    with new_scope() as scope:
        scope.set_extra("form", {"user": {"password": canary}})
        sentry_sdk.capture_exception(_raised())


def _raised() -> ValueError:
    """An error whose frames hold nothing: that locals leave is another rule."""
    try:
        raise ValueError("a probe of sdk-config")
    except ValueError as error:
        return error


def _transaction(canary: str) -> None:
    with (
        sentry_sdk.start_transaction(name="probe", op="task", sampled=True) as root,
        root.start_child(op="db") as child,
    ):
        child.set_data("form", {"user": {"password": canary}})


def _span(canary: str) -> None:
    if hasattr(sentry_sdk, "start_transaction"):
        return
    module = importlib.import_module("sentry_sdk.traces")
    with module.start_span(name="probe", attributes={"password": canary}):
        pass


def _log(canary: str) -> None:
    logger = importlib.import_module("sentry_sdk.logger")
    logger.info("a probe of sdk-config", attributes={"password": canary})


def _metric(canary: str) -> None:
    metrics: Any = importlib.import_module("sentry_sdk.metrics")
    metrics.count("probe", 1, attributes={"password": canary})


def _check_in(canary: str) -> None:
    crons: Any = importlib.import_module("sentry_sdk.crons")
    crons.capture_checkin(monitor_slug="sdk-config-probe", status="ok")


def _feedback(canary: str) -> None:
    said = {"message": "a probe of sdk-config", "password": canary}
    event: Any = {"type": "feedback", "contexts": {"feedback": said}}
    sentry_sdk.capture_event(event)


STEPS: tuple[Callable[[str], None], ...] = (
    _error,
    _transaction,
    _span,
    _log,
    _metric,
    _check_in,
    _feedback,
)


def _client() -> Any:
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client


def _is_rate(rate: Any) -> bool:
    if rate is None:
        return True
    number = isinstance(rate, (int, float)) and not isinstance(rate, bool)
    return number and 0.0 <= rate <= 1.0


def _shown(value: Any) -> str:
    return repr(value)[:20] if isinstance(value, (int, float, str)) else type(value).__name__


def _no_spotlight(options: Any) -> None:
    """Spotlight would get a copy over the network."""


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _caller() -> str:
    """The line of the application that starts Sentry."""
    for frame in reversed(traceback.extract_stack()):
        if not _is_ours(frame.filename):
            return f"{Path(frame.filename).name}:{frame.lineno}"
    return "sdk_config.setup"


def _is_ours(file: str) -> bool:
    parts = Path(file).parts
    return "sentry_sdk" in parts or "sdk_config" in parts[:-1] or file.startswith("<frozen")


def main() -> None:
    """Observe the target that the command line names, and write the facts to its file."""
    target, file = sys.argv[1:3]
    os.environ.setdefault("SENTRY_DSN", PROBE_DSN)
    if not os.environ["SENTRY_DSN"].strip():
        os.environ["SENTRY_DSN"] = PROBE_DSN
    facts = observe(target)
    Path(file).write_text(json.dumps(facts, default=str), encoding="utf-8")
    # Threads of the application must not keep a probe alive.
    os._exit(0)


if __name__ == "__main__":
    main()
