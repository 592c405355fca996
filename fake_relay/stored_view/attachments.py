"""Attachments are scrubbed by advanced rules that name them, and by nothing else.

Rule: the length stays, byte for byte, so that offsets in a file still hold; a match becomes as
many `*`. Structured dumps (`$minidump`, `$heap_memory`, `$stack_memory`) are not opened.
May import: stored_view, config.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Final

from fake_relay.stored_view.scrub import Rules, RuleSet, Slot, scrub_event, scrub_slots

DEFAULT_NAME: Final = "Unnamed Attachment"

_ZERO: Final = "\N{SYMBOL FOR NULL}"
"""Stands for a zero byte: the library takes zeros out of strings that it changes."""
_IMEI: Final = "imei, masked"
"""The built-in rule of that name hashes, whatever it is called (PROTOCOL.md 9.4)."""
_COMMON: Final = ("creditcard", "iban", "pemkey", "urlauth", "bearer", "password", "usssn")
_SIMPLE: Final = re.compile(r"\$attachments(?:\.(?:'(?P<quoted>[^']*)'|(?P<bare>[^\s'|&!()]+)))?")


def scrub_attachment(
    payload: bytes, filename: str | None, rules: RuleSet, meta: dict[str, Any]
) -> bytes:
    """An attachment with what the rules for its name find masked; raises `CannotScrub`."""
    names = _rules_for(filename or DEFAULT_NAME, rules.advanced)
    if not names:
        return payload
    # Latin-1 gives each byte one character, whatever the file is; zeros do not survive.
    event = {"extra": {"file": payload.decode("latin-1").replace("\0", _ZERO)}}
    scrubbed = scrub_event(event, (_masking(rules.advanced, names),))
    note = ((scrubbed.get("_meta") or {}).get("extra") or {}).get("file")
    if not note:
        return payload
    meta["file"] = note
    return str(scrubbed["extra"]["file"]).replace(_ZERO, "\0").encode("latin-1")


def scrub_view_hierarchy(document: dict[str, Any], rules: RuleSet, meta: dict[str, Any]) -> None:
    """A view hierarchy, JSON, by advanced rules, in place."""
    if rules.advanced:
        scrub_slots(document, [Slot((key,), (key,)) for key in document], (rules.advanced,), meta)


def _rules_for(filename: str, rules: Rules) -> list[str]:
    found: list[str] = []
    for selector, names in (rules.get("applications") or {}).items():
        if "$attachments" in selector and _selects(selector, filename):
            found += names
    return list(dict.fromkeys(found))


def _selects(selector: str, filename: str) -> bool:
    parts = [part.strip() for part in re.split(r"\|\|?", selector)]
    for part in parts:
        simple = _SIMPLE.fullmatch(part)
        if simple is None:
            # Conditions are not taken apart: better a file too many than one too few.
            return "$attachments" in selector
        glob = simple["quoted"] or simple["bare"] or "*"
        if fnmatchcase(filename, glob):
            return True
    return False


def _masking(rules: Rules, names: list[str]) -> Rules:
    masked: Rules = {_IMEI: {"type": "imei", "redaction": {"method": "mask"}}}
    for name, rule in (rules.get("rules") or {}).items():
        if isinstance(rule, dict):
            masked[name] = rule | {"redaction": {"method": "mask"}} | _masked_references(rule)
    return {"rules": masked, "applications": {"extra.file": _masked_names(names)}}


def _masked_references(rule: dict[str, Any]) -> dict[str, Any]:
    if rule.get("type") == "multiple":
        return {"rules": _masked_names(rule.get("rules") or [])}
    return {"rule": _masked_names([rule["rule"]])[0]} if rule.get("rule") else {}


def _masked_names(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        kind = name.partition(":")[0]
        if kind == "@common":
            found += [f"@{part}:mask" for part in _COMMON]
        elif kind == "@imei":
            found.append(_IMEI)
        else:
            found.append(f"{kind}:mask" if kind.startswith("@") else name)
    return found
