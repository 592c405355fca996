"""`python -m fake_relay` is the command line.

May import: cli.
"""

from __future__ import annotations

from fake_relay.cli import main

if __name__ == "__main__":
    main(prog_name="fake-relay")
