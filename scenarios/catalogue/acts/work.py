"""Jobs, queries and GraphQL: what services do beside answering pages.

May import: the standard library, sentry_sdk, the frameworks, sdk_config.
"""

# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator"
from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import sentry_sdk


def run_celery_tasks(*, monitored: bool = False) -> dict[str, str]:
    """Run four tasks of Celery as a worker would: what became of each."""
    from celery import Celery
    from celery.exceptions import Ignore

    app = Celery("shop", broker="memory://", backend="cache+memory://")
    watch = _monitor() if monitored else (lambda function: function)

    def fine() -> str:
        return "sent"

    def fails() -> None:
        raise ArithmeticError("declined")

    def ignored() -> None:
        raise Ignore

    def retried(self: Any) -> str:
        if self.request.retries:
            return "at last"
        raise self.retry(countdown=0)

    tasks = {
        work.__name__: app.task(bind=work is retried, name=f"shop.{work.__name__}")(watch(work))
        for work in (fine, fails, ignored, retried)
    }
    return {name: str(task.apply().state) for name, task in tasks.items()}


def _monitor() -> Any:
    from sdk_config import celery_monitor

    return celery_monitor.task()


LATE = """
from celery.signals import worker_process_init
import sentry_sdk

@worker_process_init.connect
def begin(**kwargs):
    sentry_sdk.init()
"""


def late_celery() -> dict[str, Any]:
    """Check an application that starts the SDK when Celery has patched its tasks already."""
    return _check(LATE)


def run_celery_process(begin: str) -> str:
    """Run a task that fails in a process of a worker's pool; what became of it.

    The SDK begins `early`, where the application is imported, or `late`, when the process has
    told that it is ready.
    """
    from celery import Celery
    from celery.app.trace import trace_task
    from celery.concurrency.prefork import process_initializer
    from celery.signals import worker_process_init

    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=True)

    @app.task(name="shop.pay")
    def pay() -> None:
        raise ArithmeticError("declined")

    def start(**_: Any) -> None:
        sentry_sdk.init()

    if begin == "early":
        start()
    else:
        worker_process_init.connect(start, weak=False)
    process_initializer(app, "worker")
    traced = trace_task(pay, "9f0b", (), {}, {"id": "9f0b", "task": pay.name}, app=app)
    return str(traced.info.state)


def check_order(function: str) -> dict[str, Any]:
    """Check the source of one of the applications with two middlewares."""
    from scenarios.catalogue.acts import web_apps

    return _check(inspect.getsource(getattr(web_apps, function)))


def _check(source: str) -> dict[str, Any]:
    import tempfile

    from sdk_config import check

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text(source, "utf-8")
        report = check(types=["config"], root=folder)
    return {"found": sorted({one.rule for one in report.findings} & {"INIT-LATE", "MIDDLEWARE"})}


def query_sqlalchemy() -> int:
    """Make a table, write to it and read it, in SQLite's memory."""
    from sqlalchemy import create_engine, text

    with create_engine("sqlite://").begin() as connection:
        connection.execute(text("create table orders (id integer, total integer)"))
        connection.execute(text("insert into orders values (:id, :total)"), {"id": 7, "total": 40})
        found = connection.execute(text("select total from orders where id = :id"), {"id": 7})
        return int(found.scalar_one())


def use_redis() -> str:
    """Write to a store that speaks like Redis and lives in this process, and read it."""
    import fakeredis

    client = fakeredis.FakeStrictRedis()
    client.set("basket:7", "full")
    return str(client.get("basket:7").decode())


def fail_in_rq() -> str:
    """The work of a job."""
    raise ConnectionError("the mail server is away")


def run_rq_worker() -> int:
    """Run a job by a worker that forks for it; how many jobs are left."""
    import fakeredis
    from rq import Queue, Worker

    connection = fakeredis.FakeStrictRedis()
    queue = Queue(connection=connection)
    queue.enqueue(fail_in_rq)
    Worker([queue], connection=connection).work(burst=True, logging_level="CRITICAL")
    return int(queue.count)


def strawberry_app() -> Any:
    """A GraphQL server by Strawberry; its field `stock` fails."""
    import strawberry
    from strawberry.asgi import GraphQL

    class Query:
        stock: int = strawberry.field(resolver=_stock)

    Query.__annotations__ = {"stock": int}
    return GraphQL(strawberry.Schema(query=strawberry.type(Query)))


def ariadne_app() -> Any:
    """A GraphQL server by Ariadne; its field `stock` fails."""
    import ariadne
    from ariadne.asgi import GraphQL

    query = ariadne.QueryType()
    query.set_field("stock", lambda *_: _stock())
    return GraphQL(ariadne.make_executable_schema("type Query { stock: Int }", query))


def _stock() -> int:
    raise PermissionError("the warehouse is closed")


def query_for_a_user() -> list[str]:
    """A GraphQL query in a request of a user whom the application knows; the events' ids."""
    import strawberry

    from sdk_config import bind_user_from, capture_graphql_errors

    class Query:
        stock: int = strawberry.field(resolver=_stock)

    Query.__annotations__ = {"stock": int}
    schema = strawberry.Schema(query=strawberry.type(Query))
    with sentry_sdk.isolation_scope():
        bind_user_from({"id": "user-7"}, lambda request: request)
        result = schema.execute_sync("{ stock }")
        # Twice, as a second handler of errors would have it.
        found = [capture_graphql_errors(result, operation="Stock") for _ in range(2)]
        return [event_id for ids in found for event_id in ids or ()]


def note_health() -> None:
    """Write down what the health page says."""
    from scenarios.process import journal
    from sdk_config import health_payload

    journal.note(health=health_payload())
