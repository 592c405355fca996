"""`python -m sdk_config.cli`: the command line without its script.

May import: main.
"""

from __future__ import annotations

import sys

from sdk_config.cli.main import main

sys.exit(main())
