"""What `leaky_frameworks.py` does beside requests: queues, stores, clients, GraphQL, a model.

Every library is the real one; stores and brokers are in memory, and the model is a service of
this program that answers with what it was asked.
"""

# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator,misc"
from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import logging
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import ariadne
import celery
import dramatiq
import fakeredis
import httpx
import huey
import openai
import pydantic
import rq
import sqlalchemy
import strawberry
from dramatiq.brokers.stub import StubBroker
from fastapi import FastAPI
from leaky_requests import Make, ask_asgi, in_json
from strawberry.fastapi import GraphQLRouter

Work = Callable[[Make], None]

TOLD: list[str] = []
"""What the other service of this program was told in `baggage` and `sentry-trace`."""
OTHER = [0]
"""Its port."""


def begin_other_service() -> None:
    """Begin a service that this program asks."""

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
    OTHER[0] = server.server_port


def options() -> dict[str, Any]:
    """The integration that an SDK does not choose by itself, where it has it."""
    try:
        from sentry_sdk.integrations.dramatiq import DramatiqIntegration
    except ImportError:
        return {}
    return {"integrations": [DramatiqIntegration()]}


def every(runner: asyncio.Runner) -> dict[str, Work]:
    """Each kind of work, made under an SDK that has begun."""
    # Without a level of its own it says nothing of what it asks for.
    logging.getLogger("httpx").setLevel(logging.INFO)
    return {
        "pydantic": in_pydantic,
        "sqlalchemy": in_sqlalchemy,
        "httpx": in_httpx,
        "urllib": in_urllib,
        "subprocess": in_subprocess,
        "redis": in_redis,
        "celery": in_celery(),
        "rq": in_rq,
        "huey": in_huey(),
        "dramatiq": in_dramatiq(),
        "openai": in_openai,
        "strawberry": in_strawberry(runner),
        "ariadne": in_ariadne,
    }


@contextmanager
def traced() -> Iterator[None]:
    """In a transaction; an error is captured, as a handler of requests would."""
    import sentry_sdk

    with sentry_sdk.start_transaction(name="work", op="task"):
        try:
            yield
        except Exception:  # noqa: BLE001 - every library has its own
            sentry_sdk.capture_exception()


def in_pydantic(make: Make) -> None:
    class Order(pydantic.BaseModel):
        count: int

    with traced():
        Order.model_validate({"count": make("L02 validation_error")})


def in_sqlalchemy(make: Make) -> None:
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a TEXT UNIQUE)")
        literal, bound = make("L27 literal"), make("L28 bound")
        with traced():
            connection.exec_driver_sql(f"SELECT a FROM t WHERE a = '{literal}'")
            connection.execute(sqlalchemy.text("SELECT a FROM t WHERE a = :a"), {"a": bound})
        with traced():
            insert = sqlalchemy.text("INSERT INTO t VALUES (:a)")
            found = {"a": make("L02 driver_error")}
            connection.execute(insert, found)
            connection.execute(insert, found)


def of_other(path: str, userinfo: str = "") -> str:
    return f"http://{userinfo}127.0.0.1:{OTHER[0]}{path}"


def in_httpx(make: Make) -> None:
    with httpx.Client() as client, traced():
        client.get(of_other(f"/orders?token={quote(make('L34 query_token'))}"))
        client.get(of_other(f"/orders?q={quote(make('L34 query_text'))}"))
        client.get(of_other(f"/reset/{quote(make('L35 path'))}"))
        client.get(of_other("/orders", f"u:{quote(make('L36 userinfo'))}@"))
        client.get(of_other("/"), headers={"Authorization": f"Bearer {make('L37 header')}"})


def in_urllib(make: Make) -> None:
    with traced():
        for path in (
            f"?token={quote(make('L34 query_token'))}",
            f"reset/{quote(make('L35 path'))}",
        ):
            with urllib.request.urlopen(of_other(f"/{path}")):
                pass


def in_subprocess(make: Make) -> None:
    with traced():
        subprocess.run(["true", "--password", make("L38 argument")], check=True)


def in_redis(make: Make) -> None:
    store = fakeredis.FakeRedis()
    with traced():
        store.get(f"user:{make('L39 key')}")
        store.set("user", make("L40 value"))
        with store.pipeline() as pipeline:
            pipeline.hset("users", "name", make("L40 pipeline"))
            pipeline.execute()


def in_celery() -> Work:
    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.task_always_eager = True

    @app.task(name="send")
    def send(card: str, to: str = "") -> None:
        raise LookupError(len(card) + len(to))

    return lambda make: send.delay(make("L41 argument"), to=make("L41 keyword")).forget()


def send_of_rq(card: str) -> None:
    """A job."""
    raise LookupError(len(card))


def in_rq(make: Make) -> None:
    connection = fakeredis.FakeRedis()
    queue = rq.Queue(connection=connection)
    queue.enqueue("leaky_work.send_of_rq", make("L42 argument"))
    rq.SimpleWorker([queue], connection=connection).work(burst=True, logging_level="CRITICAL")


def in_huey() -> Work:
    app = huey.MemoryHuey(immediate=True)

    @app.task()
    def send(card: str, to: str = "") -> None:
        raise LookupError(len(card) + len(to))

    return lambda make: send(make("L43 argument"), to=make("L43 keyword")) and None


def in_dramatiq() -> Work:
    broker = StubBroker()
    broker.emit_after("process_boot")

    @dramatiq.actor(broker=broker, max_retries=0, actor_name="send")
    def send(card: str) -> None:
        raise LookupError(len(card))

    def work(make: Make) -> None:
        send.send(make("L44 argument"))
        worker = dramatiq.Worker(broker, worker_timeout=10, worker_threads=1)
        worker.start()
        with contextlib.suppress(LookupError):
            broker.join(send.queue_name, fail_fast=True)
        worker.join()
        worker.stop()

    return work


def in_openai(make: Make) -> None:
    with openai.OpenAI(api_key="none", base_url=of_other("/v1"), max_retries=0) as client, traced():
        messages: list[Any] = [{"role": "user", "content": make("L45 prompt")}]
        client.chat.completions.create(model="echo", messages=messages)


def in_strawberry(runner: asyncio.Runner) -> Work:
    @strawberry.type
    class Query:
        @strawberry.field
        def user(self, name: str) -> str:
            raise LookupError("no such user")

    app = FastAPI()
    app.include_router(GraphQLRouter(strawberry.Schema(Query)), prefix="/graphql")

    def work(make: Make) -> None:
        variables = {"name": make("L47 variable")}
        query = "query($name: String!) { user(name: $name) }"
        literal = f'{{ user(name: "{make("L48 literal")}") }}'
        for body in ({"query": query, "variables": variables}, {"query": literal}):
            runner.run(ask_asgi(app, in_json(body)._replace(path="/graphql")))

    return work


def in_ariadne(make: Make) -> None:
    users = ariadne.QueryType()

    @users.field("user")
    def user(*given: Any, name: str) -> str:
        raise LookupError("no such user")

    schema = ariadne.make_executable_schema("type Query { user(name: String!): String }", users)
    query = "query($name: String!) { user(name: $name) }"
    literal = f'{{ user(name: "{make("L48 literal")}") }}'
    with traced():
        ariadne.graphql_sync(schema, {"query": query, "variables": {"name": make("L47 variable")}})
        ariadne.graphql_sync(schema, {"query": literal})
