"""Users that are objects, and errors of GraphQL."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

import sdk_config
from fake_relay.testing import Relay
from tests.sdk_config.conftest import SetUp


@dataclass
class User:
    """An account of the application's."""

    id: Any = 7
    email: str = "a@b.test"
    is_active: bool = True
    is_authenticated: bool = True


def user_of_a_message(relay: Relay) -> Any:
    sdk_config.capture_message("who")
    return relay.expect_event(message="who").get("user")


def test_an_active_user_is_bound(relay: Relay, service: SetUp) -> None:
    """S2-31."""
    service(user_fields=("id", "email"))
    sdk_config.bind_user(User())

    assert user_of_a_message(relay) == {"id": 7, "email": "a@b.test"}


def test_an_id_of_another_kind_is_text(relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.bind_user(User(id=uuid.UUID(int=5)))

    assert user_of_a_message(relay) == {"id": "00000000-0000-0000-0000-000000000005"}


@pytest.mark.parametrize(
    "user",
    [None, User(is_active=False), User(is_authenticated=False), User(id=None), {"name": "x"}, 5],
)
def test_nobody_else_is_bound(user: Any, relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.bind_user(user)

    assert not user_of_a_message(relay)


async def test_a_loader_is_called_and_its_user_given_back(relay: Relay, service: SetUp) -> None:
    service()
    known = User()

    async def load(request: str) -> User:
        return known

    assert await sdk_config.bind_user_from("request", load) is known
    assert sdk_config.bind_user_from("request", lambda request: known) is known
    assert await asyncio.to_thread(user_of_a_message, relay) == {"id": 7}


async def test_a_loader_works_with_sentry_off_and_its_errors_are_its_own() -> None:
    def load(request: str) -> User:
        raise PermissionError(request)

    assert sdk_config.bind_user_from("request", lambda request: "found") == "found"
    with pytest.raises(PermissionError, match="request"):
        sdk_config.bind_user_from("request", load)


@dataclass
class GraphQLError:
    """An error as GraphQL libraries give it."""

    message: str
    original_error: BaseException | None = None
    path: list[Any] = field(default_factory=list)


@dataclass
class Result:
    """An answer as GraphQL libraries give it."""

    errors: list[GraphQLError] | None


def test_each_error_of_a_resolver_is_sent_once_and_a_clients_not(
    relay: Relay, service: SetUp
) -> None:
    """S2-03, FW-10."""
    service()
    cause = LookupError("no such order")
    result = Result(
        [
            GraphQLError("failed", cause, ["orders", 0, "total"]),
            GraphQLError("failed again", cause, ["orders", 1, "total"]),
            GraphQLError("syntax"),
        ]
    )

    ids = sdk_config.capture_graphql_errors(result, operation="Orders")

    event = relay.expect_event(
        exception="LookupError", tags={"error.category": "graphql", "graphql.operation": "Orders"}
    )
    assert ids == [event["event_id"]]
    assert event["contexts"]["graphql"] == {"operation": "Orders", "path": "orders.0.total"}
    assert len(relay.items("event")) == 1


def test_a_clients_error_is_sent_if_asked_for(relay: Relay, service: SetUp) -> None:
    service()
    answer = {"errors": [GraphQLError("syntax")]}

    assert sdk_config.capture_graphql_errors(answer, client_errors=True) == [
        relay.expect_event(message__contains="syntax")["event_id"]
    ]


@pytest.mark.parametrize("result", [Result(None), Result([]), {}, {"data": 1}, None, []])
def test_an_answer_without_errors_sends_nothing(result: Any, relay: Relay, service: SetUp) -> None:
    service()

    assert sdk_config.capture_graphql_errors(result) == []
    assert relay.items() == []
