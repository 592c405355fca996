"""A user's own setup is run in another process and probed: hooks, samplers, options, leaks."""

from __future__ import annotations

import functools
import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from sdk_config.checks import Report, check, probing

ENV = {"PATH": os.environ["PATH"], "SENTRY_ENVIRONMENT": "production", "SENTRY_RELEASE": "shop@1.0"}

Probe = Callable[..., Report]


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """Judge a setup that calls `start(...)` with this text, after these lines; each text once."""

    @functools.cache
    def run(arguments: str, lines: str = "", start: str = "sentry_sdk.init") -> Report:
        source = f"import sentry_sdk, sdk_config\n{textwrap.dedent(lines)}\n"
        source += f"def setup():\n    {start}({arguments})\n"
        folder = tmp_path_factory.mktemp("shop")
        (folder / "shop.py").write_text(source, encoding="utf-8")
        types = ["config,security,performance"]
        return check(env=ENV, setup="shop:setup", root=folder, types=types)

    return run


HOOK = "def hook(item, hint):\n"
REDACT = """
def redact(item, hint):
    return clean(item)
def clean(value):
    if isinstance(value, dict):
        return {k: "*" if k == "password" else clean(v) for k, v in value.items()}
    return [clean(v) for v in value] if isinstance(value, list) else value
"""
ALL_HOOKS = ", ".join(
    f"{name}=redact"
    for name in ("before_send", "before_send_transaction", "before_send_log", "before_send_metric")
)
SAMPLER = """
def sampler(context):
    path = context.get("wsgi_environ", {}).get("PATH_INFO", "")
    path = path or context.get("asgi_scope", {}).get("path", "")
    return 0.0 if path.startswith(("/health", "/ready")) else 0.1
"""

CASES = [
    ("HOOK-NONE", "before_send=hook", HOOK + "    item.clear()", HOOK + "    return item"),
    (
        "HOOK-DROPS",
        "before_send=hook",
        HOOK + "    return item if 'level' in item else None",
        HOOK + "    return item",
    ),
    (
        "HOOK-RAISES",
        "before_send=hook",
        HOOK + "    item['exception']\n    return item",
        HOOK + "    item.get('exception')\n    return item",
    ),
    ("HOOK-TYPE", "before_send=hook", HOOK + "    return 'item'", HOOK + "    return item"),
    (
        "HOOK-RECURSES",
        "before_send=hook",
        "import logging\n" + HOOK + "    logging.error('seen')\n    return item",
        "import logging\n" + HOOK + "    logging.warning('seen')\n    return item",
    ),
    (
        "HOOK-MUTATES",
        "before_breadcrumb=hook",
        HOOK + "    item['data']['order']['id'] = 2\n    return item",
        HOOK + "    return {**item, 'data': {}}",
    ),
    (
        "HOOK-SLOW",
        "before_send=hook",
        "import time\n" + HOOK + "    time.sleep(0.03)\n    return item",
        HOOK + "    return item",
    ),
    (
        "SAMPLER",
        "traces_sampler=sampler",
        "def sampler(c):\n    return 1.0 if c['wsgi_environ']['PATH_INFO'] == '/' else 0.1",
        SAMPLER,
    ),
    ("SAMPLER", "traces_sampler=sampler", "def sampler(c):\n    return 10", SAMPLER),
    ("SAMPLER", "traces_sampler=sampler", "def sampler(c):\n    return '1'", SAMPLER),
    ("HEALTH", "traces_sampler=sampler", "def sampler(c):\n    return 0.1", SAMPLER),
    ("RATE-TYPE", "sample_rate=RATE", "RATE = '0.5'", "RATE = 0.5"),
    ("RATE-TYPE", "traces_sample_rate=RATE", "RATE = 10", "RATE = 1"),
    (
        "COLLECTION-KEY",
        "data_collection=WHAT",
        "WHAT = {'http_headers': {'mode': 'off'}}",
        "WHAT = {'user_info': False}",
    ),
    ("INTEGRATIONS-OFF", "default_integrations=WHICH", "WHICH = False", "WHICH = True"),
    (
        "LOGGERS-OFF",
        "",
        "import logging\nlogging.getLogger('shop.pay').disabled = True",
        "import logging\nlogging.getLogger('shop.pay')",
    ),
    (
        "SIGTERM",
        "",
        "",
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))",
    ),
    ("SCRUB-PARTIAL", ALL_HOOKS, "", ""),
    ("SIZE-BIG", "max_value_length=LENGTH", "LENGTH = None", "LENGTH = 1000"),
    ("LOCALS", "include_local_variables=WHETHER", "WHETHER = True", "WHETHER = False"),
    ("SETUP", "", "raise RuntimeError('no')", ""),
    ("SETUP", "", "raise SystemExit(3)", ""),
]


@pytest.mark.slow(2)
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("rule", "arguments", "bad", "good"), CASES)
def test_a_rule_finds_its_mistake_and_nothing_in_a_good_setup(
    rule: str, arguments: str, bad: str, good: str, probe: Probe
) -> None:
    if rule == "SCRUB-PARTIAL":
        bad, good = REDACT, REDACT
        assert rule in probe("before_send=redact", bad).rules()
    else:
        assert rule in probe(arguments, bad).rules()

    assert rule not in probe(arguments, good).rules()


@pytest.mark.slow(4)
def test_what_every_hook_redacts_does_not_leak(probe: Probe) -> None:
    assert "LEAK" in probe("traces_sample_rate=1.0").rules()
    assert "LEAK" not in probe(ALL_HOOKS, REDACT).rules()


@pytest.mark.slow(2)
def test_two_starts_are_found_with_their_places(probe: Probe) -> None:
    report = probe("", "sentry_sdk.init()")

    found = [one.text for one in report.findings if one.rule == "INIT-TWICE" and not one.where]
    assert found == ["Sentry was started more than once (shop.py:2, shop.py:4); the last wins"]


@pytest.mark.slow(2)
def test_with_sdk_config_the_hooks_behind_the_chain_are_probed(probe: Probe) -> None:
    lines = HOOK + "    item['exception']\n    return item"

    report = probe("before_send=hook", lines, start="sdk_config.setup")

    assert "HOOK-RAISES" in report.rules()
    assert not {"LEAK", "SCRUB-PARTIAL", "HEALTH", "SETUP"} & report.rules()


@pytest.mark.slow(2)
def test_data_collection_beside_a_scrubber_is_found(probe: Probe) -> None:
    lines = "from sentry_sdk.scrubber import EventScrubber"

    report = probe("event_scrubber=EventScrubber(), data_collection={}", lines)

    assert "COLLECTION" in report.rules()


@pytest.mark.slow(2)
def test_what_the_setup_prints_and_raises_is_not_shown(probe: Probe) -> None:
    report = probe("", "print('hunter2')\nraise RuntimeError('hunter2')")

    assert [one.text for one in report.findings if one.rule == "SETUP"] == [
        "the setup failed: RuntimeError at shop.py:3"
    ]


@pytest.mark.slow(2)
def test_a_setup_that_starts_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def setup():\n    pass\n")

    report = check(env=ENV, setup="shop:setup", root=tmp_path, types=["config"])

    assert "OFF" in report.rules()


@pytest.mark.slow(2)
def test_a_setup_that_kills_its_process_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\nos.kill(os.getpid(), 9)\n")

    report = check(env=ENV, setup="shop", root=tmp_path, types=["config"])

    [found] = [one for one in report.findings if one.rule == "SETUP"]
    assert found.text == "the setup failed: its process ended with -9 before it could tell"


@pytest.mark.slow(2)
def test_a_setup_that_never_ends_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import threading\nthreading.Event().wait()\n")

    facts = probing.probe("shop", ENV, tmp_path, timeout=1.0)

    assert facts == {"failed": "it took longer than 1 s"}


@pytest.mark.slow(2)
def test_threads_that_a_setup_leaves_running_do_not_hold_the_probe(probe: Probe) -> None:
    lines = "import threading\nthreading.Thread(target=threading.Event().wait).start()"

    assert "SETUP" not in probe("", lines).rules()


@pytest.mark.slow(6)
@pytest.mark.parametrize("version", ["1.45.1", "2.0.1", "3.0.0b2"])
def test_other_versions_of_the_sdk_are_probed_as_well(version: str, tmp_path: Path) -> None:
    sdk = Path(__file__).parents[3] / ".cache" / "sdks" / f"python-{version}"
    (tmp_path / "shop.py").write_text(
        "import sentry_sdk\n"
        "def sampler(context):\n    return context['wsgi_environ']\n"
        "def hook(event, hint):\n    event['exception']\n    return event\n"
        "def setup():\n    sentry_sdk.init(before_send=hook, traces_sampler=sampler)\n"
    )

    env = {**ENV, "PYTHONPATH": str(sdk)}
    report = check(env=env, setup="shop:setup", root=tmp_path, types=["all"], connect_to="off")

    assert {"HOOK-RAISES", "SAMPLER", "LEAK"} <= report.rules()
