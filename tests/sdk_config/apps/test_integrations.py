"""The SDK's integrations come by themselves for what is installed, and a list wins (S1-01)."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

APP = """
import json
import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sdk_config import setup
from sdk_config.monitors.integrations import running_integrations

setup()
found = sorted(running_integrations() & {"celery", "django", "fastapi", "flask", "redis"})
own = CeleryIntegration(propagate_traces=False)
setup(integrations=[own])
print(json.dumps([found, sentry_sdk.get_client().get_integration("celery") is own]))
"""


def test_integrations_are_found_and_a_given_one_wins(run_app: Any) -> None:
    found, is_ours = json.loads(run_app(APP, frameworks=True))

    assert {"celery", "fastapi", "flask"} <= set(found)
    assert "redis" not in found
    assert is_ours
