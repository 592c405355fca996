"""A run that has everything a report can show, and texts that would like to be markup."""

from __future__ import annotations

import pytest

from scenarios.result import Ending, Finding, Moment, Result, Run

HOSTILE = '</title><script>alert(1)</script><img src=x onerror=alert(2)> & "quoted" |cell| `x`'


@pytest.fixture
def hostile() -> str:
    """A text that is markup in each of the forms."""
    return HOSTILE


@pytest.fixture
def everything() -> Run:
    """A failed, a passed, a known, a planned and a hostile scenario, with all facts."""
    leak = Finding(
        kind="leak",
        text="a token of the surface 'L22 extra_note' left in event 7 at .extra.note",
        cause="the surface 'L22 extra_note' is not scrubbed in event",
        setting="before_send, or sdk_config.setup()",
        item=7,
        item_type="event",
        path=".extra.note",
        surface="L22 extra_note",
        data={"class": "token", "encoding": "as it is"},
    )
    known = Finding(kind="ledger", text="1 error left no trace", cause="ended early", known=True)
    hostile = Finding(
        kind="leak",
        text=HOSTILE,
        cause=HOSTILE,
        setting=HOSTILE,
        item_type=HOSTILE,
        path=f".{HOSTILE}",
        surface=HOSTILE,
        data={"class": HOSTILE},
    )
    rows = [
        {
            "category": "error",
            "generated": 10,
            "received": {"accepted": 6, "rate_limited": 1},
            "lost": {"sample_rate": 2},
            "noted": 2,
            "reported": 2,
            "missing": 1,
        },
        {"category": HOSTILE, "generated": 1, "received": {}, "lost": {HOSTILE: 1}, "missing": 0},
    ]
    sampling = {
        "category": "transaction",
        "rate": 0.25,
        "kept": 300,
        "total": 1000,
        "low": 0.2533,
        "high": 0.3498,
        "confidence": 0.999,
        "holds": False,
        "recomputed": 1000,
        "wrong_in_all": 3,
        "finds": 0.3,
    }
    timeline = (
        Moment(at=0.1, where="child", text="setup", seconds=0.4),
        Moment(at=0.7, where="relay", text=HOSTILE),
    )
    return Run(
        target="service:init_sentry",
        versions={"python": "3.12.1", "sentry-sdk": "2.75.0"},
        started=1_795_334_523.25,
        seconds=3.5,
        results=(
            Result(id="C-01", title="set_user", group="context", status="passed", seconds=0.2),
            Result(
                id="P-01",
                title="the leak table",
                group="pii",
                status="failed",
                findings=(leak, leak),
                facts={"leaks": [{"planted": {"L22 extra_note": 1, "L11 message": 1}}]},
                timeline=timeline,
                seconds=2.5,
            ),
            Result(
                id=HOSTILE,
                title=HOSTILE,
                group=HOSTILE,
                status="error",
                reason=HOSTILE,
                findings=(hostile,),
                arrived={HOSTILE: 1},
                ending=Ending(code=1, output=HOSTILE),
                seconds=0.4,
            ),
            Result(id="X-07", group="resilience", status="known", findings=(known,), reason="why"),
            Result(
                id="SA-02",
                group="sampling",
                status="failed",
                facts={"sampling": [sampling], "ledgers": [{"rows": rows}]},
            ),
            Result(id="A-01", group="alerts", status="planned", reason="alerts"),
        ),
    )


@pytest.fixture
def nothing() -> Run:
    """A run without a scenario."""
    return Run(target="raw", results=())
