"""The documents' checklists: what a machine can tell is passed or failed, the rest is for people.

Rule: a line passes because no rule of it found anything, and never by default.
May import: subject, findings, rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from sdk_config.checks.findings import Finding, Item
from sdk_config.checks.subject import Subject

_CONFIG = ("VALUE", "PROFILE", "DOTENV", "SETUP", "RATE-TYPE")
_RELEASES = ("REL-MISSING", "REL-EMPTY", "REL-REF", "REL-CHARS", "REL-LONG", "REL-VAGUE")

LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "the SDK is installed, and neither old nor a pre-release",
        ("SDK-MISSING", "SDK-OLD", "SDK-PRE"),
    ),
    ("the configuration can be read", _CONFIG),
    ("the DSN is set and well formed", ("DSN", "DSN-MISSING", "DSN-PLACEHOLDER", "DSN-SECRET")),
    ("the environment is named", ("ENV-MISSING", "ENV-UNKNOWN", "ENV-DIFFERS")),
    ("the release is named and good", _RELEASES),
    ("releases agree between services, CI and build", ("REL-DIFFERS", "TRIO")),
    ("rates are those of the environment", ("RATE-PROD", "RATE-TYPE")),
    ("personal data stays here", ("PII-ON", "UNSCRUBBED", "LEAK", "SCRUB-PARTIAL")),
    ("debug output is off", ("DEBUG-PROD", "PRINT-ENVELOPES")),
    ("hooks and samplers work", ("HOOK-NONE", "HOOK-RAISES", "HOOK-TYPE", "SAMPLER")),
)
"""A line, and the rules that make it fail."""

ONLY_PROBED = frozenset({"hooks and samplers work"})
NEEDS_FILES = {
    "a step of CI makes releases": "sentry-cli releases",
    "source maps are made and sent": "sentryVitePlugin",
}

MANUAL = (
    "a test error was seen in Sentry (sdk-config test --test-type basic)",
    "mail arrives for a new issue",
    "Slack or a pager is connected",
    "the performance page was reviewed",
    "the team is invited",
)


def checklist(subject: Subject, findings: Iterable[Finding]) -> tuple[Item, ...]:
    """Each line with pass, fail, or manual for what only a person can tell."""
    bad = {one.rule for one in findings if one.level != "info"}
    lines = []
    for text, rules in LINES:
        unknown = text in ONLY_PROBED and not subject.facts
        failed = bool(bad.intersection(rules))
        lines.append(Item(text, "fail" if failed else "manual" if unknown else "pass"))
    lines += _from_files(subject)
    return (*lines, *(Item(text, "manual") for text in MANUAL))


def _from_files(subject: Subject) -> list[Item]:
    from sdk_config.checks.files import CI, VITE

    texts = "".join(text for _, text in subject.files(*CI, *VITE))
    if not texts:
        return [Item(text, "manual") for text in NEEDS_FILES]
    return [Item(text, "pass" if word in texts else "fail") for text, word in NEEDS_FILES.items()]
