"""A program that plants canaries in every surface of `scenarios.canary`; run under any SDK.

`python leaky_app.py SEED raw/D/token ours/P/token,card ...` prints for each of these cells what
was planted, and what other services were told. A cell is a mode, a column (a configuration of
3.4: D, P, R, BS, DC, D0, ALL) and classes of canaries, in a process of its own.
"""

# mypy: disable-error-code="import-not-found,untyped-decorator"
from __future__ import annotations

import gc
import json
import os
import re
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = re.compile(r"(?:[A-Z]\d[a-z]){9}")
"""What a canary of the class `token` looks like: a hook cannot know more of a secret."""


def redacted(found: Any, hint: Any = None) -> Any:
    """What one writes into a hook: the secret replaced in every text, key and value."""
    if isinstance(found, dict):
        return {redacted(key): redacted(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [redacted(value) for value in found]
    return TOKEN.sub("*", found) if isinstance(found, str) else found


NOTHING: dict[str, Any] = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
    "frame_context_lines": 0,
}


def column_options(column: str, known: Any) -> dict[str, Any]:
    """The options of a column; hooks that the SDK does not have yet are left out."""
    if column == "P":
        return {"send_default_pii": True}
    if column == "R":
        from sentry_sdk.scrubber import EventScrubber

        return {"event_scrubber": EventScrubber(recursive=True)}
    if column in {"DC", "D0"}:
        return {"data_collection": {} if column == "DC" else NOTHING}
    if column == "BS":
        return {"before_send": redacted}
    if column == "ALL":
        names = ["before_send", "before_send_transaction", "before_breadcrumb"]
        names += ["before_send_log", "before_send_metric", "before_send_span"]
        return {name: redacted for name in names if name in known}
    return {}


def known_options() -> Any:
    """The options that this SDK has."""
    return sys.modules["sentry_sdk.consts"].DEFAULT_OPTIONS


def start(mode: str, options: dict[str, Any]) -> None:
    common: dict[str, Any] = {"traces_sample_rate": 1.0, "transport_queue_size": 100_000}
    if mode == "ours":
        import sdk_config

        # The id of a user is sent on purpose; a service that holds secrets in it hashes it.
        private: dict[str, Any] = {
            "hash_user_id": "key",
            "attach_stacktrace": False,
            "enable_logs": True,
        }
        status = sdk_config.setup(**private, **common, **options)
        assert status.enabled, status
        return
    import sentry_sdk

    logs: dict[str, Any] = {"enable_logs": True} if "enable_logs" in known_options() else {}
    sentry_sdk.init(**common, **logs, **options)


def stop(mode: str) -> None:
    import sentry_sdk

    if mode == "ours":
        import sdk_config

        sdk_config.shutdown(20)
    else:
        # Batches of logs pass into the queue with the first one.
        sentry_sdk.flush(20)
        sentry_sdk.flush(20)
        sentry_sdk.get_client().close(20)


def main() -> None:
    ready()
    # One surface holds a value of this library's, which is no framework that an SDK watches.
    later = os.environ["LATER_PATH"].split(os.pathsep)
    sys.path.extend(later)
    from pydantic import SecretStr

    del sys.path[-len(later) :], SecretStr
    seed, *cells = sys.argv[1:]
    print(json.dumps(each_in_a_child(cells, lambda cell: fill(seed, *cell.split("/")))))


def ready() -> None:
    """Import and find out once what each child would."""
    from sentry_sdk.integrations import iter_default_integrations
    from sentry_sdk.utils import _get_installed_modules

    import sdk_config.install

    del sdk_config
    list(iter_default_integrations(True))
    _get_installed_modules()


def fill(seed: str, mode: str, column: str, kinds: str) -> dict[str, Any]:
    """Plant the canaries of a cell; what was planted, and what others were told."""
    from scenarios.canary.plant import PHASES, plant_all

    with journaled() as lines:
        for phase, needs in sorted(PHASES.items(), reverse=True):
            start(mode, {**needs, **column_options(column, known_options())})
            plant_all(f"{seed}/{mode}/{column}", kinds.split(","), phase=phase)
            stop(mode)
    planted = [line for line in lines if line["kind"] == "canary"]
    return {
        "planted": [[line["value"], line["class"], line["surface"]] for line in planted],
        "told": [line["told"] for line in lines if "told" in line],
    }


@contextmanager
def journaled() -> Iterator[list[dict[str, Any]]]:
    """What is written to the journal of scenarios inside; it is there at the end."""
    from scenarios.process import journal

    lines: list[dict[str, Any]] = []
    ours, theirs = socket.socketpair()
    ours.sendall(b"{}\n")
    journal.begin(theirs)
    reading = threading.Thread(target=lambda: lines.extend(map(json.loads, ours.makefile())))
    reading.start()
    yield lines
    theirs.shutdown(socket.SHUT_RDWR)
    reading.join()


def each_in_a_child(cells: Sequence[str], work: Callable[[str], Any]) -> dict[str, Any]:
    """What the work on each cell gives, each in a fork of this process, two at a time."""
    running = 0
    # What is imported is never garbage: no child need look through it.
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        files = {cell: Path(folder) / str(number) for number, cell in enumerate(cells)}
        for cell, file in files.items():
            if running == 2:
                running -= ended()
            if os.fork() == 0:
                try:
                    file.write_text(json.dumps(work(cell)))
                    os._exit(0)
                except BaseException:  # noqa: BLE001 - a child must not go on as its parent
                    traceback.print_exc()
                finally:
                    os._exit(1)
            running += 1
        while running:
            running -= ended()
        return {cell: json.loads(file.read_text()) for cell, file in files.items()}


def ended() -> int:
    """Wait for a child; one. One that failed ends the program."""
    if os.wait()[1]:
        sys.exit("a cell failed")
    return 1


if __name__ == "__main__":
    main()
