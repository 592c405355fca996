"""Errors that are logged, and those that are told twice.

May import: catalogue.errors, scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.catalogue.errors import ACTS, ALL_SENT, CAPTURE_LOST, CHECKS, NO_HELPERS
from scenarios.expectations import Accounted, Check, Exited, Items, Ledger
from scenarios.scenario import Scenario
from scenarios.steps import Call, Failure, Log

SCENARIOS = (
    Scenario(
        id="E-05.logging",
        title="what is logged: errors are events, less is a breadcrumb",
        group="errors",
        promised=ALL_SENT,
        steps=(
            Log("stock is low", level="warning", logger="shop"),
            Log("order %s lost", level="error", logger="shop", args=("A-7",)),
            Log(
                "not saved",
                level="error",
                logger="shop",
                error=Failure(type="OSError", message="disk full"),
            ),
        ),
        expect=(
            Items(
                type="event",
                where={"logger": "shop", "level": "error"},
                count=2,
                because="an error that is logged is an event of its logger: is the logger off, or"
                " the logging integration?",
                setting="LoggingIntegration(event_level=logging.ERROR)",
            ),
            Items(
                type="event",
                where={"exception": "OSError"},
                count=1,
                because="exc_info takes the exception along",
            ),
            Check(
                target=f"{CHECKS}:breadcrumbs",
                kwargs={"wanted": ["stock is low"]},
                because="what is logged below error is a breadcrumb of the next event",
                setting="LoggingIntegration(level=logging.INFO), max_breadcrumbs",
            ),
        ),
    ),
    Scenario(
        id="E-05.logs",
        title="what is logged is a log with its attributes, where logs are on",
        group="errors",
        needs=("sentry-sdk>=2.35",),
        defaults={"enable_logs": True},
        steps=(
            Log("stock of %s is low", level="warning", logger="shop", args=("tea",)),
            Log("restocked", level="warning", logger="shop", extra={"shelf": 7}),
            Log("sold", via="sentry", extra={"sku": "tea-3"}),
        ),
        expect=(
            Items(
                type="log",
                where={
                    "body": "stock of tea is low",
                    "level": "warn",
                    "attributes": {
                        "logger.name": "shop",
                        "sentry.message.template": "stock of %s is low",
                        "sentry.message.parameter.0": "tea",
                    },
                },
                count="${sdk.enable_logs}",
                because="a record of logging is a log with its logger, template and parameters"
                " where logs are on, and none where they are off",
                setting="enable_logs, LoggingIntegration(sentry_logs_level=logging.INFO)",
            ),
            Items(
                type="log",
                where={"body": "restocked", "attributes": {"shelf": 7}},
                count="${sdk.enable_logs}",
                because="what is given as extra is an attribute of the log",
                setting="before_send_log, which must return the log with its attributes",
            ),
            Items(
                type="log",
                where={"body": "sold", "level": "info", "attributes": {"sku": "tea-3"}},
                count=1,
                because="the SDK's own logger sends with its attributes, whether records of"
                " logging are sent or not: a before_send_log that returns nothing drops it",
                setting="before_send_log",
            ),
            Accounted(categories=("log_item",)),
        ),
    ),
    Scenario(
        id="E-05.ignored",
        title="a logger that is ignored, and its child",
        group="errors",
        promised=ALL_SENT,
        steps=(
            Call(f"{ACTS}:ignore_logger", args=("noisy",)),
            Log("noise", level="error", logger="noisy"),
            Log("the child speaks", level="error", logger="noisy.child"),
        ),
        expect=(
            Items(type="event", where={"logger": "noisy"}, count=0, because="it is ignored"),
            Items(
                type="event",
                where={"logger": "noisy.child"},
                count=1,
                because="ignore_logger names one logger and none below it",
                setting="ignore_logger('noisy*') for all of them",
            ),
        ),
    ),
    Scenario(
        id="E-05.loguru",
        title="an error that loguru logs",
        group="errors",
        promised=ALL_SENT,
        needs=("loguru",),
        steps=(Call(f"{ACTS}:loguru_error"),),
        expect=(
            Items(
                type="event",
                where={"level": "error", "message__contains": "the stock is empty"},
                count=1,
                because="loguru's errors are events like those of logging",
                setting="auto_enabling_integrations left on",
            ),
        ),
    ),
    Scenario(
        id="E-06.raised",
        title="an exception is logged and raised on",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:log_and_raise", through=True),),
        expect=(
            Items(
                type="event",
                where={"exception": "LookupError"},
                count=1,
                because="the same exception is told once, by whoever met it first",
                setting="DedupeIntegration, which is one of the defaults",
            ),
            Ledger(
                category="error",
                outcome="client_discard",
                reason="event_processor",
                count=1,
                because="what was dropped for having been sent already is reported",
            ),
            Check(target=f"{CHECKS}:handled_before_it_crashed"),
            Exited(code=1),
        ),
    ),
    Scenario(
        id="E-06.again",
        title="the same exception is captured twice",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:capture_each", args=("a", "a")),),
        expect=(
            Items(
                type="event",
                count=1,
                because="the same exception is told once",
                setting="DedupeIntegration, which is one of the defaults",
            ),
            Ledger(category="error", outcome="client_discard", reason="event_processor", count=1),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="E-06.alternating",
        title="two exceptions are captured in turns",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:capture_each", args=("a", "b", "a", "b")),),
        expect=(
            Items(
                type="event",
                count=4,
                because="the SDK remembers the last exception alone; a filter of alike errors"
                " holds back more than it says",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="E-07",
        title="one failure, told by the session and by the handler around it",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:failing_session"),),
        expect=(
            Check(
                target=f"{CHECKS}:told_once",
                because="log.error(str(e)) and capture_exception(e) are two issues of one failure,"
                " for the SDK knows the same exception and not the same text",
                setting="sdk_config.monitored_session, or log.exception without a capture",
            ),
            Items(
                type="event",
                where={"exception": "OperationalError"},
                count=1,
                because=CAPTURE_LOST,
            ),
        ),
        known={"own": NO_HELPERS},
    ),
)
