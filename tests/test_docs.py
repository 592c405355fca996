"""The documentation says what is true: its commands run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.slow(15)
@pytest.mark.timeout(180)
@pytest.mark.skipif(
    shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is not installed"
)
@pytest.mark.parametrize("name", ["shell.md", "scenarios.md", "forwarding.md"])
def test_the_page_runs_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to" / name).read_text("utf-8")
    script = "\n".join(SHELL_BLOCK.findall(page))
    stop = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Whether the page is true is the subject; measuring each command would double its time.
    uncovered = {k: value for k, value in os.environ.items() if not k.startswith("COVERAGE")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{stop}\n{script}"],
        cwd=tmp_path,
        env={**uncovered, "PATH": path},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    missing = [
        link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()
    ]
    assert missing == []
