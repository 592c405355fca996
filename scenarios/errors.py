"""What can be wrong with scenarios before they run.

    FakeRelayError
    ├── ConfigError
    │   └── ScenarioError    a scenario, a file, a selection or a promise is wrong: exit status 2
    └── CannotRun            no process could be started, no relay reached: exit status 3

What goes wrong while a scenario runs is a result, not an error.
May import: fake_relay's public names.
"""

from __future__ import annotations

from fake_relay import ConfigError, FakeRelayError


class ScenarioError(ConfigError):
    """A scenario, a file, a selection or a promise is wrong; says where and what to do."""


class CannotRun(FakeRelayError):
    """Nothing could be run at all: no process could be started."""
