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
    """What had to make room so far; nobody counted when."""
    if evicted := reader.evicted(project):
        yield Finding(
            "evicted",
            f"{number_of(evicted, 'item')} had to make room in the store, whenever that was",
            Evidence(project=project or "", quantity=evicted),
            ITEMS,
        )
    if forgotten := _forgotten(reader, project):
        yield Finding("evicted", _projects(forgotten), Evidence(quantity=forgotten), PROJECTS)


def perhaps(reader: Reader, project: str | None) -> Iterator[Finding]:
    """The same, for an event of which there is no trace."""
    if evicted := reader.evicted(project):
        yield Finding(
            "evicted",
            f"{number_of(evicted, 'older item')} had to make room; it may be among them",
            Evidence(project=project or "", quantity=evicted),
            ITEMS,
            certain=False,
        )
    if forgotten := _forgotten(reader, project):
        yield Finding(
            "evicted",
            f"{_projects(forgotten)}; it may have come to one of them",
            Evidence(quantity=forgotten),
            PROJECTS,
            certain=False,
        )


def _forgotten(reader: Reader, project: str | None) -> int:
    """How many projects were forgotten that may be meant: a project that is known was not."""
    known = project is not None and any(project == one.project for one in reader.projects())
    return 0 if known else reader.forgotten_projects()


def _projects(number: int) -> str:
    were, its = ("was", "its ledger") if number == 1 else ("were", "their ledgers")
    return f"{number_of(number, 'project')} without items {were} forgotten, and {its}"
