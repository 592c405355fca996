"""Find a Chromium for the browser tests; `--install` tries Debian's package when there is none.

Trouble with installing is told and tolerated, except under CI=true.
May import: the standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")


def find() -> str | None:
    """The path of a Chromium on this machine, `BROWSER_PATH` first, or None."""
    named = os.environ.get("BROWSER_PATH")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's package, where this is Debian and we are root."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("no browser found; installing Debian's chromium for the browser tests", flush=True)
    for command in (("apt-get", "update"), INSTALL):
        subprocess.run(
            command,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def main() -> int:
    """Print where the browser is; 1 when there is none and CI=true asks for one."""
    if find() is None and "--install" in sys.argv[1:]:
        install()
    found = find()
    print(f"browser for the tests: {found or 'none; its tests are skipped'}")
    return 1 if found is None and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
