"""What `fake-relay scenarios init` writes: a target, and a first file of scenarios.

Rule: it runs green as it is, for the target is sdk_config until somebody names another. A
folder called `scenarios` could stand before our package where Python looks for it.
May import: nothing.
"""

from __future__ import annotations

TARGET = """\
# Whose Sentry configuration the scenarios judge. `fake-relay scenarios run --help` has the
# same as flags. Reports of runs are kept in .fake-relay/reports, a folder that keeps itself out
# of git (to leave it out by hand: `echo .fake-relay/ >> .gitignore`); `fake-relay serve` in
# this folder shows them at /scenarios.
[scenarios]
# The function that starts the SDK in your service, found from this folder:
# setup = "myservice.observability:init_sentry"
setup = "sdk_config"

# Beside the built-in scenarios, these files run too.
files = ["sentry-scenarios/*.scenarios.yaml"]

# Variables for the process under test; SENTRY_DSN is set to the relay anyway. Where your
# service reads its DSN from elsewhere, ${dsn} is it.
[scenarios.environment]
SENTRY_ENVIRONMENT = "test"
# MYSERVICE_SENTRY_DSN = "${dsn}"

# What you promise of the configuration; a scenario speaks of it as ${rate.traces}. A scenario
# whose promise is missing is skipped and says so.
[scenarios.promises]
environment = "test"
# release = "myservice@1.2.3"
# rate.errors = 1.0
# rate.traces = 0.1
"""

SCENARIOS = """\
# Scenarios are data: what is done, and what the relay must hold afterwards.
# `fake-relay scenarios schema` prints a JSON schema for your editor.
- id: MY-01
  title: an error that a user meets arrives with its tags
  steps:
    - do: scope
      tags: {shop: berlin}
    - do: capture
      id: first
      type: ValueError
      message: the cart is empty
  expect:
    - type: event
      count: 1
      where:
        event_id: ${step.first}
        exception: ValueError
        tags__shop: berlin
        environment: ${environment}

- id: MY-02
  title: a password in a local variable stays here
  steps:
    - do: capture
      message: login failed
      locals: {password: correct-horse-battery}
  expect:
    - check: no_leaks
      values: [correct-horse-battery]
    - type: event
      count: 1
"""

FILES = {"fake-relay.toml": TARGET, "sentry-scenarios/my.scenarios.yaml": SCENARIOS}
"""File -> its text."""
