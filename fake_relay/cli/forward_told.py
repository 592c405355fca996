"""How forwarding goes, in lines for people; they fit a terminal of 80 columns.

Rule: what an upstream said is made safe before it is printed.
May import: cli.output, shown.
"""

from __future__ import annotations

import json
from typing import Any

import click

from fake_relay.cli.output import print_json

DAY_AND_TIME = "%Y-%m-%d %H:%M:%S"


def tell(found: dict[str, Any], as_json: bool) -> None:
    """Print how it goes, an upstream a paragraph."""
    if as_json:
        print_json(found)
        return
    click.echo(headline(found))
    for one in found["upstreams"]:
        tell_upstream(one)


def headline(found: dict[str, Any]) -> str:
    """Whether anything leaves by itself, and where to."""
    on = [one for one in found["upstreams"] if one["enabled"]]
    held = ", ".join(one["name"] for one in on if one["paused"])
    leaves = ", ".join(one["name"] for one in on if not one["paused"])
    if not on:
        return "forwarding is off: nothing leaves by itself"
    if not leaves:
        return f"forwarding is PAUSED: what arrives waits for {held}"
    waits = f", and waits for {held}" if held else ""
    return f"forwarding is ON: what arrives leaves for {leaves}{waits}"


def tell_one(found: dict[str, Any], as_json: bool) -> None:
    """Print an upstream and how it goes."""
    if as_json:
        print_json(found)
    else:
        tell_upstream(found["status"])


def tell_upstream(one: dict[str, Any]) -> None:
    """Print an upstream."""
    from fake_relay.shown.text import byte_size, safe

    state = "on" if one["enabled"] else "off, by hand only"
    held = ", paused" if one["paused"] else ""
    scrubbed = "scrubbed" if one["scrubbed"] else "NOT scrubbed"
    failing = {"closed": "", "open": ", not answering", "half_open": ", trying one at a time"}
    click.echo(f"{one['name']}  [{state}{held}, {scrubbed}{failing[one['breaker']]}]")
    row("to", one["dsn"])
    size = f" ({byte_size(one['queued_bytes'])})" if one["queued"] else ""
    flying = f", {one['in_flight']} on their way" if one["in_flight"] else ""
    row("waiting", f"{one['queued']}{size}{since(one)}{flying}")
    row("became", fates(one))
    if one["retried"]:
        again = f"; the next is due at {at(one['retry_at'])}" if one["retry_at"] else ""
        tries = "try" if one["retried"] == 1 else "tries"
        row("in vain", f"{one['retried']} {tries}{again}")
    for limit in one["limited"]:
        which = ", ".join(limit["categories"]) or "everything"
        row("limited", f"{which} until {at(limit['until'])}")
    if one["last_error"]:
        row("last error", f"{at(one['last_error_at'])}  {safe(one['last_error'])}")


def row(label: str, text: str) -> None:
    """Print a line of an upstream."""
    click.echo(f"  {label:<12}{text}")


def since(one: dict[str, Any]) -> str:
    """Since when the oldest one waits."""
    return f", the oldest since {at(one['oldest'])}" if one["oldest"] else ""


def fates(one: dict[str, Any]) -> str:
    """What became of what was selected; what never happened is not told, but for the first two."""
    told = [f"{one['sent']} sent", f"{one['dead']} dead"]
    told += [f"{one[name]} {name}" for name in ("dropped", "evicted") if one[name]]
    if one["duplicates"]:
        told.append(f"{one['duplicates']} known there already")
    return ", ".join(told) + f"; {one['selected']} were selected"


def at(moment: str | None) -> str:
    """A moment of RFC 3339 in local time."""
    from fake_relay.shown.text import clock, seconds

    return clock(seconds(moment), DAY_AND_TIME)


def line_of(letter: dict[str, Any]) -> str:
    """A dead letter in a line."""
    from fake_relay.shown.text import safe

    told = f": {letter['detail']}" if letter["detail"] else ""
    where = f"{letter['upstream']}, project {letter['project']}"
    return f"{letter['id']}  {where}  {safe(letter['reason'] + told)}"


def tell_dead(letter: dict[str, Any]) -> None:
    """Print a dead letter."""
    click.echo(line_of(letter))
    items = ", ".join(map(str, letter["items"]))
    click.echo(f"  envelope {letter['envelope_id']}, items {items}, {letter['size']} bytes")
    tries = f" after {letter['attempts']} answers 500" if letter["attempts"] else ""
    click.echo(f"  queued {at(letter['queued_at'])}, given up {at(letter['died_at'])}{tries}")


def counted(letters: int) -> str:
    """So many dead letters, in words."""
    return f"{letters} dead letter{'' if letters == 1 else 's'}"


def tell_dry(item: dict[str, Any], payloads: bool) -> None:
    """Print an item of a dry run."""
    from fake_relay.shown.text import safe

    why = f"stays: {item['reason']}" if item["reason"] else f"leaves, {item['size']} bytes"
    click.echo(f"  {item['id']} {safe(item['type'])} {safe(item['title'])!r}: {safe(why)}")
    if payloads and item["payload"] is not None:
        click.echo(f"    {json.dumps(item['payload'])}")
