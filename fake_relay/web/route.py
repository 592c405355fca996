"""What a route of our own API is: one row, from which router and OpenAPI document are made.

May import: nothing of fake_relay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

ROOT = "/relay/v1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query or, if the path names it, in the path."""

    name: str
    about: str
    type: Literal["string", "integer", "number", "boolean"] = "string"
    least: float | None = None
    most: float | None = None
    default: str | int | float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its type if it is JSON, else its media type."""

    status: int
    about: str
    type: Any = None
    media: str = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path below `/relay/v1`, and what is behind it."""

    method: str
    path: str
    handler: Handler
    about: str
    parameters: tuple[Parameter, ...] = ()
    answers: tuple[Answer, ...] = ()
    body: Any = None

    @property
    def full_path(self) -> str:
        """The path from the root of the server."""
        return ROOT + self.path
