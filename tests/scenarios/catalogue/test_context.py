"""Events say who, what and which request, each its own; the SDK takes what Sentry drops."""

from __future__ import annotations

from pathlib import Path

from scenarios.catalogue import built_in
from scenarios.runner import run
from scenarios.target import Target
from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {"C-03.tags", "C-03.text", "C-04.styles"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("context", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("context", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS


BROKEN = """
import sentry_sdk

seen = {}

def mix(event, hint):
    # What the first event said is said of all that follow.
    for name in ("user", "tags", "contexts"):
        if event.get(name):
            event[name] = seen.setdefault(name, event[name])
        elif name in seen:
            event[name] = seen[name]
    event.pop("_meta", None)
    return {**event, "contexts": {}}

def every_second(crumb, hint):
    seen["crumbs"] = seen.get("crumbs", 0) + 1
    return crumb if seen["crumbs"] % 2 else None

def init():
    sentry_sdk.init(before_send=mix, before_breadcrumb=every_second)
"""


def test_hooks_that_mix_and_lose_are_told_with_their_cause(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(BROKEN)
    chosen = [one for one in built_in() if one.group == "context" and not one.setup]
    found = run(chosen, Target(setup="shop:init", cwd=str(tmp_path)))
    bad = {result.id: result for result in found.results if result.bad}
    assert set(bad) == {"C-01", "C-02.tasks", "C-02.threads", "C-03", "C-04", "C-04.length"}
    assert all(finding.cause for result in bad.values() for finding in result.findings)
    assert "still names" in bad["C-01"].findings[0].text
    assert "has the tag '" in bad["C-02.threads"].findings[0].text
