"""Configurations of different styles that are all sound, each a target of the runner."""

from __future__ import annotations

import logging
import os

import sentry_sdk

import sdk_config

RELEASE = "shop@1.2.3"
ENVIRONMENT = "staging"


def told_by_arguments() -> None:
    sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0)


def told_by_the_environment() -> None:
    os.environ.update(
        SENTRY_RELEASE=RELEASE, SENTRY_ENVIRONMENT=ENVIRONMENT, SENTRY_TRACES_SAMPLE_RATE="1.0"
    )
    sdk_config.setup()


def told_by_an_alias() -> None:
    sdk_config.init_sentry(release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0)


def of_low_cost() -> None:
    sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=0.05)


def without_tracing() -> None:
    sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, enable_tracing=False)


def with_logs() -> None:
    sdk_config.setup(
        release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0, enable_logs=True
    )


def with_hooks_of_its_own() -> None:
    def tagged(event, hint):  # type: ignore[no-untyped-def]
        event.setdefault("tags", {})["team"] = "payments"
        return event

    sdk_config.setup(
        release=RELEASE,
        environment=ENVIRONMENT,
        traces_sample_rate=1.0,
        before_send=tagged,
        before_send_transaction=tagged,
    )


def with_filters() -> None:
    sdk_config.setup(
        release=RELEASE,
        environment=ENVIRONMENT,
        traces_sample_rate=1.0,
        ignore_errors=["BrokenPipeError"],
        ignore_status=["404"],
        ignore_messages=["heartbeat*"],
    )


def with_quiet_libraries() -> None:
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0)
    sentry_sdk.set_tag("region", "eu")


def with_a_sampler() -> None:
    def sampler(context):  # type: ignore[no-untyped-def]
        parent = context.get("parent_sampled")
        return 0.5 if parent is None else float(parent)

    sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, traces_sampler=sampler)


def twice_the_same() -> None:
    for _ in range(2):
        sdk_config.setup(release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0)


def with_sampled_errors() -> None:
    sdk_config.setup(
        release=RELEASE, environment=ENVIRONMENT, sample_rate=0.5, traces_sample_rate=1.0
    )


def with_a_small_trail() -> None:
    sdk_config.setup(
        release=RELEASE, environment=ENVIRONMENT, traces_sample_rate=1.0, max_breadcrumbs=20
    )
