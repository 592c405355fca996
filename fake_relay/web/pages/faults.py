"""Faults: what breaks on purpose, how often it did, and forms to set and clear it.

Rule: an effect is written as on the command line, and read by the same reader; the plan is
read and changed on the loop, where requests meet it.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from fake_relay.errors import ConfigError
from fake_relay.faults import check_plan, fault_of, words_of
from fake_relay.faults.words import EXAMPLES
from fake_relay.web.api.faults import told
from fake_relay.web.keys import RELAY
from fake_relay.web.pages.follow import Follow, state_of
from fake_relay.web.pages.frame import Page, Visit, redirect

FIRED: Final = 50
EFFECTS: Final = {
    "status=503": "every request fails, and nothing of it is kept",
    "rate_limit=error:60": "errors are refused for a minute, and SDKs are told so",
    "quota=transaction:100/60": "only so many transactions a minute",
    "latency=250ms": "answers come late",
    "hang=30s": "no answer comes at all",
    "reset=before_body": "the connection breaks before the body is read",
    "truncate=10": "the answer ends too early",
    "garbage": "something answers that is no HTTP",
    "bad_json": "the answer is no JSON",
    "content_type=text/html": "the answer says that it is something else",
}
"""An example of each effect -> what an SDK meets."""


def load(visit: Visit) -> dict[str, Any]:
    """What the forms need beside the plan."""
    return {
        "problem": visit.query.get("problem", "")[:500],
        "typed": visit.query.get("effect", "")[:200],
        "effects": [(text, EFFECTS.get(text, "")) for text in EXAMPLES],
        "projects": [one.project for one in visit.store.projects()],
    }


def plan(request: web.Request) -> dict[str, Any]:
    """The entries in words with how far they have come, and what fired, newest first."""
    found = told(request.app[RELAY].faults, None)
    return {
        "entries": [
            (words_of(fault), state) for fault, state in zip(found.faults, found.state, strict=True)
        ],
        "fired": found.fired[: -FIRED - 1 : -1],
    }


async def state(request: web.Request) -> str:
    """A text that differs when the plan does, or how far it has come."""
    return state_of(told(request.app[RELAY].faults, None))


async def add(request: web.Request) -> web.Response:
    """Append the entry that the form describes; a wrong one leads back with its mistake."""
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    faults, effect = request.app[RELAY].faults, form.get("effect", "")
    try:
        entry = fault_of(effect, **fields_of(form))
        check_plan((*faults.plan(), entry))
        faults.add(entry)
    except ConfigError as error:
        return redirect(f"/faults?{urlencode({'problem': str(error), 'effect': effect})}")
    return redirect("/faults")


def fields_of(form: dict[str, str]) -> dict[str, Any]:
    """Whom the entry hits and how often, without what was left empty."""
    fields: dict[str, Any] = {}
    if form.get("project"):
        fields["project"] = form["project"]
    if form.get("q"):
        fields["match"] = {"q": form["q"]}
    if form.get("times"):
        fields["times"] = whole(form["times"])
    return fields


def whole(text: str) -> int:
    """A whole number; raises `ConfigError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ConfigError(f"times {text[:40]!r} is not a whole number from 1 on")
    return int(text)


async def clear(request: web.Request) -> web.Response:
    """Forget one entry, or all."""
    form = await request.post()
    number = str(form.get("id", ""))
    faults = request.app[RELAY].faults
    if number:
        faults.remove(whole(number), None)
    else:
        faults.clear()
    return redirect("/faults")


PAGE: Final = Page(
    "/faults",
    "Faults",
    "faults.html",
    load,
    nav="Faults",
    beside=(web.post("/faults/add", add), web.post("/faults/clear", clear)),
    on_loop=plan,
    follows=Follow(items=None, state=state),
)
