"""Pages that live in Sentry and not in Relay: the crash dialog and the JavaScript loader.

Rule: anybody's page may ask for them, so they tell nothing of what was caught.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from aiohttp import web

from fake_relay.web.sentry_pages import error_page, loader, user_feedback


def add_routes(router: web.UrlDispatcher) -> None:
    """The paths of PROTOCOL.md 2.12."""
    router.add_get(error_page.PATH, error_page.dialog)
    router.add_post(error_page.PATH, error_page.submit)
    router.add_route("OPTIONS", error_page.PATH, error_page.preflight)
    router.add_get(loader.PATH, loader.script)
    router.add_post(user_feedback.PATH, user_feedback.submit)
    router.add_route("OPTIONS", user_feedback.PATH, error_page.preflight)


__all__ = ["add_routes"]
