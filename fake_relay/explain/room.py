"""What had to make room: items that retention removed, and projects that held nothing.

May import: explain.finding, store.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fake_relay.explain.finding import Evidence, Finding, number_of
from fake_relay.store import Reader

ITEMS: Final = "Raise max_age, max_items or max_bytes in [retention]."
PROJECTS: Final = "Raise max_projects in [retention]."


def since_ever(reader: Reader, project: str | None) -> Iterator[Finding]:
    """What had to make room so far; nobody noted when it had to."""
    return _made_room(reader, project, "item", " in the store, whenever that was", "", certain=True)


def perhaps(reader: Reader, project: str | None) -> Iterator[Finding]:
    """The same, for an event of which there is no trace."""
    return _made_room(
        reader,
        project,
        "older item",
        "; it may be among them",
        "; it may have come to one of them",
        certain=False,
    )


def _made_room(
    reader: Reader,
    project: str | None,
    noun: str,
    of_items: str,
    of_projects: str,
    *,
    certain: bool,
) -> Iterator[Finding]:
    if evicted := reader.evicted(project):
        yield Finding(
            "evicted",
            f"{number_of(evicted, noun)} had to make room{of_items}",
            Evidence(project=project or "", quantity=evicted),
            ITEMS,
            certain=certain,
        )
    if forgotten := _forgotten(reader, project):
        yield Finding(
            "evicted",
            _projects(forgotten) + of_projects,
            Evidence(quantity=forgotten),
            PROJECTS,
            certain=certain,
        )


def _forgotten(reader: Reader, project: str | None) -> int:
    """How many projects were forgotten that may be meant: a project that is known was not."""
    known = project is not None and any(project == one.project for one in reader.projects())
    return 0 if known else reader.forgotten_projects()


def _projects(number: int) -> str:
    were, its = ("was", "its ledger") if number == 1 else ("were", "their ledgers")
    return f"{number_of(number, 'project')} without items {were} forgotten, and {its}"
