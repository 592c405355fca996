"""Source lines with their words marked; the colours are in `static/code.css`.

Rule: what is not understood is shown as it is, and nothing of it is ever markup.
May import: shown, markupsafe, pygments.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from fake_relay.shown.text import safe

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MAX_LINE: Final = 500
_BY_PLATFORM: Final = {
    "python": "python",
    "javascript": "javascript",
    "node": "javascript",
    "java": "java",
    "ruby": "ruby",
    "php": "php",
    "go": "go",
    "csharp": "csharp",
    "cocoa": "swift",
    "rust": "rust",
    "elixir": "elixir",
    "perl": "perl",
    "native": "cpp",
    "dart": "dart",
}


def highlight(lines: Sequence[str], filename: str, platform: str) -> list[Markup]:
    """The lines as HTML, one for each."""
    return list(_highlight(tuple(safe(line[:MAX_LINE]) for line in lines), filename, platform))


# A page is looked at more than once, and errors of one place have the same lines.
@lru_cache(512)
def _highlight(plain: Sequence[str], filename: str, platform: str) -> list[Markup]:
    lexer = lexer_for(filename.rpartition("/")[2][-100:], platform)
    if lexer is None:
        return [escape(line) for line in plain]
    from pygments import highlight as marked
    from pygments.formatters import HtmlFormatter

    html = marked("\n".join(plain), lexer, HtmlFormatter(nowrap=True)).removesuffix("\n")
    # The formatter has escaped everything, and closes its marks at the end of each line.
    found = [Markup(line) for line in html.split("\n")]  # noqa: S704
    return found if len(found) == len(plain) else [escape(line) for line in plain]


@lru_cache(64)
def lexer_for(filename: str, platform: str) -> Lexer | None:
    """What reads the language of a file, by its name, else by the event's platform."""
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
    from pygments.util import ClassNotFound

    # Lines are taken as they are, or their numbers would move.
    options = {"stripnl": False, "ensurenl": False}
    try:
        return get_lexer_for_filename(filename, **options)
    except ClassNotFound:
        name = _BY_PLATFORM.get(platform)
        return None if name is None else get_lexer_by_name(name, **options)
