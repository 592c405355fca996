"""What Unreal writes beside a dump: the crash context in XML, and its log (PROTOCOL.md 2.7).

Rule: XML is read by expat with document types refused, so no entity is ever declared or
expanded; only texts at the third level are kept.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import re
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

MAX_LINES: Final = 40
PAYLOAD_KEY: Final = "__sentry"
SDK_NAME: Final = "unreal.crashreporter"

_LINE: Final = re.compile(
    r"(?:\[(?P<time>\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d:\d{3})\]\[[ \d]*\])?"
    r"(?:(?P<component>[A-Za-z_][A-Za-z0-9_]*): )?(?P<message>.*)"
)
_FIRST_LINE: Final = re.compile(r"Log file open, (\d\d/\d\d/\d\d \d\d:\d\d:\d\d)")

# Fields of the event's contexts, and where Unreal says them.
_GPU: Final = {
    "name": "RHI.AdapterName",
    "id": "RHI.DeviceId",
    "graphics_shader_level": "RHI.FeatureLevel",
    "vendor_name": "RHI.GPUVendor",
    "version": "RHI.UserDriverVersion",
    "api_type": "RHI.RHIName",
}

Context = dict[str, dict[str, str]]
"""Section -> field -> text, such as `RuntimeProperties` -> `UserName`."""


class BrokenContext(Exception):
    """The context is not the XML that it should be."""


def read_context(data: bytes) -> Context:
    """The texts of a crash context, by section and field; raises `BrokenContext`."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BrokenContext(f"the crash context is no XML: {error}") from error
    return reader.sections


class _Reader:
    def __init__(self) -> None:
        self.sections: Context = {}
        self.pieces: list[str] = []
        self.path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = refuse

    def start(self, name: str, _: dict[str, str]) -> None:
        self.path.append(name)
        if len(self.path) == 3:
            self.pieces = []

    def end(self, name: str) -> None:
        if len(self.path) == 3:
            self.sections.setdefault(self.path[1], {})[name] = "".join(self.pieces)
        self.path.pop()

    def text(self, text: str) -> None:
        if len(self.path) == 3:
            self.pieces.append(text)


def refuse(*_: object) -> None:
    """Document types declare entities, and entities are how small XML becomes large."""
    raise BrokenContext("the crash context declares a document type; Unreal's has none")


def payload_of(context: Context) -> str:
    """The event that the game's own Sentry SDK left in the game data, as JSON; empty for none."""
    return context.get("GameData", {}).get(PAYLOAD_KEY, "")


def user_report_of(context: Context, event_id: str) -> dict[str, str] | None:
    """What the player wrote into the crash dialog."""
    runtime = context.get("RuntimeProperties", {})
    said = runtime.get("UserDescription", "")
    if not said:
        return None
    name = runtime.get("UserName") or "unknown"
    return {"event_id": event_id, "name": name, "email": "", "comments": said}


def write_user(event: dict[str, Any], user_id: str) -> None:
    """User id, epic account and machine id, which come in one text, joined by bars."""
    user, account, machine = (*user_id.split("|"), "", "")[:3]
    if user:
        _map(event, "user")["id"] = user
    for name, value in (("epic_account_id", account), ("machine_id", machine)):
        if value:
            _add_tag(event, name, value)


def _add_tag(event: dict[str, Any], name: str, value: str) -> None:
    tags = event.get("tags")
    if isinstance(tags, list):
        tags.append([name, value])
    else:
        _map(event, "tags")[name] = value


def write_log(event: dict[str, Any], log: bytes) -> None:
    """The last lines of a log as breadcrumbs, behind those that the event has."""
    crumbs = event.get("breadcrumbs")
    if isinstance(crumbs, list):
        event["breadcrumbs"] = crumbs = {"values": crumbs}
    values = _map(event, "breadcrumbs").setdefault("values", [])
    if isinstance(values, list):
        values += breadcrumbs_of(log)


def breadcrumbs_of(log: bytes) -> list[dict[str, Any]]:
    """The last lines of a log; those before the first time have that of the file."""
    lines = log.decode("utf-8", "replace").splitlines()
    opened = _FIRST_LINE.fullmatch(lines[0].lstrip("\ufeff")) if lines else None
    time = _time(opened[1], "%m/%d/%y %H:%M:%S") if opened else None
    found: deque[dict[str, Any]] = deque(maxlen=MAX_LINES)
    for line in lines[1:]:
        parts = _LINE.fullmatch(line)
        if parts is None:
            continue
        if parts["time"]:
            time = _time(parts["time"], "%Y.%m.%d-%H.%M.%S:%f") or time
        crumb = {"timestamp": time, "category": parts["component"], "message": parts["message"]}
        found.append({key: value for key, value in crumb.items() if value is not None})
    return list(found)


def _time(text: str, form: str) -> float | None:
    # Unreal writes local time and never says which; Relay takes it as UTC too.
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def write_context(event: dict[str, Any], context: Context) -> None:
    """What the crash context tells, where the event does not say it itself."""
    runtime = context.get("RuntimeProperties")
    if runtime is None:
        return
    if message := runtime.get("ErrorMessage"):
        _map(event, "logentry").setdefault("formatted", message)
    if name := runtime.get("UserName"):
        _map(event, "user").setdefault("username", name)
    if login := runtime.get("LoginId"):
        _map(event, "user").setdefault("id", login)
    if not event.get("level"):
        event.update(_level(runtime))
    _write_contexts(_map(event, "contexts"), context, runtime)
    version = runtime.get("CrashReportClientVersion") or "0.0.0"
    event.setdefault("sdk", {"name": SDK_NAME, "version": version})


def _level(runtime: dict[str, str]) -> dict[str, str]:
    if runtime.get("IsAssert") == "true":
        return {"level": "error"}
    return {"level": "warning"} if runtime.get("IsEnsure") == "true" else {}


def _write_contexts(contexts: dict[str, Any], context: Context, runtime: dict[str, str]) -> None:
    memory = runtime.get("MemoryStats.TotalPhysical", "")
    if memory.isascii() and memory.isdigit():
        _map(contexts, "device").setdefault("memory_size", int(memory[:19]))
    if system := runtime.get("Misc.OSVersionMajor"):
        _map(contexts, "os").setdefault("raw_description", system)
    engine = context.get("EngineData", {})
    for field, said in _GPU.items():
        if value := engine.get(said):
            _map(contexts, "gpu").setdefault(field, value)
    if brand := runtime.get("Misc.PrimaryGPUBrand"):
        _map(contexts, "gpu").setdefault("name", brand)
    game = {key: value for key, value in context.get("GameData", {}).items() if key != PAYLOAD_KEY}
    if game:
        _map(contexts, "game").update(game)
    unreal = {key: value for key, value in runtime.items() if value and key != "Modules"}
    _map(contexts, "unreal").update(unreal)


def _map(parent: dict[str, Any], key: str) -> dict[str, Any]:
    """The object at a key, made when there is none."""
    found = parent.get(key)
    if not isinstance(found, dict):
        found = parent[key] = {}
    return found
