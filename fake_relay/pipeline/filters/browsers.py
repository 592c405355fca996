"""Old browsers, by family and major version of the User-Agent (PROTOCOL.md 9.1).

`ua-parser` knows the families; it is loaded when the first User-Agent is judged.
May import: pipeline.filters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from fake_relay.pipeline.filters.subject import Subject

MAX_USER_AGENT: Final = 512
"""Characters that are looked at; the patterns are many, and headers can be long."""

Rule = tuple[str, Callable[[int], bool]]
"""A family, and which of its major versions are old."""


def _below(version: int) -> Callable[[int], bool]:
    return lambda major: major < version


def _exactly(version: int) -> Callable[[int], bool]:
    return lambda major: major == version


_OPERA_PRE_15: Final = ("Opera", _below(15))
_OPERA_MINI_PRE_8: Final = ("Opera Mini", _below(8))
_ANDROID_PRE_4: Final = ("Android", _below(4))
_SAFARI_PRE_6: Final = ("Safari", _below(6))

RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "default": (
        ("IE", _below(10)),
        _OPERA_PRE_15,
        _OPERA_MINI_PRE_8,
        _ANDROID_PRE_4,
        _SAFARI_PRE_6,
    ),
    "ie_pre_9": (("IE", _below(9)),),
    "ie9": (("IE", _exactly(9)),),
    "ie10": (("IE", _exactly(10)),),
    "ie11": (("IE", _exactly(11)),),
    "opera_pre_15": (_OPERA_PRE_15,),
    "opera_mini_pre_8": (_OPERA_MINI_PRE_8,),
    "android_pre_4": (_ANDROID_PRE_4,),
    "safari_pre_6": (_SAFARI_PRE_6,),
    "edge_pre_79": (("Edge", _below(79)),),
    # The options that Sentry moves on from time to time.
    "ie": (("IE", _below(12)),),
    "edge": (("Edge", _below(111)),),
    "chrome": (("Chrome", _below(111)),),
    "firefox": (("Firefox", _below(111)),),
    "safari": (("Safari", _below(16)),),
    "opera": (("Opera", _below(100)),),
    "opera_mini": (("Opera Mini", _below(35)),),
    "android": (("Android", _below(4)),),
}


def is_legacy_browser(subject: Subject, options: Sequence[str]) -> bool:
    """Whether the User-Agent is that of a browser that one of the options means.

    A family without a version is never old.
    """
    family, version = subject.browser
    if family:
        major = number_of(version.partition(".")[0])
    elif subject.browser_agent:
        family, major = browser_of(subject.browser_agent[:MAX_USER_AGENT])
    else:
        return False
    return major is not None and any(
        name == family and is_old(major) for option in options for name, is_old in RULES[option]
    )


def browser_of(user_agent: str) -> tuple[str, int | None]:
    """Family and major version of a User-Agent; an empty family for one that nobody knows."""
    import ua_parser

    found = ua_parser.parse_user_agent(user_agent)
    if found is None:
        return "", None
    return found.family, number_of(found.major or "")


def number_of(text: str) -> int | None:
    """The number that a text of digits is; None for any other."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
