"""The JSON schema of scenario files, for editors; made from the records.

May import: yaml_file; msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from scenarios.scenario import Scenario
from scenarios.yaml_file import ScenarioFile


def schema() -> dict[str, Any]:
    """The schema of a file: a list of scenarios, or an object that holds one."""
    (made,), parts = msgspec.json.schema_components(
        [list[Scenario] | ScenarioFile], ref_template="#/$defs/{name}"
    )
    # The reader takes an expectation without a kind for one about items.
    items = parts["Items"]
    items["required"] = [name for name in items.get("required", ()) if name != "check"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fake-relay scenarios",
        **made,
        "$defs": parts,
    }
