"""Crawlers, by their User-Agent.

May import: pipeline.filters.
"""

from __future__ import annotations

import re
from typing import Final

from fake_relay.pipeline.filters.subject import Subject

_NAMES: Final = (
    # Words that crawlers of all kinds put into their names; Cubot makes telephones.
    r"(?:(?<!cu)bot|crawl(?:er)?|spider|archiver|transcoder|scraper|fetcher|uptime|validator)\b",
    r"\b(?:bot|crawl|spider)",
    # Names that say nothing of the kind.
    r"mediapartners-google",
    r"google(?:-read-aloud|-inspectiontool|-extended|other|weblight|imageproxy)",
    r"feedfetcher",
    r"bingpreview",
    r"slurp",
    r"ia_archiver",
    r"facebookexternalhit|facebookcatalog|meta-externalagent",
    r"pinterest/",
    r"w3c_\w+",
    r"calypso appcrawler",
    r"yandeximages|baiduspider|sogou",
)
_ALLOWED: Final = (
    # They look at a page because a person asked for it, or for Sentry itself.
    r"slackbot\s1\.\d+",
    r"sentryuptimebot",
    r"chatgpt-user",
)
_is_crawler = re.compile("|".join(_NAMES), re.IGNORECASE).search
_is_allowed = re.compile("|".join(_ALLOWED), re.IGNORECASE).search


def is_crawler(subject: Subject) -> bool:
    """Whether the User-Agent is a crawler's, and not one of those that act for a person."""
    agent = subject.user_agent
    return bool(agent) and _is_crawler(agent) is not None and _is_allowed(agent) is None
