"""Errors that are not the page's own: browser extensions, ad-ware, injected scripts.

The lists hold what such software is known to throw, and where its scripts come from.
May import: pipeline.filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fake_relay.items.facts import text_of
from fake_relay.pipeline.filters.subject import Subject, mapping, sequence, string

_MESSAGES: Final = (
    # Extensions that lost their context, and Chrome's own complaints about them.
    r"Extension context invalidated",
    r"The message port closed before a response was received",
    r"Could not establish connection\. Receiving end does not exist",
    # Tool bars and ad-ware that look for themselves in every page.
    r"top\.GLOBALS",
    r"originalCreateNotification",
    r"canvas\.contentDocument",
    r"MyApp_RemoveAllHighlights",
    r"atomicFindClose",
    r"conduitPage",
    r"\bfb_xd_fragment\b",
    r"Can't find variable: (?:ZiteReader|gmo|_?AutoFillPopupClose|LIDNotify|PaymentAutofill\w*)",
    r"(?:ComboSearch|jigsaw|vid_mate_check|ztePageScrollModule|extensionToken) is not defined",
    r"http://loading\.retry\.widdit\.com/",
    r"plugin\.setSuspendState is not a function",
    r"__gCrWeb\b",
    r"__firefox__\b",
    r"_avast_submit",
    r"instantSearchSDKJSBridgeClearHighlight",
    # Internet Explorer's word for a script that an extension took away.
    r"Can't execute code from a freed script",
)
_SOURCES: Final = (
    r"^(?:chrome|moz|safari|safari-web|ms-browser)-extension://",
    r"^(?:chrome|webkit-masked-url|resource)://",
    r"\bgraph\.facebook\.com\b",
    r"\bconnect\.facebook\.net/en_US/all\.js",
    r"\beatdifferent\.com\.woopra-ns\.com\b",
    r"\bstatic\.woopra\.com/js/woopra\.js",
    r"127\.0\.0\.1:4001/isrunning",
    r"\bwebappstoolbarba\.texthelp\.com/",
    r"\bmetrics\.itunes\.apple\.com\.edgesuite\.net/",
    r"\bkaspersky-labs\.com\b",
)
_is_message = re.compile("|".join(_MESSAGES), re.IGNORECASE).search
_is_source = re.compile("|".join(_SOURCES), re.IGNORECASE).search

ANONYMOUS: Final = frozenset({"", "<anonymous>", "[native code]"})


def is_of_extension(subject: Subject) -> bool:
    """Whether the first exception's value or the last frame with a path is an extension's."""
    exceptions = subject.exceptions
    if not exceptions:
        return False
    value = text_of(exceptions[0].get("value"))
    if value and _is_message(value):
        return True
    path = _last_path(exceptions[0])
    return bool(path) and _is_source(path) is not None


def _last_path(exception: Mapping[str, Any]) -> str:
    frames = list(sequence(mapping(exception.get("stacktrace")).get("frames")))
    for frame in map(mapping, reversed(frames)):
        path = string(frame.get("abs_path")) or string(frame.get("filename"))
        if path not in ANONYMOUS:
            return path
    return ""
