"""Judge files beside the source: compose, CI, build and server files, pinned requirements.

Rule: files are read as text, line by line; nothing is executed and no parser is needed.
May import: subject, rules, values; the releases' names.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping

from sdk_config.checks.findings import Finding
from sdk_config.checks.rules import finding
from sdk_config.checks.subject import Subject
from sdk_config.checks.values import of_version
from sdk_config.releases.names import validate_release

COMPOSE = ("docker-compose*.y*ml", "compose*.y*ml")
CI = (
    ".github/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
)
SCRIPTS = ("Dockerfile*", "*.sh", "scripts/*.sh", "Makefile")
VITE = ("vite.config.*", "*/vite.config.*")
TRIO = ("SENTRY_DSN", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE")

_SETTING = re.compile(r"""^\s*-?\s*["']?(SENTRY_[A-Z_]+)["']?\s*[:=]\s*(.*?)\s*$""")
_KEY = re.compile(r"^(\s+)([\w.-]+):\s*(?:#.*)?$")
_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")
_PIPE = re.compile(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b|sh\s+<\(\s*curl\b")
_RELEASE = re.compile(r"SENTRY_RELEASE[\"']?\s*[:=]\s*[\"']?([^\n\"']+)")
_PINNED = re.compile(r"""^\s*["']?sentry[-_]sdk(?:\[[^\]]*\])?\s*==\s*([\w.]+)""", re.MULTILINE)


def compose(subject: Subject) -> Iterator[Finding]:
    """Services of a compose file: all get the three, and the same release."""
    for name, text in subject.files(*COMPOSE):
        services = {service: own for service, own in read_services(text).items() if own}
        releases = {own["SENTRY_RELEASE"] for own in services.values() if "SENTRY_RELEASE" in own}
        for service, own in services.items():
            absent = [one for one in TRIO if one not in own and f"{one}_FILE" not in own]
            if absent:
                yield finding("TRIO", f"service {service!r} gets no {', '.join(absent)}", name)
        if len(releases) > 1:
            yield finding("REL-DIFFERS", "services have different releases; give all one", name)
        for release in sorted(releases):
            yield from _release_text(release, name)


def read_services(text: str) -> dict[str, dict[str, str]]:
    """The SENTRY_ variables of each service of a compose file, by indentation."""
    found: dict[str, dict[str, str]] = {}
    depth, current, inside = "", None, False
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            inside = line.startswith("services:")
            depth, current = "", None
        key = _KEY.match(line) if inside else None
        if key and (not depth or key[1] == depth):
            depth, current = key[1], key[2]
            found[current] = {}
        elif current is not None and (said := _SETTING.match(line)):
            found[current][said[1]] = said[2].strip("\"'")
    return found


def pipelines(subject: Subject) -> Iterator[Finding]:
    """CI files: releases, commits, shallow clones, downloads that are run."""
    texts = dict(subject.files(*CI))
    for name, text in texts.items():
        for found in _RELEASE.finditer(text):
            yield from _release_text(found[1].strip(), f"{name}:{_line(text, found.start())}")
        if "set-commits" in text and _is_shallow(name, text):
            step = "fetch-depth: 0" if ".github" in name else "a full clone (GIT_DEPTH: 0)"
            yield finding("GIT-SHALLOW", f"set-commits --auto needs the history; add {step}", name)
    for name, text in {**texts, **dict(subject.files(*SCRIPTS))}.items():
        for found in _PIPE.finditer(text):
            where = f"{name}:{_line(text, found.start())}"
            yield finding("CURL-PIPE", "a download is run unseen; pin a version instead", where)
    if texts and not any("set-commits" in text for text in texts.values()):
        text = "no step tells commits of a release: sentry-cli releases set-commits VERSION --auto"
        yield finding("COMMITS-NONE", text)


def checkout(subject: Subject) -> Iterator[Finding]:
    """The checkout itself, and the release CLI."""
    if subject.root is not None and (subject.root / ".git" / "shallow").exists():
        yield finding("GIT-SHALLOW", "this clone is shallow; git fetch --unshallow", ".git/shallow")
    if shutil.which("sentry-cli") is None:
        yield finding("CLI-NONE", "sentry-cli is not on the path; releases are then made elsewhere")


def front_end(subject: Subject) -> Iterator[Finding]:
    """A front end that is built with vite: the plugin, source maps, the same release."""
    for name, text in subject.files(*VITE):
        if "sentryVitePlugin" not in text:
            yield finding("SOURCEMAPS", "sentryVitePlugin is not used; stacks stay minified", name)
        elif not re.search(r"sourcemap\s*:\s*(?:true|[\"'](?:hidden|inline)[\"'])", text):
            yield finding("SOURCEMAPS", "build.sourcemap is not on; there is nothing to send", name)
        found = re.search(r"release\s*:\s*(?:\{[^}]*name\s*:\s*)?[\"'`]([^\"'`]+)[\"'`]", text)
        ours = subject.settings.release
        if found and "$" not in found[1] and ours and found[1] != ours:
            said = f"the front end's release is {found[1]!r}, the service's {ours!r}"
            yield finding("REL-DIFFERS", said, name)
        if re.search(r"authToken\s*:\s*[\"'`]\w", text):
            yield finding("TOKEN-PUBLIC", "authToken is written down; read it from SENTRY_", name)


def runtime_release(subject: Subject) -> Iterator[Finding]:
    """Fixed releases in CI and compose files against the one that runs."""
    ours = subject.settings.release
    if ours is None:
        return
    for name, text in subject.files(*CI, *COMPOSE):
        for found in _RELEASE.finditer(text):
            other = found[1].strip()
            if "$" not in other and other != ours and not _wrong(other):
                where = f"{name}:{_line(text, found.start())}"
                yield finding("REL-DIFFERS", f"{other!r} there, {ours!r} when it runs", where)


def requirements(subject: Subject) -> Iterator[Finding]:
    """The SDK's pinned version."""
    for name, text in subject.files("requirements*.txt", "requirements/*.txt"):
        for found in _PINNED.finditer(text):
            yield from of_version(found[1], "pinned", f"{name}:{_line(text, found.start())}")


def servers(subject: Subject) -> Iterator[Finding]:
    """uWSGI without threads."""
    for name, text in subject.files("uwsgi*.ini", "*/uwsgi*.ini"):
        if not _has_threads(_ini(text)):
            said = "without enable-threads = true the SDK's sender never runs"
            yield finding("UWSGI", said, name)


def _has_threads(said: Mapping[str, str]) -> bool:
    """A number of threads switches them on as well."""
    number = said.get("threads", "")
    return said.get("enable-threads") in {"true", "1", "yes"} or number.strip("0").isdigit()


def _ini(text: str) -> Mapping[str, str]:
    lines = (line.partition("=") for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {key.strip(): value.strip().lower() for key, mark, value in lines if mark}


def _is_shallow(name: str, text: str) -> bool:
    if ".github" in name:
        return "actions/checkout" in text and not re.search(r"fetch-depth:\s*[\"']?0\b", text)
    return "gitlab" in name and not re.search(r"GIT_DEPTH:\s*[\"']?0\b", text)


def _release_text(text: str, where: str) -> Iterator[Finding]:
    """A release as a file spells it; of `${X:-latest}` the default is judged."""
    if re.search(r"github\.ref\b(?!_name)|GITHUB_REF\b(?!_NAME)", text):
        yield finding("REL-REF", "github.ref is refs/heads/...; use github.sha", where)
        return
    default = _DEFAULT.search(text)
    name = default[1] if default else text
    if name and "$" not in name:
        for wrong in _wrong(name):
            yield finding(wrong.rule, wrong.text, where)


def _wrong(name: str) -> list[Finding]:
    wrong = [one for one in validate_release(name) if one.level == "error"]
    return [finding(one.rule, one.text) for one in wrong]


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
