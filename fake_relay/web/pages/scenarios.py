"""Scenarios: the last reports of the runner, which it wrote as JSON, and as pages of their own.

Rule: reports are read as files, by their names in one folder; a page that the runner wrote is
shown in a sandbox. The runner itself is never imported.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from fake_relay.shown.text import mapping, number, seconds, sequence, word
from fake_relay.web.keys import WEB, in_thread
from fake_relay.web.pages.follow import Follow, state_of
from fake_relay.web.pages.frame import HEADERS, Page, Visit
from fake_relay.web.pages.rows import loosely
from fake_relay.web.settings import WebConfig

SHOWN: Final = 20
RESULTS: Final = 500
MAX_REPORT: Final = 32 * 1024 * 1024
BAD: Final = ("failed", "error", "timed out")
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"
)
"""A report is one file with its styles and pictures in it, and needs no script."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run: its name, whose configuration it drove, when, and how many of each status.

    `page` is whether a page of the same name lies beside; `problem` says why it cannot be read.
    """

    name: str
    target: str
    started: float | None
    milliseconds: float | None
    counts: list[tuple[str, int]]
    results: list[Any]
    page: bool
    problem: str = ""

    @property
    def bad(self) -> list[Any]:
        """What failed."""
        return [one for one in self.results if word(mapping(one).get("status")) in BAD]


def load(visit: Visit) -> dict[str, Any]:
    """The newest reports, and the results of the one that the query names, else the newest."""
    folder = Path(visit.reports)
    reports = [report_of(path) for path in newest_in(folder)]
    named = visit.query.get("run", "")
    chosen = next((one for one in reports if one.name == named), reports[0] if reports else None)
    return {
        "folder": str(folder),
        "kept": WebConfig().reports,
        "reports": reports,
        "chosen": chosen,
        "results": list(results_of(chosen)) if chosen else [],
        "bad": BAD,
    }


def newest_in(folder: Path) -> list[Path]:
    """The newest JSON files of a folder; none of a folder that is not there."""
    try:
        found = [(path.stat().st_mtime, path) for path in folder.glob("*.json") if path.is_file()]
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)[:SHOWN]]


def report_of(path: Path) -> Report:
    """A report; a file that is none says so."""
    page = path.with_suffix(".html").is_file()
    value, problem = read(path)
    run = mapping(value)
    results = [mapping(one) for one in sequence(run.get("results"))]
    if not problem and not isinstance(run.get("results"), list):
        problem = "this is no report of a run"
    statuses = Counter(status for one in results if isinstance(status := one.get("status"), str))
    counts = [(word(status), number) for status, number in statuses.most_common()]
    lasted = number(run.get("seconds"))
    return Report(
        path.stem,
        word(run.get("target")),
        seconds(run.get("started")),
        None if lasted is None else lasted * 1000,
        counts,
        results,
        page,
        problem,
    )


def read(path: Path) -> tuple[Any, str]:
    """A file's JSON, or why there is none."""
    try:
        if path.stat().st_size > MAX_REPORT:
            return None, "it is too large to be shown"
        value = loosely(path.read_bytes())
    except OSError as error:
        return None, f"it cannot be read: {error.strerror}"
    return value, "" if value is not None else "it is no JSON"


def results_of(report: Report) -> Iterator[dict[str, Any]]:
    """The results as rows, what is bad first."""
    ordered = sorted(report.results, key=lambda one: word(one.get("status")) not in BAD)
    for one in ordered[:RESULTS]:
        lasted = number(one.get("seconds"))
        yield {
            "id": word(one.get("id")),
            "title": word(one.get("title")),
            "group": word(one.get("group")),
            "status": word(one.get("status")),
            "reason": word(one.get("reason")),
            "milliseconds": None if lasted is None else lasted * 1000,
            "findings": [
                (word(found.get("text")), word(found.get("cause")), word(found.get("setting")))
                for found in map(mapping, sequence(one.get("findings"))[:10])
            ],
        }


async def state(request: web.Request) -> str:
    """A text that differs when a report came, went or was written anew."""
    return await in_thread(request, folder_state, Path(request.app[WEB].reports))


def folder_state(folder: Path) -> str:
    """The names and times of the newest reports, in short."""
    try:
        return state_of([(path.name, path.stat().st_mtime_ns) for path in newest_in(folder)])
    except OSError:
        # One went between the two looks; the next has it without.
        return ""


async def show_report(request: web.Request) -> web.Response:
    """A report's own page, as the runner wrote it."""
    folder, name = Path(request.app[WEB].reports), request.match_info["name"]
    content = await in_thread(request, page_in, folder, name)
    if content is None:
        raise web.HTTPNotFound(text=f"there is no report {name[:100]!r} in {str(folder)!r}")
    headers = {**HEADERS, "Content-Security-Policy": POLICY}
    return web.Response(body=content, content_type="text/html", charset="utf-8", headers=headers)


def page_in(folder: Path, name: str) -> bytes | None:
    """The page of a name that the folder lists; a name is never used as a path."""
    try:
        known = {path.stem: path for path in folder.glob("*.html") if path.is_file()}
        path = known.get(name)
        if path is None or path.stat().st_size > MAX_REPORT:
            return None
        return path.read_bytes()
    except OSError:
        return None


PAGE: Final = Page(
    "/scenarios",
    "Scenarios",
    "scenarios.html",
    load,
    nav="Scenarios",
    follows=Follow(items=None, state=state),
    beside=(web.get("/scenarios/{name}/page", show_report),),
)
