"""Start a probe of the user's setup in another process, and judge the facts that come back.

Rule: the probe's own output is thrown away, for it may hold secrets; facts hold none.
May import: subject, rules, findings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sdk_config.checks.findings import Finding
from sdk_config.checks.rules import finding
from sdk_config.checks.subject import Subject

TIMEOUT = 60.0
"""Seconds for a setup and its probe."""

SLOW_MS = 5.0
"""A hook of more than this is felt by requests (S3-53)."""

LARGE = 1_000_000
"""Sentry's bound for an event, in bytes."""

REMOVED = ("SENTRY_SPOTLIGHT", "SENTRY_PRINT_ENVELOPES")
"""They would make the SDK send or print what is only probed."""


def probe(
    target: str, env: Mapping[str, str], root: Path | None, timeout: float = TIMEOUT
) -> dict[str, Any]:
    """Facts of a setup, `module:function` or a module; `failed` says why there are none.

    `timeout` is in seconds.
    """
    # Where this package is, so that a probe started in another folder finds it as well.
    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (env.get("PYTHONPATH", ""), home) if part)
    child = {**env, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    for name in REMOVED:
        child.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "facts.json"
        command = [sys.executable, "-m", "sdk_config.checks.probe", target, str(file)]
        try:
            done = subprocess.run(
                command,
                cwd=root,
                env=child,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=timeout,
            )
            facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except subprocess.TimeoutExpired:
            return {"failed": f"it took longer than {timeout:g} s"}
        except (OSError, ValueError):
            return {"failed": f"its process ended with {done.returncode} before it could tell"}
    return facts


def judge(subject: Subject) -> Iterator[Finding]:
    """What the facts of a probed setup show."""
    facts = subject.facts
    if not facts:
        return
    if "failed" in facts:
        yield finding("SETUP", f"the setup failed: {facts['failed']}")
        return
    if len(facts.get("starts", ())) > 1:
        places = ", ".join(facts["starts"])
        yield finding("INIT-TWICE", f"Sentry was started more than once ({places}); the last wins")
    if facts.get("off"):
        yield finding("OFF", "the setup did not start Sentry")
        return
    for rule in (_hooks, _slow, _samplers, _options, _process, _items):
        yield from rule(subject)


def _hooks(subject: Subject) -> Iterator[Finding]:
    calls: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for call in subject.facts.get("hooks", ()):
        calls[call["hook"]].append(call)
    for hook, made in calls.items():
        dropped = [call["sample"] for call in made if call["outcome"] == "none"]
        if len(dropped) == len(made):
            yield finding("HOOK-NONE", f"{hook} gives None for everything; return the item")
        elif set(dropped) & {"check-in", "feedback"} and not subject.facts.get("ours"):
            text = f"{hook} drops {', '.join(dropped)}; return what is no error as it is"
            yield finding("HOOK-DROPS", text)
        yield from _raised(hook, [one for one in made if not _never_given(subject, one["sample"])])
        for call in made:
            if call["outcome"] == "type":
                text = f"{hook} gives {call['gave']} for a sample {call['sample']}"
                yield finding("HOOK-TYPE", text)
        if any(call.get("recursed") for call in made):
            yield finding("HOOK-RECURSES", f"{hook} logs an error or captures, and so calls itself")
        if any(call.get("mutated") for call in made):
            yield finding("HOOK-MUTATES", f"{hook} changes objects of the application; copy first")


def _raised(hook: str, made: list[Mapping[str, Any]]) -> Iterator[Finding]:
    samples: dict[str, list[str]] = defaultdict(list)
    for call in made:
        if call["outcome"] == "raised":
            samples[call["error"]].append(call["sample"])
    for error, names in samples.items():
        yield finding("HOOK-RAISES", f"{hook} raises {error} for: {', '.join(names)}")


def _never_given(subject: Subject, sample: str) -> bool:
    """Hooks behind sdk_config see neither check-ins nor feedback."""
    return bool(subject.facts.get("ours")) and sample in {"check-in", "feedback"}


def _slow(subject: Subject) -> Iterator[Finding]:
    slowest: dict[str, float] = {}
    for call in subject.facts.get("hooks", ()):
        slowest[call["hook"]] = max(call["ms"], slowest.get(call["hook"], 0.0))
    for hook, ms in slowest.items():
        if ms > SLOW_MS:
            yield finding("HOOK-SLOW", f"{hook} takes {ms:.0f} ms; more than 5 is felt by requests")


def _samplers(subject: Subject) -> Iterator[Finding]:
    found = subject.facts.get("samplers", {})
    wrong = [call for call in found.get("contexts", ()) if call["outcome"] != "kept"]
    for outcome, text in _SAMPLER_TEXTS.items():
        names = [call["sample"] for call in wrong if call["outcome"] == outcome]
        if names:
            yield finding(
                "SAMPLER", f"traces_sampler {text} for {', '.join(names)}; no trace is sent"
            )
    calls = found.get("contexts", ())
    if any(call.get("recursed") for call in calls):
        yield finding("HOOK-RECURSES", "traces_sampler logs an error or captures")
    if any(call.get("mutated") for call in calls):
        yield finding("HOOK-MUTATES", "traces_sampler changes the request; copy first")
    if found.get("health"):
        text = f"health checks are traced: {', '.join(found['health'])}; give them a rate of 0"
        yield finding("HEALTH", text)


_SAMPLER_TEXTS = {
    "raised": "raises",
    "none": "gives None",
    "type": "gives no number",
    "range": "gives a rate outside of 0.0 to 1.0",
}


def _options(subject: Subject) -> Iterator[Finding]:
    facts = subject.facts
    for name, shown in facts.get("rates", {}).items():
        text = f"{name}={shown} is no number from 0.0 to 1.0; errors all leave, traces never (D-08)"
        yield finding("RATE-TYPE", text)
    if facts.get("scrubber_and_collection"):
        text = "data_collection switches event_scrubber off; give one of them"
        yield finding("COLLECTION", text)
    for key in facts.get("collection_keys", ()):
        yield finding("COLLECTION-KEY", f"data_collection knows no {key!r}; it does nothing")
    if facts.get("defaults_off"):
        text = "default_integrations=False also switches off the flush at exit"
        yield finding("INTEGRATIONS-OFF", text)
    if not facts.get("ours"):
        yield from _raw(subject)


def _raw(subject: Subject) -> Iterator[Finding]:
    """Options of an init without sdk_config; with it, the settings are judged."""
    facts = subject.facts
    if facts.get("pii"):
        yield finding("PII-ON", "send_default_pii collects personal data", level=subject.harder)
    if subject.in_production and facts.get("locals"):
        yield finding("LOCALS", "local variables leave with every error")
    if subject.in_production and facts.get("debug"):
        yield finding("DEBUG-PROD", "debug writes what is sent to stderr")
    if subject.in_production and facts.get("traces") and not facts.get("targets"):
        text = "every third party gets trace headers; give trace_propagation_targets"
        yield finding("TRACE-TARGETS", text)


def _process(subject: Subject) -> Iterator[Finding]:
    facts = subject.facts
    if facts.get("sigterm") and subject.in_production:
        text = "SIGTERM ends this process before the queue is sent; handle it, with sys.exit say"
        yield finding("SIGTERM", text)
    if facts.get("silent_loggers"):
        names = ", ".join(facts["silent_loggers"])
        yield finding("LOGGERS-OFF", f"these loggers are switched off: {names}")


def _items(subject: Subject) -> Iterator[Finding]:
    facts = subject.facts
    leaks = facts.get("leaks", ())
    hooked = any(call["hook"] == "before_send" for call in facts.get("hooks", ()))
    if leaks and hooked and "event" not in leaks and "event" in facts.get("arrived", {}):
        text = f"before_send redacts errors, but {', '.join(leaks)} leave with the same secret"
        yield finding("SCRUB-PARTIAL", text)
    elif leaks:
        yield finding("LEAK", f"a value under the name password leaves in: {', '.join(leaks)}")
    if facts.get("largest", 0) > LARGE:
        megabytes = facts["largest"] / 1_000_000
        text = f"an event of {megabytes:.1f} MB leaves as it is, and Sentry refuses it with 413"
        yield finding("SIZE-BIG", f"{text}; set max_value_length")
