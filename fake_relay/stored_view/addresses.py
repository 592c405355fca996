"""Whose address `{{auto}}` stands for, and who gets one without asking (PROTOCOL.md 8.1).

Rule: this runs before the library's own normalisation, which copies addresses but does not
know the client's. Nothing is inferred while IP addresses are scrubbed.
May import: nothing of fake_relay.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

AUTO: Final = "{{auto}}"
CLIENT_PLATFORMS: Final = frozenset({"javascript", "cocoa", "objc"})
"""Platforms that run where their user is, so that the sender's address is the user's."""


def infer_addresses(event: dict[str, Any], client_address: str) -> None:
    """Fill in or remove the user's address, as the SDK's `settings.infer_ip` asks.

    `auto` also fills an absent one, `never` removes `{{auto}}`, and nothing said fills an
    absent one for platforms that run at the user's.
    """
    infer = _setting(event)
    if infer == "never":
        _drop_auto(event)
        return
    if not is_address(client_address):
        return
    remote = _environment(event)
    if remote.get("REMOTE_ADDR") == AUTO:
        remote["REMOTE_ADDR"] = client_address
    found = remote.get("REMOTE_ADDR")
    address = found if isinstance(found, str) and is_address(found) else client_address
    user = event.get("user")
    if isinstance(user, dict) and user.get("ip_address") == AUTO:
        user["ip_address"] = address
    elif _asked_for(event, infer) and not (isinstance(user, dict) and user.get("ip_address")):
        _give(event, address)


def is_address(text: Any) -> bool:
    """Whether a text is an IP address of version 4 or 6."""
    try:
        ip_address(text if isinstance(text, str) else "")
    except ValueError:
        return False
    return True


def _asked_for(event: dict[str, Any], infer: str) -> bool:
    return infer == "auto" or event.get("platform") in CLIENT_PLATFORMS or "csp" in event


def _give(event: dict[str, Any], address: str) -> None:
    if event.get("user") is None:
        event["user"] = {}
    if isinstance(event["user"], dict):
        event["user"]["ip_address"] = address


def _setting(event: dict[str, Any]) -> str:
    sdk = event.get("sdk")
    settings = sdk.get("settings") if isinstance(sdk, dict) else None
    found = settings.get("infer_ip") if isinstance(settings, dict) else None
    return found if isinstance(found, str) else ""


def _drop_auto(event: dict[str, Any]) -> None:
    user = event.get("user")
    if isinstance(user, dict) and user.get("ip_address") == AUTO:
        user["ip_address"] = None


def _environment(event: dict[str, Any]) -> dict[str, Any]:
    request = event.get("request")
    found = request.get("env") if isinstance(request, dict) else None
    return found if isinstance(found, dict) else {}
