"""The plugin in suites of other projects, in a process of their own where that matters."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fake_relay.relay import Relay as Receiver
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer

pytestmark = pytest.mark.slow


def test_tests_pass_fail_with_near_misses_and_never_see_each_others_items(suite: Any) -> None:
    result = suite(
        """
        import pytest

        DSNS = []

        def test_passes(relay, send):
            DSNS.append(relay.dsn)
            send({"message": "boom"})
            assert relay.expect_event(message="boom", count=1).message == "boom"

        def test_a_stray_item_of_the_earlier_test_does_not_match(relay, send):
            send({"message": "boom"}, dsn=DSNS[0])
            relay.expect_no_event(quiet=0.05)
            assert relay.dsn != DSNS[0]

        def test_fails(relay, send):
            send({"message": "boom", "level": "info"})
            relay.expect_event(message="bomm", level="info", within=0.05)

        @pytest.mark.relay(fail_on_unexpected=True)
        def test_unexpected(relay, send):
            send({"message": "expected"})
            send({"message": "surprise"})
            relay.expect_event(message="expected")

        @pytest.mark.relay(fail_on_unexpected=True)
        def test_a_failed_test_is_not_an_error_as_well(relay, send):
            send({"message": "surprise"})
            assert relay.items() == [], "seen"

        @pytest.mark.relay(fail_on_unexpected=["transaction"])
        def test_unexpected_of_other_types_is_let_pass(relay, send):
            send({"message": "surprise"})

        @pytest.mark.relay(fail_on_unexpectd=True)
        def test_misspelt_marker(relay):
            pass

        async def test_coroutine(relay, send):
            send({"message": "boom"})
            await relay.aexpect_event(message="boom")
        """,
    )
    result.assert_outcomes(passed=5, failed=2, errors=2)
    result.stdout.re_match_lines_random(
        [
            r"E .*expected at least 1 event with message = 'bomm', level = 'info'; none matched",
            r"E +closest:",
            r"E +event \d+: boom",
            r"E +- message: expected = 'bomm', got 'boom'",
            r"E +arrived: 1 event",
            r"-+ fake-relay caught -+",
            r"event \d+: boom",
            r"1 arrived that nothing expected:",
            r" +<event \d+: surprise>",
            r"the marker relay does not take fail_on_unexpectd; it takes .*",
        ]
    )


def test_a_suite_that_uses_no_relay_imports_nothing_of_it(suite: Any) -> None:
    result = suite(
        """
        import sys

        def test_nothing_is_imported():
            heavy = {"aiohttp", "msgspec", "sentry_sdk", "urllib3", "fake_relay.relay"}
            assert heavy & set(sys.modules) == set()
        """,
        own_process=True,
    )
    result.assert_outcomes(passed=1)


def test_a_test_that_only_reads_http_imports_no_sdk(suite: Any) -> None:
    result = suite(
        """
        import sys

        def test_sdk_is_not_imported(relay, send):
            send({"message": "boom"})
            relay.expect_event(message="boom")
            assert "sentry_sdk" not in sys.modules
        """,
        own_process=True,
    )
    result.assert_outcomes(passed=1)


def test_settings_and_the_default_for_unexpected_items_are_fixtures(suite: Any) -> None:
    result = suite(
        """
        import pytest
        from fake_relay.config import Limits, RelayConfig

        @pytest.fixture(scope="session")
        def relay_config():
            return RelayConfig(limits=Limits(max_envelope_size=300))

        @pytest.fixture
        def relay_fail_on_unexpected():
            return True

        def test_too_large(relay, send):
            with pytest.raises(Exception, match="413"):
                send({"message": "x" * 400})

        def test_unexpected(relay, send):
            send({"message": "surprise"})

        @pytest.mark.relay(fail_on_unexpected=False)
        def test_the_marker_wins(relay, send):
            send({"message": "surprise"})
        """,
    )
    result.assert_outcomes(passed=3, errors=1)


def test_a_bug_of_the_server_fails_the_test_that_met_it(suite: Any) -> None:
    result = suite(
        """
        import pytest

        def test_before(relay): pass

        def test_breaks(relay, live_relay, send):
            store = live_relay.receiver.store
            live_relay.receiver.store = None
            try:
                with pytest.raises(Exception, match="500|503"):
                    send({"message": "boom"})
            finally:
                live_relay.receiver.store = store

        def test_after(relay): pass
        """,
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*the relay itself failed while this test ran*"])


def test_snapshots_are_written_by_an_option_and_compared_without(
    suite: Any, pytester: pytest.Pytester
) -> None:
    source = """
    def test_shop(relay, send):
        send({"message": "boom"})
        relay.assert_matches_snapshot()
        send({"message": "again"})
        relay.assert_matches_snapshot()
        relay.assert_matches_snapshot("the end")
    """
    suite(source, "--update").assert_outcomes(passed=1)
    name = "test_snapshots_are_written_by_an_option_and_compared_without"
    written = sorted((pytester.path / "snapshots" / name / "test_shop").iterdir())
    assert [file.name for file in written] == ["items.json", "items_2.json", "the_end.json"]
    suite(source).assert_outcomes(passed=1)


def test_another_plugins_update_option_is_left_alone(suite: Any, pytester: pytest.Pytester) -> None:
    source = """
    def test_theirs(request, relay, send):
        assert request.config.getoption("theirs") is True
        send({"message": "boom"})
        relay.assert_matches_snapshot()
    """
    conftest = pytester.path / "conftest.py"
    conftest.write_text(
        conftest.read_text()
        + "\ndef pytest_addoption(parser):\n"
        + "    parser.addoption('--update', action='store_true', dest='theirs')\n"
    )
    result = suite(source, "--update", "--fake-relay-update")
    result.assert_outcomes(passed=1)


def test_a_suite_attaches_to_a_running_relay(suite: Any) -> None:
    with ThreadServer(lambda: Receiver(open_store("memory:"))) as server:
        result = suite(
            """
            import pytest

            def test_passes(relay, live_relay, send):
                send({"message": "boom"})
                relay.expect_event(message="boom", count=1)
                relay.expect_no_event(message="other", quiet=0.05)
                relay.assert_accounted()
                relay.assert_no_leaks("canary")
                relay.clear()
                assert relay.items() == []

            def test_fails(relay, send):
                send({"message": "boom"})
                relay.expect_event(message="bomm", within=0.2)
            """,
            f"--fake-relay-url={server.url}",
        )
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.re_match_lines([r"E +- message: expected = 'bomm', got 'boom'"])
        assert server.relay.store.position() == 2


def test_a_url_where_nobody_listens_is_a_clear_error(suite: Any) -> None:
    result = suite("def test_x(relay): pass", "--fake-relay-url=http://127.0.0.1:1")
    result.assert_outcomes(errors=1)
    result.stdout.re_match_lines([r".*Unreachable: .*127\.0\.0\.1:1.*"])


SDK = """
import subprocess
import sys
import threading

import pytest


@pytest.fixture
def sdk(relay):
    import sentry_sdk

    sentry_sdk.init(relay.dsn, release="shop@2.0", traces_sample_rate=1.0, enable_logs=True)
    yield sentry_sdk
    sentry_sdk.get_client().close()


def test_exception(relay, sdk):
    sdk.set_tag("plan", "pro")
    sdk.set_user({"id": "7"})
    try:
        raise ValueError("card declined")
    except ValueError:
        sdk.capture_exception()
    relay.expect_event(
        exception=ValueError, message__contains="card", release="shop@2.0",
        tags={"plan": "pro"}, user__id="7", contexts__runtime__name="CPython", count=1,
    )
    relay.assert_accounted()


def test_transaction_and_log_need_no_flush(relay, sdk):
    with sdk.start_transaction(name="checkout", op="task"):
        with sdk.start_span(op="db", name="SELECT 1"):
            sdk.logger.warning("slow {query}", query="SELECT 1")
    relay.expect_transaction(name="checkout", op="task", span={"op": "db"})
    relay.expect_log(body="slow SELECT 1", level="warn", release="shop@2.0")
    relay.expect_log(attributes={"sentry.message.parameter.query": "SELECT 1"})


def test_discards(relay):
    import sentry_sdk

    sentry_sdk.init(relay.dsn, before_send=lambda event, hint: None)
    sentry_sdk.capture_message("never sent")
    relay.expect_no_event(quiet=0.05)
    relay.expect_client_report(reason="before_send", category="error", quantity=1)
    assert relay.discards == {"error": {"before_send": 1}}
    with pytest.raises(AssertionError, match=r"the SDK discarded 1 error \\(before_send\\)"):
        relay.expect_event(within=0.05)


def test_thread(relay, sdk):
    worker = threading.Thread(target=lambda: sdk.capture_message("from a thread"))
    worker.start()
    relay.expect_event(message="from a thread")
    worker.join()


async def test_coroutine(relay, sdk):
    sdk.capture_message("from a coroutine")
    await relay.aexpect_event(message="from a coroutine")


def test_child_process(relay):
    import os

    code = "import sentry_sdk; sentry_sdk.init(); sentry_sdk.capture_message('from a child')"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **relay.env}, check=True)
    relay.expect_event(message="from a child", count=1)
"""


def test_the_real_sdk_in_threads_coroutines_and_child_processes(suite: Any) -> None:
    result = suite(SDK, own_process=True)
    result.assert_outcomes(passed=6)


SAME = """
import pytest

@pytest.mark.parametrize("number", range(200))
def test_same(relay, send, number):
    send({"message": "the same"})
    relay.expect_event(message="the same", count=1)
    assert len(relay.items()) == 1
"""


def test_workers_that_serve_relays_of_their_own_never_see_each_others_items(suite: Any) -> None:
    suite(SAME, "-n2", own_process=True).assert_outcomes(passed=200)


@pytest.mark.slow(10)
@pytest.mark.timeout(240)
def test_eight_workers_share_a_running_relay_without_seeing_each_others_items(suite: Any) -> None:
    with ThreadServer(lambda: Receiver(open_store("memory:"))) as server:
        result = suite(SAME, "-n8", f"--fake-relay-url={server.url}", own_process=True)
        result.assert_outcomes(passed=200)
        assert server.relay.store.position() == 200


def test_the_plugin_says_what_it_offers(suite: Any) -> None:
    result = suite("", "--help")
    text = result.stdout.str()
    assert re.search(r"--fake-relay-url=URL", text)
    assert "@pytest.mark.relay" in suite("", "--markers").stdout.str()


def test_a_failure_tells_why_nothing_came_from_the_sdk_of_this_process(suite: Any) -> None:
    result = suite(
        """
        import sys

        import pytest

        def failing(relay):
            with pytest.raises(AssertionError) as failed:
                relay.expect_event(within=0.01)
            return str(failed.value).splitlines()[-1]

        def test_not_imported(relay):
            assert "sentry_sdk" not in sys.modules
            assert "has not imported sentry_sdk" in failing(relay)

        def test_not_initialised(relay):
            import sentry_sdk

            assert "has no DSN" in failing(relay)

        def test_another_dsn(relay):
            import sentry_sdk

            sentry_sdk.init("http://key@127.0.0.1:1/7", default_integrations=False)
            assert "sends to 'http://key@127.0.0.1:1/7', not here" in failing(relay)

        def test_ours(relay):
            import sentry_sdk

            sentry_sdk.init(relay.dsn, sample_rate=0.5, default_integrations=False)
            assert failing(relay).endswith("sends here, with sample_rate=0.5")

        def test_a_wait_tells_as_well(relay):
            with pytest.raises(AssertionError, match="sentry_sdk of this process"):
                relay.wait_for(lambda items: items, within=0.01)

        def test_nothing_is_said_once_something_came(relay, send):
            send({"message": "boom"})
            with pytest.raises(AssertionError) as failed:
                relay.expect_event(message="bang", within=0.01)
            assert "sentry_sdk" not in str(failed.value)
        """,
        own_process=True,
    )
    result.assert_outcomes(passed=6)
