"""A program that sends secrets through real frameworks, queues and clients; run under any SDK.

`python leaky_frameworks.py SEED raw/D/token ours/P/token,card ...` prints what `leaky_app.py`
prints.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import leaky_app

from scenarios.canary.plant import PHASES
from scenarios.canary.values import deal

sys.path.extend(os.environ["LATER_PATH"].split(os.pathsep))

import django
import leaky_requests
import leaky_work
from django.conf import settings
from leaky_requests import Make

LATE = [
    "anyio._backends._asyncio",
    "celery.app.amqp",
    "celery.backends.cache",
    "celery.fixups.django",
    "django.middleware.csrf",
    "django.views.defaults",
    "httpcore2",
    "kombu.transport.memory",
    "openai.resources.chat.chat",
    "pydantic.v1",
    "sqlalchemy.dialects.sqlite",
    "truststore",
]
"""What these libraries import where it is first needed, which is in each child."""


def ready() -> None:
    """Import what each child needs, once."""
    for name in LATE:
        importlib.import_module(name)
    leaky_app.ready()
    # Nobody reads what is logged here.
    logging.getLogger().addHandler(logging.NullHandler())
    settings.configure(ROOT_URLCONF="leaky_requests", ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50)
    django.setup()


def fill(seed: str, mode: str, column: str, kinds: str) -> dict[str, Any]:
    """Plant the canaries of a cell; what was planted, and what others were told."""
    options = leaky_app.column_options(column, leaky_app.known_options())
    planted: dict[str, tuple[str, str, str]] = {}

    def maker(kind: str, where: str) -> Make:
        def make(name: str) -> str:
            row, _, rest = name.partition(" ")
            surface = f"{row} {where} {rest}"
            [canary] = deal(f"{seed}/{mode}/{column}", (kind,), (surface,))
            planted[canary.value] = (canary.value, kind, surface)
            return canary.value

        return make

    with asyncio.Runner() as runner:
        if "before_send_span" in leaky_app.known_options():
            leaky_app.start(mode, {**PHASES["streamed"], **options})
            for where, ask in leaky_requests.frameworks(runner).items():
                for kind in kinds.split(","):
                    ask(leaky_requests.in_json(leaky_requests.json_of(maker(kind, where), "L68")))
            leaky_app.stop(mode)
        leaky_app.start(mode, {**options, **leaky_work.options()})
        for where, ask in leaky_requests.frameworks(runner).items():
            for kind in kinds.split(","):
                for one in leaky_requests.asked(maker(kind, where)):
                    ask(one)
        leaky_work.begin_other_service()
        for where, work in leaky_work.every(runner).items():
            for kind in kinds.split(","):
                with isolated():
                    work(maker(kind, where))
        leaky_app.stop(mode)
    return {"planted": list(planted.values()), "told": leaky_work.TOLD}


@contextmanager
def isolated() -> Iterator[None]:
    """As a request is: breadcrumbs of one piece of work are not in the events of the next."""
    import sentry_sdk

    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        yield


def main() -> None:
    ready()
    seed, *cells = sys.argv[1:]
    print(json.dumps(leaky_app.each_in_a_child(cells, lambda cell: fill(seed, *cell.split("/")))))


if __name__ == "__main__":
    main()
