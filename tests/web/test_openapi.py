"""The OpenAPI document: it lists what is there, and answers are what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.app import make_app
from fake_relay.web.route import ROOT
from fake_relay.web.settings import WebConfig

JSON_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def misfits(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> list[str]:
    """Where a value does not fit a schema of the subset that msgspec writes."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        tried = [misfits(value, option, document, at) for option in schema["anyOf"]]
        return min(tried, key=len)
    wanted = schema.get("type")
    if wanted is not None and not isinstance(value, JSON_TYPES[wanted]):
        return [f"{at}: {value!r} is no {wanted}"]
    found: list[str] = []
    if isinstance(value, dict) and "properties" in schema:
        found += [f"{at}.{name} is missing" for name in schema["required"] if name not in value]
        found += [f"{at}.{name} is unknown" for name in value.keys() - schema["properties"].keys()]
        for name, inner in schema["properties"].items():
            if name in value:
                found += misfits(value[name], inner, document, f"{at}.{name}")
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for name, inner in value.items():
            found += misfits(inner, schema["additionalProperties"], document, f"{at}.{name}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, inner in enumerate(value):
            found += misfits(inner, schema["items"], document, f"{at}[{index}]")
    return found


def test_the_check_of_this_file_finds_misfits():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert misfits({"a": "x"}, schema, {}, "") == [".a: 'x' is no integer"]
    assert misfits({"b": 1}, schema, {}, "") == [".a is missing", ".b is unknown"]


async def test_every_route_below_the_root_is_in_the_document_and_none_besides(server):
    store = open_store("memory:")
    app = make_app(Relay(store), "127.0.0.1", WebConfig(), [])
    routed = {
        (route.resource.canonical, route.method)
        for route in app.router.routes()
        if route.resource and route.resource.canonical.startswith(ROOT) and route.method != "HEAD"
    }
    store.close()
    _, document = await server.get(f"{ROOT}/openapi.json")
    described = {
        (path, method.upper())
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == routed


async def test_operations_have_names_of_their_own_and_describe_their_path(server):
    _, document = await server.get(f"{ROOT}/openapi.json")
    operations = [
        (path, operation)
        for path, methods in document["paths"].items()
        for operation in methods.values()
    ]
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names)
    for path, operation in operations:
        in_path = {found["name"] for found in operation["parameters"] if found["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))


PROJECT = "42"
ASKED: list[tuple[str, str, str, Any]] = [
    ("GET", "/items", "", None),
    ("GET", "/items", "?limit=1&payload=0", None),
    ("GET", "/items", "?limit=0", None),
    ("GET", "/items", "?view=stored", None),
    ("DELETE", "/items", "", None),
    ("GET", "/items/{id}", "", None),
    ("GET", "/envelopes", "?limit=1", None),
    ("GET", "/envelopes/{id}", "", None),
    ("GET", "/refused", "?limit=1", None),
    ("GET", "/refused/{id}", "", None),
    ("GET", "/explain", "", None),
    ("GET", "/explain", "?event_id=" + "a" * 32, None),
    ("GET", "/outcomes", "", None),
    ("GET", "/outcomes", "?interval=5m&start=-1h", None),
    ("GET", "/outcomes", "?interval=7m", None),
    ("GET", "/projects", "", None),
    ("POST", "/projects", "", {}),
    ("GET", "/projects/{id}/settings", "", None),
    ("PUT", "/projects/{id}/settings", "", {"quotas": [{"limit": 0}], "filters": {}}),
    ("DELETE", "/projects/{id}/settings", "", None),
    ("POST", "/expect", "", {"type": "event", "within": 0}),
    ("POST", "/expect", "", {"type": "transaction", "within": 0}),
    ("POST", "/expect", "", {"nonsense": 1}),
    ("GET", "/faults", "", None),
    ("GET", "/findings", "?project=42", None),
    ("PUT", "/faults", "?project=7", {"faults": [{"effect": {"status": 503}}]}),
    ("PUT", "/faults", "", {"faults": [{"effect": {}}]}),
    ("POST", "/faults", "", {"faults": [{"effect": {"hang": {}}, "times": 1}]}),
    ("DELETE", "/faults", "?id=1", None),
    ("GET", "/forward", "", None),
    ("GET", "/forward/upstreams/{name}", "", None),
    ("PUT", "/forward/upstreams/{name}", "", {"dsn": "http://k@127.0.0.1:9/1", "scrub": False}),
    ("PUT", "/forward/upstreams/{name}", "", {"dsn": "nonsense"}),
    ("DELETE", "/forward/upstreams/{name}", "", None),
    ("POST", "/forward/upstreams/{name}/enable", "", {}),
    ("POST", "/forward/upstreams/{name}/disable", "", {}),
    ("GET", "/forward/upstreams/{name}/dry-run", "", None),
    ("POST", "/forward/dry-run", "?limit=2", {"dsn": "http://k@127.0.0.1:9/1", "scrub": False}),
    ("POST", "/forward/pause", "", {}),
    ("POST", "/forward/resume", "?upstream=nobody", {}),
    ("POST", "/forward/retry", "", {}),
    ("POST", "/forward/send", "", {"to": "up", "item": 1, "wait": 0}),
    ("POST", "/forward/send", "", {"to": "up", "item": 99}),
    ("GET", "/forward/dead", "", None),
    ("GET", "/forward/dead/{id}", "", None),
    ("DELETE", "/forward/dead", "", None),
    ("GET", "/forward/ledger", "", None),
    ("GET", "/openapi.json", "", None),
]


@pytest.mark.parametrize(("method", "path", "query", "body"), ASKED)
async def test_an_answer_fits_its_schema(server, method, path, query, body):
    await server.send(b'{"message":"hi","timestamp":1700000000}', b"\xff")
    await server.client.post("/api/42/envelope/", data=b"nobody's")
    if path.startswith("/forward"):
        nobody = {"dsn": "http://k@127.0.0.1:9/1", "scrub": False}
        await server.client.put(f"{ROOT}/forward/upstreams/up", json=nobody)
    _, document = await server.get(f"{ROOT}/openapi.json")
    asked = ROOT + path.replace("{id}", "1").replace("{name}", "up") + query
    async with server.client.request(method, asked, json=body) as response:
        value = await response.json()
        answers = document["paths"][ROOT + path][method.lower()]["responses"]
        schema = answers[str(response.status)]["content"]["application/json"]["schema"]
    assert misfits(value, schema, document, "") == []


async def test_every_json_route_is_asked_by_this_file(server):
    _, document = await server.get(f"{ROOT}/openapi.json")
    described = {
        (method.upper(), path.removeprefix(ROOT))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "application/json"
        in operation["responses"]["200" if method != "post" else "400"]["content"]
    }
    assert described == {(method, path) for method, path, _, _ in ASKED}
