"""What a release may be called.

Rule: `2.0.3`, `v2.0.3`, `package@1.0.0`, `package@sha` and `git describe` are all good (K-20);
names that mean something else tomorrow are refused, and so is what the release CLI refuses (3.2).
May import: errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sdk_config.errors import Problem

MAX_LENGTH = 200
VAGUE = frozenset({"latest", "main", "master", "dev", "unknown", "head"})

_SEMVER = re.compile(r"^v?\d+\.\d+\.\d+(?:[-+.].*)?$")
_HASH = re.compile(r"^[0-9a-f]{7,40}$")


@dataclass(frozen=True)
class ReleaseName:
    """A release's parts: `package@version`, the package optional."""

    version: str
    package: str | None = None

    @property
    def is_semantic(self) -> bool:
        """Whether the version is `major.minor.patch`, so that releases can be ordered."""
        return bool(_SEMVER.match(self.version))

    @property
    def is_commit(self) -> bool:
        """Whether the version is a commit's hash."""
        return bool(_HASH.match(self.version))


def parse_release(name: str) -> ReleaseName:
    """A release's package and version; what stands before the last @ is the package."""
    package, mark, version = name.strip().rpartition("@")
    return ReleaseName(version, package) if mark and package else ReleaseName(name.strip())


def validate_release(name: str) -> list[Problem]:
    """What is wrong with a release's name; empty if nothing is.

    Errors: empty, outer spaces, vague (`latest`), a git reference, characters or length that
    Sentry refuses. Information: a version that is not `major.minor.patch` and no commit.
    """
    wrong = _refused(name)
    if wrong:
        return [Problem(wrong[0], "error", wrong[1], "release")]
    version = parse_release(name)
    if version.is_semantic or version.is_commit or "-g" in version.version:
        return []
    text = f"release {name!r} is neither major.minor.patch nor a commit; Sentry cannot order it"
    return [Problem("REL-SEMVER", "info", text, "release")]


def _refused(name: str) -> tuple[str, str] | None:
    if not name.strip():
        return "REL-EMPTY", "the release is empty; leave it out, or name a version"
    if name != name.strip():
        return "REL-SPACES", f"release {name!r} has outer spaces, which make two releases of it"
    if name.startswith("refs/"):
        return (
            "REL-REF",
            f"release {name!r} is a git reference; use the tag or commit it stands for",
        )
    if any(char in name for char in "/\\\n\r\t\f\v\0") or name in {".", ".."}:
        return "REL-CHARS", f"release {name!r} holds a slash or a control character; use - instead"
    if len(name) > MAX_LENGTH:
        return "REL-LONG", f"release {name[:40]!r}... is longer than {MAX_LENGTH} characters"
    if parse_release(name).version.lower() in VAGUE:
        return "REL-VAGUE", f"release {name!r} means something else tomorrow; name a version"
    return None
