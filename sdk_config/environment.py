"""Names of environments: short forms, and the order of the variables that give one.

Rule: names that are not known stay as they are (K-03); whoever says nothing is in development,
so that production is always explicit (K-04).
May import: the standard library.
"""

from __future__ import annotations

DEFAULT = "development"
PRODUCTION = "production"

SHORT_FORMS = {
    "dev": "development",
    "devel": "development",
    "develop": "development",
    "local": "development",
    "stage": "staging",
    "stg": "staging",
    "prod": "production",
    "prd": "production",
    "live": "production",
    "testing": "test",
}
KNOWN = frozenset({"development", "staging", "production", "test"})


def environment_name(value: object) -> str:
    """The name of an environment in its long form; unknown names stay verbatim.

    Raises `ValueError` for what Sentry refuses: more than 64 characters, a slash, a line's end.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected the name of an environment, got {value!r}")  # noqa: TRY004
    name = value.strip()
    if len(name) > 64 or any(char in name for char in "/\r\n\f"):
        raise ValueError(
            f"expected at most 64 characters without a slash or a line's end, got {name[:80]!r}"
        )
    folded = SHORT_FORMS.get(name.lower(), name.lower())
    return folded if folded in KNOWN else name
