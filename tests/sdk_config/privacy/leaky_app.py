"""A program that plants a secret in every surface the SDK picks up; run under any SDK.

`python leaky_app.py SEED raw/D/token ours/P/token,card ...` prints for each of these cells the
surfaces that this SDK has, and what other services were told. A cell is a mode, a column (a
configuration of 3.4: D, P, R, BS, DC, D0, ALL) and classes of secrets, in a process of its own.
Each secret is made at call time from the seed, so that it never stands in source lines.
"""

# mypy: disable-error-code="import-not-found,untyped-decorator"
from __future__ import annotations

import gc
import hashlib
import http.server
import json
import logging
import os
import string
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

Plant = Callable[[], None]
SURFACES: dict[str, Plant] = {}
PHASES: dict[str, str] = {}
"""Surfaces that need other options than the rest: their phase."""
TOLD: list[str] = []
"""What the other service of this program was told in `baggage` and `sentry-trace`."""
OTHER = [0]
PLANTED = [""]
LETTERS = string.ascii_letters + string.digits


def digits_of(seed: str, count: int) -> str:
    return str(int(hashlib.sha256(seed.encode()).hexdigest(), 16))[-count:]


def token(seed: str) -> str:
    raw = hashlib.sha256(seed.encode()).digest()
    # Capital, small letter and digit in turn: as mixed as chance would have it.
    return "".join("".join((LETTERS[26 + b % 26], str(b % 10), LETTERS[b % 26])) for b in raw[:9])


def card(seed: str) -> str:
    digits = "4" + digits_of(seed, 14)
    doubled = sum(sum(divmod(int(d) * 2, 10)) for d in digits[::-1][::2])
    return digits + str(-(doubled + sum(map(int, digits[::-1][1::2]))) % 10)


def ssn(seed: str) -> str:
    found = digits_of(seed, 6)
    return f"5{found[:2]}-4{found[2]}-1{found[3:]}"


def iban(seed: str) -> str:
    account = digits_of(seed, 18)
    check = 98 - int(f"{account}131400") % 97
    return f"DE{check:02d}{account}"


MAKE: dict[str, Callable[[str], str]] = {
    "token": token,
    "card": card,
    "ssn": ssn,
    "iban": iban,
    "email": lambda seed: f"ann.{digits_of(seed, 8)}@clinic.example",
    "phone": lambda seed: f"+49 170 {digits_of(seed, 7)}",
    "jwt": lambda seed: f"eyJhbGciOiJIUzI1NiJ9.{token(seed)}.{token(seed + 's')}",
    "cloud": lambda seed: "AKIA" + token(seed).upper()[:16],
    "plain": lambda seed: "zq" + "".join(chr(97 + int(d)) for d in digits_of(seed, 9)),
}

SHAPES = {
    "token": r"(?:[A-Z]\d[a-z]){9}",
    "card": r"4\d{15}",
    "ssn": r"5\d\d-4\d-1\d{3}",
    "iban": r"DE\d{20}",
    "email": r"ann\.\d{8}(?:@|%40)clinic\.example",
    "phone": r"\+49(?: |%20|\+)?170(?: |%20|\+)?\d{7}",
    "jwt": r"eyJhbGciOiJIUzI1NiJ9(?:\.(?:[A-Z]\d[a-z]){9}){2}",
    "cloud": r"AKIA[A-Z0-9]{16}",
    "plain": r"zq[a-j]{9}",
}
"""What the secrets of a class look like, in every spelling."""


def secret(seed: str, kind: str, surface: str) -> str:
    return MAKE[kind](f"{seed}/{kind}/{surface}")


def C() -> str:  # noqa: N802 - as the specification calls it
    """The secret of the surface that is being planted; in no frame's locals by itself."""
    return PLANTED[0]


def surface(row: str, phase: str = "") -> Callable[[Plant], Plant]:
    def add(function: Plant) -> Plant:
        name = f"{row} {function.__name__}"
        SURFACES[name] = function
        PHASES[name] = phase
        return function

    return add


def forms(secret: str) -> set[str]:
    """A secret as it is spelled in texts and addresses."""
    spelled = {secret, secret.replace(" ", ""), secret.replace(" ", "%20")}
    return spelled | {secret.replace("@", "%40"), secret.replace(" ", "+")}


def redacted(found: Any, hint: Any = None) -> Any:
    """What one writes into a hook: the secret replaced in every text, key and value."""
    if isinstance(found, dict):
        return {redacted(key): redacted(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [redacted(value) for value in found]
    if isinstance(found, str):
        for secret in PLANTED:
            for form in forms(secret):
                found = found.replace(form, "*")
    return found


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


def phase_options(phase: str) -> dict[str, Any]:
    if phase == "profiled":
        # Few and long transactions: a profile of two samples and fewer is not sent.
        return {"include_local_variables": False, "profiles_sample_rate": 1.0}
    return {"_experiments": {"trace_lifecycle": "stream"}} if phase == "streamed" else {}


def start(mode: str, options: dict[str, Any], known: Any) -> None:
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

    logs: dict[str, Any] = {"enable_logs": True} if "enable_logs" in known else {}
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


def plant(name: str, secret: str) -> None:
    import sentry_sdk

    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        try:
            PLANTED[0] = secret
            SURFACES[name]()
        except Exception:  # noqa: BLE001 - the surface may raise on purpose
            sentry_sdk.capture_exception()


def main() -> None:
    import sentry_sdk

    ready()
    seed, *cells = sys.argv[1:]
    print(json.dumps(each_in_a_child(cells, lambda cell: fill(sentry_sdk, seed, *cell.split("/")))))


def ready() -> None:
    """Import and find out once what each child would."""
    from sentry_sdk.integrations import iter_default_integrations
    from sentry_sdk.utils import _get_installed_modules

    import sdk_config.install

    del sdk_config
    list(iter_default_integrations(True))
    _get_installed_modules()


def fill(sdk: Any, seed: str, mode: str, column: str, kinds: str) -> dict[str, list[str]]:
    """Plant the secrets of a cell; what was planted, and what others were told."""
    known = sys.modules["sentry_sdk.consts"].DEFAULT_OPTIONS
    OTHER[0] = other_service()
    for phase in ("profiled", "streamed", ""):
        start(mode, {**phase_options(phase), **column_options(column, known)}, known)
        if not SURFACES:
            # Some of the SDK's modules are there only now.
            define(sdk)
        for name in [name for name, of in PHASES.items() if of == phase]:
            for kind in kinds.split(","):
                plant(name, secret(f"{seed}/{mode}/{column}", kind, name))
        stop(mode)
    return {"surfaces": list(SURFACES), "told": TOLD}


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


def other_service() -> int:
    """The port of a service that this program asks."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            TOLD.extend(self.headers.get_all("baggage", []))
            TOLD.extend(self.headers.get_all("sentry-trace", []))
            self.send_response(204)
            self.end_headers()

        def do_POST(self) -> None:
            """A model, which says what it was told."""
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            message = {"role": "assistant", "content": asked["messages"][0]["content"]}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            told = {"id": "1", "object": "chat.completion", "created": 0, "model": "echo"}
            answer = json.dumps({**told, "choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: Any) -> None:
            """Nothing is logged."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def isolation(sdk: Any) -> Any:
    found = getattr(sdk, "get_isolation_scope", None)
    return found() if found else sdk.Scope.get_isolation_scope()


def define(sdk: Any) -> None:
    plain_events(sdk)
    structured_events(sdk)
    traces(sdk)
    requests(sdk)
    other_items(sdk)
    outgoing(sdk)
    special(sdk)
    if hasattr(sdk, "traces") and hasattr(sdk.traces, "start_span"):
        streamed(sdk)
    if hasattr(sdk, "logger"):
        logs(sdk)
    if hasattr(sdk, "metrics") and hasattr(sdk.metrics, "count"):
        metrics(sdk)


def plain_events(sdk: Any) -> None:
    @surface("L01")
    def exception_text() -> None:
        raise ValueError(f"card {C()}")

    @surface("L01")
    def chained_cause() -> None:
        try:
            raise ValueError(f"first {C()}")
        except ValueError as error:
            raise LookupError("second") from error

    @surface("L01")
    def exception_group() -> None:
        raise ExceptionGroup("several", [ValueError(f"one {C()}")])

    @surface("L01")
    def exception_note() -> None:
        error = ValueError("plain")
        error.add_note(f"with {C()}")
        raise error

    @surface("L02")
    def validation_error() -> None:
        raise ValueError(
            f"1 error for User\n  input should be [input_value='{C()}', input_type=str]"
        )

    @surface("L02")
    def driver_error() -> None:
        raise ValueError(f"[SQL: INSERT INTO t VALUES (?)]\n[parameters: ('{C()}', 7)]")

    @surface("L03")
    def local_password() -> None:
        password = C()
        raise ValueError(len(password))

    @surface("L04")
    def local_blob() -> None:
        blob = f"some {C()}"
        raise ValueError(len(blob))

    @surface("L04")
    def local_prefixed_password() -> None:
        db_password = C()
        raise ValueError(len(db_password))

    @surface("L04")
    def local_url() -> None:
        url = "postgres://app:" + C().replace("@", "%40").replace(" ", "") + "@db/shop"
        raise ValueError(len(url))

    @surface("L04")
    def local_bytes_key() -> None:
        found = {b"password": C()}
        raise ValueError(len(found))

    @surface("L04")
    def local_representation() -> None:
        text = repr({"user": {"password": C(), "n": 1}})
        raise ValueError(len(text))

    @surface("L05")
    def local_nested() -> None:
        found = {"user": {"password": C()}}
        raise ValueError(len(found))

    @surface("L05")
    def local_list() -> None:
        found = ({"password": C()}, {"password": C()})
        raise ValueError(len(found))

    @surface("L09")
    def crash_in_a_thread() -> None:
        def work() -> None:
            api_token = C()
            try:
                raise ValueError(len(api_token))
            except ValueError:
                sdk.capture_exception()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    @surface("L11")
    def message() -> None:
        sdk.capture_message(f"about {C()}")

    @surface("L12")
    def logging_error() -> None:
        logging.getLogger("shop").error("card %s", C())

    @surface("L13")
    def logging_extra() -> None:
        logging.getLogger("shop").error("failed", extra={"password": C()})

    @surface("L14")
    def logging_extra_nested() -> None:
        logging.getLogger("shop").error("failed", extra={"ctx": {"password": C()}})


def structured_events(sdk: Any) -> None:
    def sent(**event: Any) -> None:
        sdk.capture_event({"message": "event", "level": "error", **event})

    @surface("L08")
    def source_line() -> None:
        frame = {"function": "f", "lineno": 1, "context_line": f'PASSWORD = "{C()}"'}
        sent(exception={"values": [{"type": "E", "value": "", "stacktrace": {"frames": [frame]}}]})

    @surface("L10")
    def process_arguments() -> None:
        before = list(sys.argv)
        sys.argv[:] = ["prog", "--password", C()]
        sent()
        sys.argv[:] = before

    @surface("L15")
    def breadcrumb_message() -> None:
        sdk.add_breadcrumb(category="app", message=f"saw {C()}")
        sent()

    @surface("L16")
    def breadcrumb_data() -> None:
        sdk.add_breadcrumb(category="app", data={"password": C()})
        sent()

    @surface("L17")
    def breadcrumb_nested() -> None:
        sdk.add_breadcrumb(category="app", data={"user": {"password": C()}})
        sent()

    @surface("L18")
    def user_id() -> None:
        sdk.set_user({"id": C()})
        sent()

    @surface("L18")
    def user_fields() -> None:
        sdk.set_user({"id": "7", "email": C(), "username": C(), "ssn": C(), "note": C()})
        sent()

    @surface("L19")
    def user_address() -> None:
        sdk.set_user({"ip_address": C()})
        sent()

    @surface("L20")
    def user_nested() -> None:
        sdk.set_user({"id": "7", "data": {"password": C()}})
        sent()

    @surface("L20")
    def extra_nested() -> None:
        sent(extra={"user": {"password": C()}})

    @surface("L21")
    def extra_password() -> None:
        sent(extra={"password": C()})

    @surface("L22")
    def extra_note() -> None:
        sent(extra={"note": f"saw {C()}"})

    @surface("L23")
    def tag_password() -> None:
        sent(tags={"password": C()})

    @surface("L23")
    def context_password() -> None:
        sent(contexts={"pay": {"password": C()}})

    @surface("L23")
    def fingerprint() -> None:
        sent(fingerprint=["order", C()])

    @surface("L23")
    def flag() -> None:
        sent(contexts={"flags": {"values": [{"flag": C(), "result": True}]}})

    @surface("L23")
    def distribution() -> None:
        sent(dist=C())

    @surface("L23")
    def server_name() -> None:
        sent(server_name=C())

    @surface("L23")
    def transaction_of_an_error() -> None:
        sent(transaction=f"job {C()}")

    @surface("L41")
    def celery_job() -> None:
        job = {"task_name": "send", "args": [C()], "kwargs": {"to": C()}}
        sent(extra={"celery-job": job})

    @surface("L42")
    def rq_job() -> None:
        sent(extra={"rq-job": {"job_id": "1", "func": "f", "description": f"f('{C()}')"}})

    @surface("L43")
    def huey_job() -> None:
        sent(extra={"huey-job": {"task": "send", "args": [C()], "kwargs": {"to": C()}, "retry": 0}})

    @surface("L44")
    def dramatiq_message() -> None:
        sent(contexts={"dramatiq": {"data": {"actor_name": "f", "args": [C()]}}})


def traces(sdk: Any) -> None:
    def traced(plant: Callable[[Any, Any], None], name: str = "work") -> None:
        started = sdk.start_transaction(name=name, op="task")
        with started as transaction, sdk.start_span(op="step") as span:
            plant(transaction, span)

    def described(op: str, text: str) -> None:
        def plant(transaction: Any, span: Any) -> None:
            span.op, span.description = op, text

        traced(plant)

    @surface("L25")
    def transaction_name() -> None:
        traced(lambda transaction, span: None, f"job {C()}")

    @surface("L27")
    def sql_literal() -> None:
        described("db", f"SELECT * FROM t WHERE name = '{C()}'")

    @surface("L29")
    def sql_parameters() -> None:
        traced(lambda transaction, span: span.set_data("db.params", [C()]))

    @surface("L30")
    def span_data_password() -> None:
        traced(lambda transaction, span: span.set_data("password", C()))

    @surface("L31")
    def span_data_nested() -> None:
        traced(lambda transaction, span: span.set_data("form", {"password": C()}))

    @surface("L31")
    def span_data_note() -> None:
        traced(lambda transaction, span: span.set_data("note", C()))

    @surface("L32")
    def transaction_tag() -> None:
        traced(lambda transaction, span: transaction.set_tag("password", C()))

    @surface("L32")
    def transaction_data() -> None:
        traced(lambda transaction, span: transaction.set_data("password", C()))

    @surface("L32")
    def transaction_context() -> None:
        traced(lambda transaction, span: transaction.set_context("pay", {"password": C()}))

    @surface("L33")
    def transaction_user() -> None:
        traced(lambda transaction, span: sdk.set_user({"id": "7", "email": C()}))

    @surface("L34")
    def client_query() -> None:
        traced(lambda transaction, span: span.set_data("http.query", f"token={C()}"))

    @surface("L35")
    def client_path() -> None:
        described("http.client", f"GET https://api.example/reset/{C().replace(' ', '')}")

    @surface("L36")
    def client_userinfo() -> None:
        described("http.client", f"GET https://u:{C().replace(' ', '').replace('@', '%40')}@host/x")

    @surface("L38")
    def subprocess_arguments() -> None:
        described("subprocess", f"curl -d {C()}")

    @surface("L39")
    def store_key() -> None:
        described("db.redis", f"GET user:{C()}")

    @surface("L40")
    def store_commands() -> None:
        commands = {"count": 1, "first_ten": [f"SET k '{C()}'"]}
        traced(lambda transaction, span: span.set_data("redis.commands", commands))

    @surface("L46")
    def prompt() -> None:
        def plant(transaction: Any, span: Any) -> None:
            span.op = "gen_ai.chat"
            span.set_data("gen_ai.request.messages", json.dumps([{"content": C()}]))
            span.set_data("gen_ai.usage.total_tokens", 17)

        traced(plant)


def requests(sdk: Any) -> None:
    def sent(**request: Any) -> None:
        sdk.capture_event({"message": "event", "request": request})
        with sdk.start_transaction(name="GET /x", op="http.server") as transaction:
            del transaction
            isolation(sdk).add_event_processor(lambda event, hint: {**event, "request": request})

    @surface("L58")
    def query_token() -> None:
        sent(query_string=f"token={C().replace(' ', '%20')}&page=2")

    @surface("L59")
    def query_text() -> None:
        sent(query_string="q=" + quote_plus(C()))

    @surface("L59")
    def path_segment() -> None:
        sent(url=f"https://shop.example/users/{C().replace(' ', '')}/orders")

    @surface("L60")
    def scope_headers() -> None:
        scope = {"type": "http", "headers": [(b"authorization", b"Bearer " + C().encode())]}
        raise ValueError(len(scope))

    @surface("L60")
    def authorization() -> None:
        sent(headers={"Authorization": f"Bearer {C()}", "Proxy-Authorization": f"Basic {C()}"})

    @surface("L61")
    def api_key_header() -> None:
        sent(headers={"X-Api-Key": C(), "X-Forwarded-For": C()})

    @surface("L62")
    def other_headers() -> None:
        sent(headers={"X-Internal-Token": C(), "X-Patient-Name": C(), "CF-Connecting-IP": C()})

    @surface("L62")
    def referer() -> None:
        sent(headers={"Referer": f"https://shop.example/?code={C()}", "User-Agent": f"curl {C()}"})

    @surface("L63")
    def cookie() -> None:
        sent(cookies={"theme": C()}, headers={"Cookie": f"theme={C()}"})

    @surface("L64")
    def json_password() -> None:
        sent(data={"password": C(), "users": [{"password": C()}]})

    @surface("L64")
    def json_as_text() -> None:
        sent(data=json.dumps({"password": C()}))

    @surface("L64")
    def form_password() -> None:
        sent(data={"password": [C()]})

    @surface("L65")
    def json_nested() -> None:
        sent(data={"user": {"password": C()}})

    @surface("L65")
    def graphql_variables() -> None:
        sent(data={"query": "query($a: String) { user(name: $a) { id } }", "variables": {"a": C()}})

    @surface("L47")
    def graphql_literal() -> None:
        sent(data={"query": f'mutation {{ login(password: "{C()}") {{ id }} }}', "variables": None})

    @surface("L66")
    def json_other_keys() -> None:
        sent(data={"ssn": C(), "newPassword": C(), "card_number": C()})

    @surface("L67")
    def raw_body() -> None:
        sent(data=f"some text with {C()}")

    @surface("L69")
    def unknown_path() -> None:
        path = f"/nowhere/{C().replace(' ', '')}"
        sdk.capture_event({"message": "event", "transaction": path, "request": {"url": path}})

    @surface("L70")
    def view_local() -> None:
        term = C()
        raise ValueError(len(term))


def other_items(sdk: Any) -> None:
    @surface("L24")
    def attachment() -> None:
        isolation(sdk).add_attachment(bytes=f"a line, {C()}".encode(), filename="a.txt")
        sdk.capture_message("with a file")

    @surface("L24")
    def attachment_name() -> None:
        isolation(sdk).add_attachment(bytes=b"x", filename=f"{C()}.txt")
        sdk.capture_message("with a file")

    @surface("L52")
    def session() -> None:
        scope = isolation(sdk)
        scope.set_user({"id": C(), "ip_address": C()})
        scope.start_session()
        scope.end_session()

    @surface("L53")
    def session_of_a_request() -> None:
        scope = isolation(sdk)
        scope.set_user({"id": C(), "ip_address": C()})
        scope.start_session(session_mode="request")
        scope.end_session()

    @surface("L55")
    def check_in_with_a_scope() -> None:
        from sentry_sdk.crons import capture_checkin

        sdk.set_user({"id": C(), "email": C()})
        sdk.set_tag("password", C())
        sdk.set_context("pay", {"password": C()})
        capture_checkin(monitor_slug="nightly", status="ok")

    @surface("L54")
    def check_in_slug() -> None:
        from sentry_sdk.crons import capture_checkin

        capture_checkin(monitor_slug=f"job {C()}", status="ok")


def outgoing(sdk: Any) -> None:
    def ask(**headers: str) -> None:
        address = f"http://127.0.0.1:{OTHER[0]}/orders"
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)):
            pass

    @surface("L26")
    def baggage() -> None:
        with sdk.start_transaction(name=f"job {C()}", op="task"):
            ask()

    @surface("L37")
    def outgoing_authorization() -> None:
        with sdk.start_transaction(name="work", op="task"):
            ask(Authorization=f"Bearer {C()}")

    @surface("L37")
    def environment_of_a_process() -> None:
        with sdk.start_transaction(name="work", op="task"):
            subprocess.run(["true"], env={**os.environ, "SHOP_TOKEN": C()}, check=True)

    @surface("L37")
    def traced_arguments() -> None:
        @sdk.trace
        def work(term: str) -> None:
            del term

        with sdk.start_transaction(name="work", op="task"):
            work(C())


def special(sdk: Any) -> None:
    @surface("L06")
    def secret_string() -> None:
        # Behind the SDK's start, so that it finds no frameworks to watch.
        later = os.environ["LATER_PATH"].split(os.pathsep)
        sys.path.extend(later)
        try:
            from pydantic import SecretStr
        finally:
            del sys.path[-len(later) :]

        held = SecretStr(C())
        raise ValueError(held is None)

    @surface("L07", "profiled")
    def no_local_variables() -> None:
        blob = C()
        raise ValueError(len(blob))

    @surface("L56", "profiled")
    def profiled_arguments() -> None:
        def work(term: str) -> int:
            until = time.monotonic() + 0.06
            while time.monotonic() < until:
                sum(map(ord, term))
            return 0

        with sdk.start_transaction(name="work", op="task"):
            work(C())

    @surface("L28")
    def bound_parameter() -> None:
        from sentry_sdk.tracing_utils import record_sql_queries

        statement = "SELECT a FROM t WHERE b = ?"
        with (
            sdk.start_transaction(name="work", op="task"),
            record_sql_queries(None, statement, [C()], "qmark", False),
        ):
            pass

    @surface("L48")
    def graphql_error() -> None:
        place = f'1 | {{ user(name: "{C()}") {{ id }} }}\n  |   ^'
        error = f"no such user\n\nGraphQL request:1:3\n{place}"
        logging.getLogger("strawberry.execution").error(error)

    template = getattr(
        getattr(sys.modules["sentry_sdk.consts"], "SPANTEMPLATE", None), "AI_TOOL", 0
    )
    if template:

        @surface("L45")
        def tool() -> None:
            @sdk.trace(template=template)
            def look_up(term: str) -> str:
                return f"found {term}"

            with sdk.start_transaction(name="work", op="task"):
                look_up(C())


def streamed(sdk: Any) -> None:
    @surface("L57", "streamed")
    def streamed_name() -> None:
        with sdk.traces.start_span(name=f"job {C()}"):
            pass

    @surface("L57", "streamed")
    def streamed_attribute() -> None:
        with sdk.traces.start_span(name="work", attributes={"password": C(), "note": C()}):
            pass


def logs(sdk: Any) -> None:
    @surface("L49")
    def log_body() -> None:
        sdk.logger.info(C())

    @surface("L49")
    def log_parameter() -> None:
        sdk.logger.info("saw {what}", what=C())

    @surface("L49")
    def log_attribute() -> None:
        sdk.logger.info("saw", attributes={"password": C()})

    @surface("L50")
    def log_user() -> None:
        sdk.set_user({"id": "7", "email": C(), "username": C()})
        sdk.logger.info("saw")

    @surface("L58")
    def log_live_object() -> None:
        class Request:
            def __repr__(self) -> str:
                return f"<Request GET '/x?token={C()}'>"

        logging.getLogger("django.request").warning("404", extra={"request": Request()})


def metrics(sdk: Any) -> None:
    @surface("L51")
    def metric_attribute() -> None:
        sdk.metrics.count("orders", 1, attributes={"who": C()})

    @surface("L51")
    def metric_name() -> None:
        sdk.metrics.count(f"orders.{C()}", 1)


if __name__ == "__main__":
    main()
