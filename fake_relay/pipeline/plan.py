"""What each project's envelopes walk through: its settings, compiled once.

Rule: settings that are changed at run time hold for the next request, and until the relay
stops; they are not stored.
May import: config, pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from fake_relay.config import ProjectConfig, ProjectSettings, RelayConfig
from fake_relay.errors import ConfigError
from fake_relay.pipeline import stages_for
from fake_relay.pipeline.stage import Stage


class Plan(msgspec.Struct, frozen=True):
    """What holds for a project, and the stages that follow from it.

    `organization` is what shares the counters of quotas: a project with quotas of its own is
    one by itself.
    """

    settings: ProjectSettings
    stages: tuple[Stage, ...]
    organization: str = ""


class Plans:
    """The plans of all projects; `stages` replaces those that the settings ask for.

    `limits_origins` tells that some project does not take requests from every page.
    """

    def __init__(self, config: RelayConfig, stages: Sequence[Stage] | None = None) -> None:
        self.limits_origins = False
        self._config = config
        self._stages = None if stages is None else tuple(stages)
        self._common = self._plan(ProjectConfig())
        self._own = {known.project_id: known for known in config.projects}
        self._plans = {project: self._plan(own) for project, own in self._own.items()}

    def of(self, project: str) -> Plan:
        """The plan of a project, configured or not."""
        return self._plans.get(project, self._common)

    def own(self, project: str) -> ProjectConfig:
        """What a project says itself; nothing, unless it was told to."""
        return self._own.get(project) or ProjectConfig(project)

    def configure(self, own: ProjectConfig) -> None:
        """Give a project settings of its own; raises `ConfigError` and changes nothing if wrong.

        In strict mode only configured projects have settings.
        """
        project = own.project_id
        if self._config.strict and self._config.project(project) is None:
            raise ConfigError(f"project {project!r} is not configured, and the relay is strict")
        self._plans[project] = self._plan(own)
        self._own[project] = own

    def reset(self, project: str) -> None:
        """Go back to what the configuration says of a project."""
        configured = self._config.project(project)
        if configured is not None:
            self.configure(configured)
            return
        self._plans.pop(project, None)
        self._own.pop(project, None)

    def _plan(self, own: ProjectConfig) -> Plan:
        settings = replace(self._config, projects=(own,)).settings_of(own.project_id)
        stages = stages_for(settings) if self._stages is None else self._stages
        self.limits_origins = self.limits_origins or "*" not in settings.allowed_domains
        return Plan(settings, stages, "" if own.quotas is None else own.project_id)
