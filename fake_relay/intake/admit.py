"""Who may enter: project, key and origin of a request (PROTOCOL.md 1.2 to 1.4).

Order of the checks: project in the path, number of credentials, key, version, and only
then whether strict mode knows the project.
May import: records, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from fake_relay.config import RelayConfig
from fake_relay.errors import BadAuth, RequestRefused, UnknownProject
from fake_relay.intake.door import Place
from fake_relay.protocol import auth
from fake_relay.protocol.auth import Credentials
from fake_relay.protocol.dsn import canonical_project_id, is_project_id
from fake_relay.records import Inbound

KEYLESS_PROJECT = "0"
"""The project of requests whose path names none and whose key is not configured."""

FORWARDED_HEADERS = (
    "cf-connecting-ip",
    "x-vercel-forwarded-for",
    "x-sentry-forwarded-for",
    "x-forwarded-for",
)


def project_of(place: Place) -> str:
    """The project id in the path; raises when it is not an unsigned 64-bit integer."""
    project = place.project or ""
    if "%" in project:
        project = unquote(project)
    found = _canonical(project)
    if found is None:
        raise RequestRefused(
            "bad project path parameter",
            f"{project!r:.80} is not an unsigned integer",
            reason="project_id",
        )
    return found


@lru_cache(maxsize=256)
def _canonical(project: str) -> str | None:
    return canonical_project_id(project) if is_project_id(project) else None


def project_of_key(public_key: str, config: RelayConfig) -> str:
    """The project of a request that names only a key (PROTOCOL.md 2, `/api/store/`).

    It is the first configured project that lists the key. When none does, open mode has
    project 0 for it, and strict mode refuses.
    """
    for project in config.projects:
        if public_key in project.public_keys:
            return project.project_id
    if config.strict:
        raise UnknownProject("event submission rejected with_reason: ProjectId")
    return KEYLESS_PROJECT


def credentials_of(inbound: Inbound, place: Place, config: RelayConfig) -> Credentials | None:
    """The credentials outside of the body; None when there are none."""
    return auth.from_request(inbound.headers, inbound.query, place.key, strict_key=config.strict)


def required(credentials: Credentials | None) -> Credentials:
    """The same credentials; raises when there are none."""
    if credentials is None:
        raise BadAuth("missing authorization information")
    return credentials


def check_known(project: str, public_key: str, config: RelayConfig) -> None:
    """In strict mode, refuse projects that are not configured and keys that are not theirs."""
    if not config.strict:
        return
    known = config.project(project)
    if known is None or (known.public_keys and public_key not in known.public_keys):
        raise UnknownProject("event submission rejected with_reason: ProjectId")


def client_address(headers: Mapping[str, str], peer: str) -> str:
    """The address that `{{auto}}` stands for: the first of a forwarding chain, else the peer."""
    for name in FORWARDED_HEADERS:
        if name in headers and (chain := header_text(headers, name)):
            return chain.partition(",")[0].strip()
    return peer


def header_text(headers: Mapping[str, str], name: str) -> str:
    """A header's value as text that can be stored; empty when there is none."""
    value = headers.get(name, "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
