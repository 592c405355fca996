"""The OpenAPI document of our own API, made from the table of its routes.

May import: web.route, web.answers, msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fake_relay.version import __version__
from fake_relay.web.answers import Problem
from fake_relay.web.route import Answer, Parameter, Route

_IN_PATH = re.compile(r"\{(\w+)\}")
REFUSED = (
    Answer(400, "A parameter or the body is wrong.", Problem),
    Answer(401, "A token is needed.", Problem),
    Answer(403, "The host or the origin may not ask.", Problem),
)
"""What every route can answer."""


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of some routes."""
    types = [answer.type for route in routes for answer in answers_of(route)]
    types += [route.body for route in routes]
    known = [found for found in dict.fromkeys(types) if found is not None]
    schemas, components = msgspec.json.schema_components(
        known, ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(known, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.full_path, {})[route.method.lower()] = operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fake-relay",
            "version": __version__,
            "description": "Read, wait for and delete what Sentry SDKs sent.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def answers_of(route: Route) -> Iterable[Answer]:
    """The answers of a route: its own first, then those of every route."""
    own = {answer.status for answer in route.answers}
    return (*route.answers, *(answer for answer in REFUSED if answer.status not in own))


def operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    """The operation object of a route."""
    in_path = _IN_PATH.findall(route.path)
    made: dict[str, Any] = {
        "summary": route.about,
        "operationId": operation_id(route),
        "parameters": [parameter(found, found.name in in_path) for found in route.parameters],
        "responses": {
            str(answer.status): {
                "description": answer.about,
                "content": {answer.media: content(answer, schemas)},
            }
            for answer in answers_of(route)
        },
    }
    if route.body is not None:
        made["requestBody"] = {"content": {"application/json": {"schema": schemas[route.body]}}}
    return made


def operation_id(route: Route) -> str:
    """A name for the operation, like `get_items_id_payload`."""
    return "_".join((route.method.lower(), *re.findall(r"\w+", route.path)))


def content(answer: Answer, schemas: dict[Any, Any]) -> dict[str, Any]:
    """The media type object of an answer."""
    return {} if answer.type is None else {"schema": schemas[answer.type]}


def parameter(found: Parameter, in_path: bool) -> dict[str, Any]:
    """The parameter object."""
    schema: dict[str, Any] = {"type": found.type}
    if found.least is not None:
        schema["minimum"] = found.least
    if found.most is not None:
        schema["maximum"] = found.most
    if found.default is not None:
        schema["default"] = found.default
    if found.choices:
        schema["enum"] = list(found.choices)
    return {
        "name": found.name,
        "in": "path" if in_path else "query",
        "required": in_path,
        "description": found.about,
        "schema": schema,
    }
