"""What tests say to pages: ask for one as a browser does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

See = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def see(server: Any) -> See:
    """Status and HTML of a path of the default server."""

    async def ask(path: str, on: Any = None, **options: Any) -> tuple[int, str]:
        async with (on or server).client.get(path, headers=HTML, **options) as response:
            return response.status, await response.text()

    return ask
