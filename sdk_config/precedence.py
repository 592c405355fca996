"""Which source gives a setting its value: arguments, environment, .env file, profile, default.

Rule: a value that cannot be read never wins; it is a problem, and the next source counts. Every
value knows where it came from and whom it overruled, and no secret is in either.
May import: errors, profiles, variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sdk_config.dsn import redact
from sdk_config.errors import Problem
from sdk_config.profiles import Profile
from sdk_config.variables import Variable

Origin = Literal[
    "argument", "environment", "secret file", "dotenv", "profile", "default", "git", "ci"
]


@dataclass(frozen=True)
class Source:
    """Where a setting's value came from; `shown` is safe to print.

    `name` is the variable, file or profile; `overruled` names those that said something else.
    """

    field: str
    shown: str
    origin: Origin
    name: str = ""
    overruled: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.origin} {self.name}".strip()
        rest = f" (over {', '.join(self.overruled)})" if self.overruled else ""
        return f"{self.field} = {self.shown} from {where}{rest}"


@dataclass(frozen=True)
class Candidate:
    """What one source says about one setting."""

    raw: Any
    origin: Origin
    name: str


@dataclass(frozen=True)
class Layers:
    """All sources, the strongest first."""

    arguments: Mapping[str, Any]
    environment: Mapping[str, str]
    dotenv: Mapping[str, str]
    profile: Profile | None = None
    profile_name: str = ""

    def candidates(self, variable: Variable, environment: str) -> Iterator[Candidate]:
        """What the sources say about a setting, the strongest first."""
        given = self.arguments.get(variable.field)
        if given is not None and (variable.blank_wins or not _is_blank(given)):
            yield Candidate(given, "argument", "")
        for origin, mapping in (("environment", self.environment), ("dotenv", self.dotenv)):
            for name in variable.names:
                yield from _said(variable, mapping, name, "dotenv" if origin == "dotenv" else None)
        found = self.profile.get(variable.field, environment) if self.profile else None
        if found is not None:
            yield Candidate(found, "profile", self.profile_name)


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _said(
    variable: Variable, mapping: Mapping[str, str], name: str, origin: Origin | None
) -> Iterator[Candidate]:
    raw = mapping.get(name)
    if raw is not None and (raw.strip() or variable.blank_wins):
        yield Candidate(raw, origin or "environment", name)
    path = mapping.get(f"{name}_FILE")
    if path and path.strip():
        yield Candidate(Path(path.strip()), "secret file", f"{name}_FILE")


def pick(variable: Variable, layers: Layers, environment: str) -> tuple[Any, Source, list[Problem]]:
    """A setting's value, where it came from, and what was wrong on the way."""
    problems: list[Problem] = []
    winner: tuple[Any, Candidate] | None = None
    overruled: list[str] = []
    for candidate in layers.candidates(variable, environment):
        try:
            value = _read(variable, candidate)
        except ValueError as error:
            problems.append(_unreadable(variable, candidate, str(error)))
            continue
        if winner is None:
            winner = value, candidate
        elif value != winner[0] and candidate.origin != "profile":
            overruled.append(candidate.name)
    if winner is None or (problems and variable.private is not None):
        winner = _fallback(variable, environment, bool(problems))
    value, chosen = winner
    # A variable over its own line in a .env file is what the file is for.
    others = [name for name in overruled if name != chosen.name]
    if others and chosen.origin in {"environment", "dotenv", "secret file"}:
        problems.append(_two_values(variable, chosen, others))
    source = Source(
        variable.field, shown(variable, value), chosen.origin, chosen.name, tuple(overruled)
    )
    return value, source, problems


def shown(variable: Variable, value: Any) -> str:
    """A value as people may see it."""
    if variable.secret and value:
        return redact(value) if variable.field == "dsn" else "***"
    return repr(value)


def _read(variable: Variable, candidate: Candidate) -> Any:
    raw = candidate.raw
    if candidate.origin == "secret file":
        raw = _secret_file(raw)
    if _is_blank(raw):
        return None
    return variable.read(raw)


def _secret_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ValueError(f"expected a file that can be read, got {str(path)!r}: {reason}") from None


def _fallback(variable: Variable, environment: str, failed: bool) -> tuple[Any, Candidate]:
    if failed and variable.private is not None:
        return variable.private, Candidate(None, "default", "private, for what cannot be read")
    in_production = variable.default_in(environment) is not variable.default
    name = f"in {environment}" if in_production else ""
    return variable.default_in(environment), Candidate(None, "default", name)


def _unreadable(variable: Variable, candidate: Candidate, text: str) -> Problem:
    name = candidate.name if candidate.origin != "argument" else f"argument {variable.field}"
    if candidate.origin == "profile":
        name = f"profile {candidate.name}"
    return Problem("VALUE", "error", f"{name}: {text}", variable.field)


def _two_values(variable: Variable, winner: Candidate, overruled: list[str]) -> Problem:
    name = winner.name or winner.origin
    text = f"{name} counts, and {', '.join(overruled)} says something else; keep one of them"
    return Problem("TWO-VALUES", "warning", text, variable.field)
