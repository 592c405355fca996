"""The SDK's sampling contexts: what kind of work begins, whichever framework begins it (3.7).

Rule: reading never raises and does no I/O; what a framework does not say is None.
May import: events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sdk_config.events import mapping, text


@dataclass(frozen=True)
class Work:
    """What begins: a request (paths, method), a task, or anything with a name.

    `paths` are spellings of one path: with and without the prefix of a mounted application.
    `parent` is the decision of who called, None where nobody did.
    """

    name: str | None = None
    op: str | None = None
    paths: tuple[str, ...] = ()
    method: str | None = None
    task: str | None = None
    parent: bool | None = None


def work_of(context: Mapping[str, Any]) -> Work:
    """Read a sampling context of WSGI, ASGI, aiohttp, Tornado, Sanic, Celery, RQ, Lambda, GCP.

    Of others (Huey, Dramatiq, scripts) it tells the name, and the task where the op is a queue's.
    """
    about = mapping(context.get("transaction_context"))
    name, op = text(about.get("name")), text(about.get("op"))
    paths, method = _request(context)
    if not paths and op is not None and op.endswith(".server"):
        paths, method = _named_request(name)
    return Work(name, op, paths, method, _task(context, name, op), _parent(context))


def _request(context: Mapping[str, Any]) -> tuple[tuple[str, ...], str | None]:
    for key, read in _REQUESTS.items():
        if context.get(key) is not None:
            return read(context[key])
    return (), None


Request = tuple[tuple[str, ...], str | None]


def _wsgi(environ: Any) -> Request:
    said = mapping(environ)
    path, prefix = _decoded(said.get("PATH_INFO")), _decoded(said.get("SCRIPT_NAME"))
    return _spellings(path, f"{prefix.rstrip('/')}{path}"), text(said.get("REQUEST_METHOD"))


def _decoded(value: Any) -> str:
    """WSGI gives UTF-8 bytes as if they were Latin-1 (PEP 3333)."""
    found = text(value) or ""
    return found.encode("latin-1", "replace").decode("utf-8", "replace")


def _asgi(scope: Any) -> Request:
    said = mapping(scope)
    path, root = text(said.get("path")) or "", (text(said.get("root_path")) or "").rstrip("/")
    mounted = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    # Servers differ in whether the path begins with the root path.
    whole = path if mounted != path or not root else f"{root}{path}"
    return _spellings(mounted, path, whole), text(said.get("method"))


def _object(request: Any) -> Request:
    return _spellings(_attribute(request, "path")), _attribute(request, "method")


def _lambda(event: Any) -> Request:
    said = mapping(event)
    http = mapping(mapping(said.get("requestContext")).get("http"))
    path = text(said.get("path")) or text(said.get("rawPath"))
    return _spellings(path), text(said.get("httpMethod")) or text(http.get("method"))


_REQUESTS = {
    "wsgi_environ": _wsgi,
    "asgi_scope": _asgi,
    "aiohttp_request": _object,
    "tornado_request": _object,
    "sanic_request": _object,
    "aws_event": _lambda,
    "gcp_event": _object,
}


def _named_request(name: str | None) -> Request:
    """A request that is known by its name only: `GET /pay`, `/pay`, `http://shop/pay`."""
    first, _, rest = (name or "").partition(" ")
    method, where = (first, rest) if rest and first.isupper() else (None, name or "")
    scheme, mark, address = where.partition("://")
    if mark:
        where = f"/{address.partition('/')[2]}" if scheme.isalpha() else ""
    return _spellings(where.partition("?")[0] if where.startswith("/") else None), method


def _spellings(*paths: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))


def _task(context: Mapping[str, Any], name: str | None, op: str | None) -> str | None:
    found = text(mapping(context.get("celery_job")).get("task"))
    job = context.get("rq_job")
    if found is None and job is not None:
        found = _attribute(job, "func_name")
    if found is None and op is not None and op.startswith("queue."):
        found = name
    return found


def _parent(context: Mapping[str, Any]) -> bool | None:
    said = context.get("parent_sampled")
    return said if isinstance(said, bool) else None


def _attribute(thing: Any, name: str) -> str | None:
    """An attribute as text; a property may do anything, also raise."""
    try:
        return text(getattr(thing, name, None))
    except Exception:  # noqa: BLE001 - a job whose function cannot be read is still a job
        return None
