"""Inbound filters: one row for each rule of PROTOCOL.md 9.1."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.config import Filters
from fake_relay.config.filters import LEGACY_BROWSERS, GenericFilter
from fake_relay.pipeline.filters import filter_stage
from fake_relay.pipeline.filters.browsers import RULES

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{}.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
EDGE = CHROME.format(80) + " Edg/{}.0"
OLD_EDGE = CHROME.format(64) + " Edge/{}.17134"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/{}.0 Safari/605.1.15"
)
IE = "Mozilla/4.0 (compatible; MSIE {}.0; Windows NT 6.1)"
IE11 = "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko"
OPERA = "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/{}.10"
NEW_OPERA = CHROME.format(98) + " OPR/{}.0.0.0"
OPERA_MINI = "Opera/9.80 (J2ME/MIDP; Opera Mini/{}.1/28.2; U; en) Presto/2.8.119 Version/11.10"
ANDROID = (
    "Mozilla/5.0 (Linux; U; Android {}.3; en-us; Nexus S) AppleWebKit/533.1 (KHTML, like Gecko)"
    " Version/4.0 Mobile Safari/533.1"
)


def error(value: Any = "boom", kind: Any = "ValueError", *paths: str) -> dict[str, Any]:
    frames = [{"abs_path": path} for path in paths]
    return {
        "exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]}
    }


def browser(agent: str) -> dict[str, Any]:
    return {"request": {"headers": [["User-Agent", agent]]}}


def csp(blocked: str = "", source: str = "") -> dict[str, Any]:
    return {"csp-report": {"blocked-uri": blocked, "source-file": source}}


@pytest.mark.parametrize(
    ("patterns", "payload", "falls"),
    [
        (["1.*"], {"release": "1.2"}, True),
        (["SHOP@*"], {"release": "shop@2"}, True),
        (["shop@{1,2}"], {"release": "shop@2"}, True),
        (["1.*"], {"release": "2.1"}, False),
        (["1"], {"release": "1.2"}, False),
        (["*"], {}, False),
        (["*"], {"release": 7}, False),
    ],
)
def test_releases(judge: Any, patterns: list[str], payload: Any, falls: bool) -> None:
    found = judge(Filters(releases=tuple(patterns)), payload)
    assert found == ("release-version" if falls else "")


@pytest.mark.parametrize(
    ("pattern", "payload", "falls"),
    [
        ("*boom*", {"message": "a boom"}, True),
        ("*boom*", {"message": {"formatted": "a boom"}}, True),
        ("*boom*", {"message": {"message": "a boom %s"}}, True),
        ("*boom*", {"logentry": {"formatted": "a boom"}}, True),
        ("*boom*", {"logentry": {"message": "boom", "formatted": "quiet"}}, False),
        ("*boom*", {"logentry": "a boom"}, True),
        ("*BOOM*", {"message": "several\nlines, boom\n"}, True),
        ("boom", {"message": "a boom"}, False),
        ("ValueError", error("x"), True),
        ("x", error("x"), True),
        ("ValueError: x*", error("xyz"), True),
        ("TypeError: *", error("x"), False),
        ("*x*", {"exception": [{"type": "A", "value": "x"}]}, True),
        ("*x*", {"exception": {"type": "A", "value": "x"}}, True),
        ("*second*", {"exception": {"values": [{"value": "first"}, {"value": "second"}]}}, True),
        ("*7*", error(7), True),
        ("*", {"exception": [None, 3, []]}, False),
        ("*", {"message": None}, False),
    ],
)
def test_error_messages(judge: Any, pattern: str, payload: Any, falls: bool) -> None:
    found = judge(Filters(error_messages=(pattern,)), payload)
    assert found == ("error-message" if falls else "")


@pytest.mark.parametrize(
    ("networks", "address", "falls"),
    [
        (["192.0.2.1"], "192.0.2.1", True),
        (["192.0.2.0/24"], "192.0.2.77", True),
        (["192.0.2.77/24"], "192.0.2.1", True),
        (["2001:db8::/32"], "2001:db8::5", True),
        (["192.0.2.0/24"], "198.51.100.1", False),
        (["192.0.2.0/24"], "2001:db8::5", False),
        (["0.0.0.0/0"], "unix:", False),
        (["0.0.0.0/0"], "", False),
    ],
)
def test_client_addresses(judge: Any, networks: list[str], address: str, falls: bool) -> None:
    filters = Filters(client_ips=tuple(networks))
    expected = "ip-address" if falls else ""
    assert judge(filters, {}, client_ip=address) == expected
    assert judge(filters, {"items": []}, "log", client_ip=address) == expected
    assert judge(filters, {"discarded_events": []}, "client_report", client_ip=address) == ""


@pytest.mark.parametrize(
    ("payload", "falls"),
    [
        ({"user": {"ip_address": "127.0.0.1"}}, True),
        ({"user": {"ip_address": "::1"}}, True),
        ({"user": {"ip_address": "192.0.2.1"}}, False),
        ({"request": {"url": "http://localhost:8000/a"}}, True),
        ({"request": {"url": "http://127.0.0.1/a"}}, True),
        ({"request": {"url": "https://shop.localhost/a"}}, True),
        ({"request": {"url": "file:///home/a.html"}}, True),
        ({"request": {"url": "https://localhost.example.com/"}}, False),
        ({"request": {"url": "https://example.com/localhost"}}, False),
        ({"request": {"url": "http://[::1"}}, False),
        ({"request": {"headers": {"Host": "localhost:80"}}}, True),
        ({"request": {"headers": [["x-forwarded-host", "LOCALHOST"]]}}, True),
        ({"request": {"headers": {"Host": "example.com"}}}, False),
        ({"user": "127.0.0.1", "request": 5}, False),
        ({}, False),
    ],
)
def test_localhost(judge: Any, payload: Any, falls: bool) -> None:
    assert judge(Filters(localhost=True), payload) == ("localhost" if falls else "")


@pytest.mark.parametrize(
    ("payload", "falls"),
    [
        (error("Can't find variable: ZiteReader"), True),
        (error("jigsaw is not defined"), True),
        (error("Uncaught Error: Extension context invalidated."), True),
        (error("conduitPage"), True),
        (error("x", "E", "https://a.example/app.js", "chrome-extension://abc/x.js"), True),
        (error("x", "E", "moz-extension://abc/x.js"), True),
        (error("x", "E", "safari-extension://abc/x.js"), True),
        (error("x", "E", "safari-web-extension://abc/x.js"), True),
        (error("x", "E", "chrome://abc/x.js"), True),
        (error("x", "E", "chrome://abc/x.js", "<anonymous>", "[native code]"), True),
        (error("x", "E", "chrome-extension://abc/x.js", "https://a.example/app.js"), False),
        (error("x", "E", "https://a.example/chrome-extension.js"), False),
        (error("jigsaw is fine"), False),
        (error(None), False),
        ({"message": "conduitPage"}, False),
        ({"exception": {"values": [{"stacktrace": {"frames": "x"}}]}}, False),
    ],
)
def test_browser_extensions(judge: Any, payload: Any, falls: bool) -> None:
    found = judge(Filters(browser_extensions=True), payload)
    assert found == ("browser-extensions" if falls else "")


@pytest.mark.parametrize(
    ("option", "agent", "falls"),
    [
        ("default", IE.format(9), True),
        ("default", IE.format(10), False),
        ("default", OPERA.format(12), True),
        ("default", SAFARI.format(5), True),
        ("default", SAFARI.format(6), False),
        ("default", ANDROID.format(2), True),
        ("default", ANDROID.format(4), False),
        ("default", OPERA_MINI.format(7), True),
        ("default", OPERA_MINI.format(8), False),
        ("default", CHROME.format(60), False),
        ("ie_pre_9", IE.format(8), True),
        ("ie_pre_9", IE.format(9), False),
        ("ie9", IE.format(9), True),
        ("ie9", IE.format(10), False),
        ("ie10", IE.format(10), True),
        ("ie10", IE11, False),
        ("ie11", IE11, True),
        ("ie11", IE.format(10), False),
        ("opera_pre_15", OPERA.format(12), True),
        ("opera_pre_15", NEW_OPERA.format(15), False),
        ("opera_mini_pre_8", OPERA_MINI.format(7), True),
        ("opera_mini_pre_8", OPERA_MINI.format(8), False),
        ("android_pre_4", ANDROID.format(2), True),
        ("android_pre_4", ANDROID.format(4), False),
        ("safari_pre_6", SAFARI.format(5), True),
        ("safari_pre_6", SAFARI.format(6), False),
        ("edge_pre_79", OLD_EDGE.format(18), True),
        ("edge_pre_79", EDGE.format(79), False),
        ("ie", IE11, True),
        ("ie", CHROME.format(60), False),
        ("edge", EDGE.format(110), True),
        ("edge", EDGE.format(111), False),
        ("chrome", CHROME.format(110), True),
        ("chrome", CHROME.format(111), False),
        ("firefox", FIREFOX.format(110), True),
        ("firefox", FIREFOX.format(111), False),
        ("safari", SAFARI.format(15), True),
        ("safari", SAFARI.format(16), False),
        ("opera", NEW_OPERA.format(99), True),
        ("opera", NEW_OPERA.format(100), False),
        ("opera_mini", OPERA_MINI.format(34), True),
        ("opera_mini", OPERA_MINI.format(35), False),
        ("android", ANDROID.format(3), True),
        ("android", ANDROID.format(4), False),
        ("chrome", "", False),
        ("chrome", "Chrome", False),
        ("ie", "x" * 100_000, False),
    ],
)
def test_legacy_browsers(judge: Any, option: str, agent: str, falls: bool) -> None:
    found = judge(Filters(legacy_browsers=(option,)), browser(agent))
    assert found == ("legacy-browsers" if falls else "")


def test_every_option_for_legacy_browsers_has_its_rules() -> None:
    assert tuple(RULES) == LEGACY_BROWSERS


@pytest.mark.parametrize(
    ("agent", "falls"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mediapartners-Google/2.1", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", True),
        ("Mozilla/5.0 ... BingPreview/1.0b", True),
        ("Mozilla/5.0 (compatible; YandexBot/3.0)", True),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0)", True),
        ("Mozilla/5.0 (compatible; Yahoo! Slurp)", True),
        ("Sogou web spider/4.0", True),
        ("facebookexternalhit/1.1", True),
        ("Twitterbot/1.0", True),
        ("ia_archiver", True),
        ("AdsBot-Google (+http://www.google.com/adsbot.html)", True),
        ("Calypso AppCrawler/1.2", True),
        ("SomethingNew-Crawler/0.1", True),
        ("W3C_Validator/1.3", True),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", True),
        ("Slackbot 1.0 (+https://api.slack.com/robots)", False),
        ("SentryUptimeBot/1.0 (+http://docs.sentry.io/product/alerts/uptime-monitoring/)", False),
        ("Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)", False),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36", False),
        (CHROME.format(120), False),
        ("", False),
    ],
)
def test_web_crawlers(judge: Any, agent: str, falls: bool) -> None:
    assert judge(Filters(web_crawlers=True), browser(agent)) == ("web-crawlers" if falls else "")


@pytest.mark.parametrize(
    ("kind", "name", "falls"),
    [
        ("transaction", "GET /healthz", True),
        ("transaction", "get /HEALTH", True),
        ("transaction", "GET /orders", False),
        ("transaction", None, False),
        ("event", "GET /healthz", False),
    ],
)
def test_ignored_transactions(judge: Any, kind: str, name: Any, falls: bool) -> None:
    found = judge(Filters(ignore_transactions=("*/health*",)), {"transaction": name}, kind)
    assert found == ("filtered-transaction" if falls else "")


@pytest.mark.parametrize(
    ("source", "report", "falls"),
    [
        ("evil.example", csp("https://evil.example/x.js"), True),
        ("evil.example", csp(source="https://evil.example/x.js"), True),
        ("evil.example", csp("https://good.example/evil.example"), False),
        ("*.evil.example", csp("https://cdn.evil.example/x.js"), True),
        ("*.evil.example", csp("https://evil.example/x.js"), False),
        ("https://*.evil.example", csp("http://cdn.evil.example/x.js"), False),
        ("https://evil.example", csp("https://evil.example"), True),
        ("evil.example:8443", csp("https://evil.example:8443/x"), True),
        ("evil.example:8443", csp("https://evil.example/x"), False),
        ("EVIL.example", csp("https://Evil.Example/x"), True),
        ("data", csp("data"), True),
        ("chrome-extension://*", csp("chrome-extension://abc"), True),
        ("chrome-extension://*", csp("https://abc"), False),
        ("*", csp("https://anything.example"), True),
        ("*", csp(), False),
        ("evil.example", {"body": {"blockedURL": "https://evil.example/"}}, True),
        ("evil.example", {"body": {"sourceFile": "https://evil.example/"}}, True),
        ("evil.example", {"csp-report": "https://evil.example/"}, False),
    ],
)
def test_sources_of_csp_reports(judge: Any, source: str, report: Any, falls: bool) -> None:
    found = judge(Filters(csp=(source,)), report, "raw_security")
    assert found == ("invalid-csp" if falls else "")


def test_a_csp_event_of_relays_own_form_is_judged_too(judge: Any) -> None:
    event = {"type": "csp", "csp": {"blocked_uri": "https://evil.example/x.js"}}
    assert judge(Filters(csp=("evil.example",)), event, "security") == "invalid-csp"


def test_the_browser_of_a_report_is_its_sender(judge: Any) -> None:
    filters = Filters(web_crawlers=True)
    headers = {"user-agent": "Googlebot/2.1"}
    assert judge(filters, csp("https://a.example"), "raw_security", headers=headers)
    assert judge(filters, {}, "event", headers=headers) == ""


def test_a_generic_filter_gives_its_id(judge: Any) -> None:
    condition = {"op": "eq", "name": "event.release", "value": "1"}
    filters = Filters(generic=(GenericFilter("old-shop", condition=condition),))
    assert judge(filters, {"release": "1"}) == "old-shop"
    assert judge(filters, {"release": "2"}) == ""


def test_a_filter_that_is_off_judges_nothing(judge: Any) -> None:
    condition = {"op": "eq", "name": "event.release", "value": "1"}
    off = GenericFilter("old-shop", is_enabled=False, condition=condition)
    assert judge(Filters(generic=(off,)), {"release": "1"}) == "no stage"


def test_the_first_filter_of_relays_order_gives_the_reason(judge: Any) -> None:
    """Taking away the filter that answered leaves the next one to answer."""
    event = {
        "type": "transaction",
        "release": "1",
        "transaction": "/health",
        "message": "boom",
        "user": {"ip_address": "::1"},
        **browser(IE.format(6) + " W3C_thing"),
        **error("conduitPage"),
        "csp": {"blocked_uri": "https://evil.example"},
    }
    condition = {"op": "eq", "name": "event.release", "value": "1"}
    rest: dict[str, Any] = {
        "generic": (GenericFilter("mine", condition=condition),),
        "csp": ("evil.example",),
        "client_ips": ("192.0.2.0/24",),
        "releases": ("1",),
        "error_messages": ("boom",),
        "localhost": True,
        "browser_extensions": True,
        "legacy_browsers": ("default",),
        "web_crawlers": True,
        "ignore_transactions": ("/health",),
    }
    reasons = []
    for name in list(rest):
        reasons.append(judge(Filters(**rest), event, "transaction"))
        del rest[name]
    assert reasons == [
        "mine",
        "invalid-csp",
        "ip-address",
        "release-version",
        "error-message",
        "localhost",
        "browser-extensions",
        "legacy-browsers",
        "web-crawlers",
        "filtered-transaction",
    ]


@pytest.mark.parametrize("kind", ["attachment", "check_in", "profile", "x_new"])
def test_other_items_are_not_opened(judge: Any, kind: str) -> None:
    filters = Filters(releases=("*",), error_messages=("*",), localhost=True)
    assert judge(filters, {"release": "1", "message": "x"}, kind) == ""


@pytest.mark.parametrize("kind", ["event", "transaction", "feedback", "security", "replay_event"])
def test_items_with_fields_of_an_event_are_judged(judge: Any, kind: str) -> None:
    assert judge(Filters(releases=("1",)), {"release": "1"}, kind) == "release-version"


@pytest.mark.parametrize("payload", [b"", b"nope", b"[]", b"null", b'"x"', b'{"release":', b"\xff"])
def test_a_payload_that_does_not_decode_passes(judge: Any, payload: bytes) -> None:
    """What cannot be read is for validation to refuse."""
    assert judge(Filters(releases=("*",), error_messages=("*",)), payload) == ""


def test_without_filters_there_is_no_stage() -> None:
    assert filter_stage(Filters()) is None
