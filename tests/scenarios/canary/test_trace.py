"""Canaries that are planted with the real SDK are found, and told with where and why.

That the raw SDK leaks what the whole table says is P-01 of the catalogue.
"""

from __future__ import annotations

import pytest

from scenarios import Call, NoLeaks, Result, Run, Scenario, Target, run
from scenarios.canary.plant import PHASES, surfaces
from scenarios.canary.surfaces import SURFACES
from scenarios.canary.values import BY_LOOKS

PLANT = "scenarios.canary.plant:plant_all"
COMMON = {"traces_sample_rate": 1.0, "release": "shop@1", "transport_queue_size": 100_000}
OURS = {**COMMON, "enable_logs": True, "hash_user_id": "key", "attach_stacktrace": False}
HERE = ("L01", "L04", "L12", "L25", "L27", "L34", "L49", "L52", "L59", "L24")


def planting(name: str, setup: str, options: dict[str, object], **plant: object) -> Scenario:
    return Scenario(
        id=name,
        setup=setup,
        options=options,
        steps=(Call(target=PLANT, kwargs=plant, id="plant"),),
        expect=(NoLeaks(),),
    )


BROKEN = """
import sentry_sdk
from scenarios.canary.plant import plant_all

def go():
    sentry_sdk.add_breadcrumb = None
    plant_all(surfaces_only=("L15",))
"""


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The raw SDK, and sdk_config with every class that it can know."""
    broken = tmp_path_factory.mktemp("planters") / "broken.py"
    broken.write_text(BROKEN)
    raw = {**COMMON, "enable_logs": True}
    chosen = [
        planting("raw", "raw", raw, surfaces_only=("L22", "L26")),
        planting("ours", "sdk_config", OURS, kinds=BY_LOOKS, surfaces_only=HERE),
        Scenario(
            id="broken", setup="raw", steps=(Call(target=f"{broken}:go"),), expect=(NoLeaks(),)
        ),
        Scenario(id="nothing", setup="raw", expect=(NoLeaks(),)),
        Scenario(
            id="named",
            setup="raw",
            options=COMMON,
            steps=(Call(target="sentry_sdk:capture_message", args=("it is otter7-canary",)),),
            expect=(NoLeaks(values=("otter7-canary",)),),
        ),
    ]
    return run(chosen, Target(setup="raw"), jobs=2)


def of(ran: Run, name: str) -> Result:
    return next(result for result in ran.results if result.id == name)


def test_every_surface_of_the_table_is_planted_but_those_of_other_sdks() -> None:
    here = {name for phase in PHASES for name in surfaces(phase)}
    assert here <= {surface.id for surface in SURFACES}
    assert len(here) > 95


def test_a_leak_tells_item_path_surface_class_and_setting(ran: Run) -> None:
    [leak] = [one for one in of(ran, "raw").findings if one.surface == "L22 extra_note"]
    assert (leak.item_type, leak.path) == ("event", ".extra.note")
    assert leak.item
    assert leak.setting.startswith("before_send")
    assert "'L22 extra_note'" in leak.cause
    assert leak.data["class"] == "token"
    assert "a token of the surface 'L22 extra_note' left in event" in leak.text


def test_what_other_services_are_told_is_searched(ran: Run) -> None:
    told = [one for one in of(ran, "raw").findings if one.item_type == "outgoing"]
    assert [one.surface for one in told] == ["L26 baggage"]
    assert "trace_propagation_targets=[]" in told[0].setting


def test_sdk_config_lets_none_of_its_classes_leave(ran: Run) -> None:
    result = of(ran, "ours")
    assert [finding.text for finding in result.findings] == []
    assert result.status == "passed"
    assert sum(result.facts["leaks"][0]["planted"].values()) > 150
    assert result.arrived["event"] > 50


def test_a_run_that_plants_nothing_proves_nothing(ran: Run) -> None:
    result = of(ran, "nothing")
    assert result.status == "failed"
    assert "nothing is proven" in result.findings[0].text


def test_planting_that_breaks_is_no_proof(ran: Run) -> None:
    result = of(ran, "broken")
    assert result.status == "failed"
    assert "planting ended with TypeError" in result.findings[0].text


def test_a_value_that_is_named_is_looked_for(ran: Run) -> None:
    [finding] = of(ran, "named").findings
    assert finding.path == ".message"
