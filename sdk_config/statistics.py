"""Sentry's statistics and issues over its web API, for scripts and reports (S4-29 to S4-31).

Rule: the token goes to the one server that was named: no redirect is followed, and no text of an
error holds it. Unlike the helpers of an application, this raises: its caller asked for an answer.
May import: settings.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sdk_config.settings import Settings

SENTRY = "https://sentry.io"

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

NEXT_PAGE = re.compile(r'<[^>]*>; rel="next"; results="true"; cursor="([^"]+)"')
"""How the web API says that there is more, in its `Link` header."""


class StatsError(RuntimeError):
    """The web API did not answer; `status` is the HTTP status, or None when there was none."""

    def __init__(self, text: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(text)


class StatsClient:
    """A project's numbers. What is not given comes from the environment.

    `SENTRY_AUTH_TOKEN`, `SENTRY_ORG`, `SENTRY_PROJECT` and `SENTRY_URL` (https://sentry.io).
    Raises `ValueError` for what is missing or for a URL that is none; its methods raise
    `StatsError`. `timeout` is seconds for each request; `clock` gives the time as an epoch.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        org: str | None = None,
        project: str | None = None,
        *,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = Settings.from_env()
        self._base = (base_url or settings.url or SENTRY).rstrip("/")
        self._token = _given(token or settings.auth_token, "SENTRY_AUTH_TOKEN")
        self.org = _given(org or settings.org, "SENTRY_ORG")
        self.project = _given(project or settings.project, "SENTRY_PROJECT")
        self._timeout = timeout
        self._clock = clock
        if urlsplit(self._base).scheme not in {"http", "https"}:
            raise ValueError(f"base_url: expected http:// or https://, got {self._base!r}")
        self._opener = urllib.request.build_opener(_Stay)

    def stats(
        self,
        stat: str = "received",
        since: str | float = "1d",
        until: str | float | None = None,
        resolution: str = "1h",
    ) -> list[tuple[int, int]]:
        """Epochs and quantities, oldest first; `since` is an age such as `1d`, or an epoch."""
        query = {"stat": stat, "since": self._epoch(since), "resolution": resolution}
        if until is not None:
            query["until"] = self._epoch(until)
        found, _ = self._get(f"{self._here()}/stats/", query)
        return [(int(moment), int(quantity)) for moment, quantity in found]

    def issues(self, query: str = "") -> Iterator[dict[str, Any]]:
        """The project's issues, page by page, for an expression of Sentry's search."""
        yield from self._pages(f"{self._here()}/issues/", {"query": query} if query else {})

    def issue(self, issue_id: str | int) -> dict[str, Any]:
        """One issue."""
        found, _ = self._get(f"/api/0/issues/{_part(issue_id)}/", {})
        return dict(found)

    def events(self, issue_id: str | int) -> Iterator[dict[str, Any]]:
        """The events of an issue, page by page."""
        yield from self._pages(f"/api/0/issues/{_part(issue_id)}/events/", {})

    def _here(self) -> str:
        return f"/api/0/projects/{_part(self.org)}/{_part(self.project)}"

    def _epoch(self, moment: str | float) -> int:
        """The web API takes epochs only here (`since must be a numeric timestamp`)."""
        if isinstance(moment, str) and (age := re.fullmatch(r"(\d+)([smhdw])", moment)):
            return int(self._clock()) - int(age[1]) * SECONDS[age[2]]
        try:
            return int(float(moment))
        except (ValueError, OverflowError):
            raise ValueError(f"expected an age such as '1d' or an epoch, got {moment!r}") from None

    def _pages(self, path: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        more: dict[str, Any] = {}
        while True:
            found, link = self._get(path, {**query, **more})
            yield from found
            following = NEXT_PAGE.search(link)
            if following is None or following[1] == more.get("cursor"):
                return
            more = {"cursor": following[1]}

    def _get(self, path: str, query: dict[str, Any]) -> tuple[Any, str]:
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        key = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(url, headers=key)  # noqa: S310 - judged in __init__
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer), answer.headers.get("Link") or ""
        except urllib.error.HTTPError as refused:
            with refused:
                raise StatsError(f"GET {url}: {_said(refused)}", refused.code) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise StatsError(f"GET {url}: no answer that can be read: {reason}") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Another host must not be given the token."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing; the redirect itself is the answer, and an error."""


def _said(refused: urllib.error.HTTPError) -> str:
    try:
        detail = json.load(refused)["detail"]
    except (ValueError, LookupError, TypeError, OSError):
        detail = refused.reason
    return f"{refused.code} {detail}"


def _given(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"{name} is missing; set it, or give it as an argument")
    return value


def _part(value: str | int) -> str:
    return quote(str(value), safe="")
