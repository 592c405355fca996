"""What of a request is believed: addresses, ids, and rules by path and method."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config.web.incoming import Incoming, PathRule, Proxies, request_id, shape, user_id


def a_request(peer: str = "203.0.113.9", path: str = "/", **headers: str) -> Incoming:
    return Incoming("GET", path, {k.replace("_", "-"): v for k, v in headers.items()}, peer)


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "10.0.0.3, 10.0.0.7", "10.0.0.3"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1, junk, 10.0.0.7", "10.0.0.7"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        (["fd00::/8"], "fd00::1", "[2001:db8::5]:443", "2001:db8::5"),
        (["*"], "", "198.51.100.1", "198.51.100.1"),
        ([], "", "198.51.100.1", None),
    ],
)
def test_the_client_is_the_last_address_that_nobody_trusted_wrote(
    trusted: list[str], peer: str, forwarded: str, client: str | None
) -> None:
    incoming = a_request(peer, x_forwarded_for=forwarded)

    assert Proxies(trusted).client(incoming) == client


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_forwarded_an_untrusted_peer_is_the_client(forwarded: str, peer: str) -> None:
    found = Proxies(["10.0.0.0/8"]).client(a_request("203.0.113.9", x_forwarded_for=forwarded))
    assert found == "203.0.113.9"
    Proxies(["10.0.0.0/8"]).client(a_request(peer, x_forwarded_for=forwarded))


def test_what_is_no_network_is_refused_when_it_is_named() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Proxies(["proxy.internal"])


@pytest.mark.parametrize(
    ("peer", "said", "believed"),
    [
        ("10.0.0.1", "u-17", "u-17"),
        ("203.0.113.9", "u-17", None),
        ("", "u-17", None),
        ("10.0.0.1", "", None),
        ("10.0.0.1", "mine, u-17", None),
        ("10.0.0.1", "u 17", None),
        ("10.0.0.1", "x" * 129, None),
    ],
)
def test_a_header_names_the_user_once_and_from_a_trusted_proxy(
    peer: str, said: str, believed: str | None
) -> None:
    """S4-23."""
    incoming = a_request(peer, x_user_id=said)

    assert user_id(incoming, "X-User-Id", Proxies(["10.0.0.0/8"])) == believed


@pytest.mark.parametrize("said", ["r-1", "4f2a:9.c_1", "0" * 128])
def test_a_plain_request_id_is_taken(said: str) -> None:
    assert request_id(a_request(x_request_id=said), "X-Request-ID") == said


@pytest.mark.parametrize("said", ["", "a b", "<script>", "é", "0" * 129, "a\nb"])
def test_any_other_request_id_is_replaced(said: str) -> None:
    found = request_id(a_request(x_request_id=said), "X-Request-ID")

    assert len(found) == 32
    assert found != request_id(a_request(x_request_id=said), "X-Request-ID")


@pytest.mark.parametrize(
    ("rule", "method", "path", "matches"),
    [
        (PathRule(), "GET", "/any", True),
        (PathRule("/api/v1/*"), "GET", "/api/v1/orders/7", True),
        (PathRule("/api/v1/*"), "GET", "/api/v2/orders", False),
        (PathRule("/x", ("post",)), "POST", "/x", True),
        (PathRule("/x", ("POST",)), "GET", "/x", False),
    ],
)
def test_a_rule_is_about_paths_and_methods(
    rule: PathRule, method: str, path: str, matches: bool
) -> None:
    assert rule.matches(Incoming(method, path, {})) is matches


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/orders/17", "/orders/*"),
        ("/orders/17?token=x", "/orders/*"),
        ("/reset/4f2a9c14f2a9c14f2a9c1", "/reset/*"),
        ("/u/8c5b1f0e-8f0b-4c57-9f1d-111111111111/x", "/u/*/x"),
        ("/users/ann@b.test", "/users/*"),
        ("/api/v1/appointments", "/api/v1/appointments"),
        ("/", "/"),
    ],
)
def test_the_shape_of_a_path_is_without_its_ids(path: str, seen: str) -> None:
    assert shape(path) == seen
