"""What `setup()` is told by keyword: settings, the SDK's hooks, the SDK's own options, or none.

Rule: nothing here raises for a name or a value; what has no place is a problem with a suggestion.
May import: options, seams, settings, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sdk_config.errors import Problem
from sdk_config.options import ONCE_EXPERIMENTS, RENAMED, installed_options
from sdk_config.seams import HOOK_NAMES, UserHooks
from sdk_config.settings import FIELDS, Settings, suggest


def sorted_out(
    overrides: Mapping[str, Any],
) -> tuple[UserHooks, dict[str, Any], dict[str, Any], list[Problem]]:
    """Arguments by kind: hooks, settings, options of the SDK, and what is neither."""
    hooks = {name: value for name, value in overrides.items() if name in HOOK_NAMES}
    own = {name: value for name, value in overrides.items() if name in FIELDS}
    rest = overrides.keys() - hooks.keys() - own.keys()
    known = installed_options()
    extra = {name: overrides[name] for name in rest & known}
    wrong = [_unknown(name, known) for name in sorted(rest - known)]
    wrong += [_no_place(name) for name in sorted(hooks) if _has_no_place(name, known)]
    return UserHooks(**hooks), own, extra, wrong


def with_arguments(settings: Settings, own: Mapping[str, Any]) -> tuple[Settings, list[Problem]]:
    """Given settings with arguments over them; arguments that cannot be read are passed over."""
    read = Settings.from_env({}, **own)
    rules = {"ENV-MISSING"}  # judged on what is given here alone
    wrong = [one for one in read.problems if one.field in own and one.rule not in rules]
    bad = {problem.field for problem in wrong if problem.rule == "VALUE"}
    values = {name: getattr(read, name) for name in own if name not in bad}
    sources = {source.field: source for source in settings.sources}
    sources |= {name: read.source(name) for name in values}
    return replace(settings, **values, sources=tuple(sources.values())), wrong


def _has_no_place(name: str, known: frozenset[str]) -> bool:
    return name not in known and name not in ONCE_EXPERIMENTS


def _no_place(name: str) -> Problem:
    text = f"this sentry-sdk has no option {name!r}; the hook is never called"
    return Problem("LEFT-OUT", "warning", text)


def _unknown(name: str, known: frozenset[str]) -> Problem:
    hint = f"; did you mean {RENAMED[name]}?" if name in RENAMED else suggest(name, FIELDS | known)
    return Problem("UNKNOWN", "error", f"there is no setting or SDK option {name!r}{hint}")
