"""Draw docs/images/show.svg: an error of the demo's shop, as `fake-relay show` prints it.

python docs/picture.py

The file refers to nothing outside of itself: rich's own template loads a font from the web.
"""

from __future__ import annotations

import io
from pathlib import Path

from rich.terminal_theme import TerminalTheme
from rich.text import Text

from fake_relay.cli.demo import run_shop
from fake_relay.cli.reading import decoded
from fake_relay.cli.render import show
from fake_relay.cli.render.view import View
from fake_relay.cli.terminal import Terminal
from fake_relay.expect.judge import new_items
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer

PICTURE = Path(__file__).parent / "images" / "show.svg"
WIDTH = 100
"""Columns; more would be small print in a README."""
LEFT_OUT = ("contexts", "extra", "modules", "server_name")
"""What tells of the machine that drew the picture, not of the error."""

THEME = TerminalTheme(
    (30, 33, 41),
    (214, 219, 229),
    [
        (60, 66, 80),
        (240, 113, 120),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (214, 219, 229),
    ],
)
"""Light text on a dark ground of its own: it reads the same on a light and on a dark page."""

TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>An error as fake-relay shows it in a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
  white-space: pre;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw() -> str:
    """The picture of the error that ends the shop's day."""
    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        run_shop(server.url)
        reader = server.relay.store
        items = new_items(reader, None, 0)
        error = next(item for item in items[::-1] if item.type == "event" and item.level == "error")
        data = reader.payload(error.id) or b""
    value = {key: found for key, found in decoded(data).items() if key not in LEFT_OUT}
    console = Terminal(
        file=io.StringIO(),
        record=True,
        width=WIDTH,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(Text("$ fake-relay show latest --type event", "dim"))
    console.print(*show(View(error, data, value, {}, width=WIDTH)), sep="\n")
    return console.export_svg(
        title="fake-relay show", theme=THEME, code_format=TEMPLATE, unique_id="show"
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
