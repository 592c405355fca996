"""A small shop whose SDK has something to tell; `screenshots.py` takes its pictures.

Run with SENTRY_DSN set; `rounds` on the command line is how many requests it serves.
May import: sentry_sdk.
"""

from __future__ import annotations

import io
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import sentry_sdk
from sentry_sdk import logger
from sentry_sdk.crons import capture_checkin
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

dice = random.Random(7)


class PaymentDeclined(Exception):
    """The bank said no."""


def reserve(basket: dict[str, int]) -> None:
    """Take what was ordered from the shelf."""
    with sentry_sdk.start_span(op="db", name="SELECT stock FROM shelf WHERE sku = %s"):
        time.sleep(0.012)
    with sentry_sdk.start_span(op="db", name="UPDATE shelf SET stock = stock - %s"):
        time.sleep(0.006)
    if dice.random() < 0.2:
        raise KeyError("sku-1408")


def charge(amount: float, card: str) -> str:
    """Ask the bank for the money."""
    answers = {"4111": "ok"}
    with sentry_sdk.start_span(op="http.client", name="POST https://bank.example/charge"):
        time.sleep(0.02)
        try:
            return answers[card[:4]]
        except KeyError as error:
            raise PaymentDeclined(f"card {card} was declined for {amount:.2f}") from error


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """The shop's checkout."""
    sentry_sdk.set_user({"id": "42", "email": "ada@example.com", "username": "ada"})
    sentry_sdk.set_tag("plan", dice.choice(("free", "pro")))
    sentry_sdk.set_tag("shop", "north")
    sentry_sdk.set_context("basket", {"articles": 3, "currency": "EUR", "total": 61.9})
    for category, message in (
        ("auth", "signed in"),
        ("navigation", "/basket -> /checkout"),
        ("query", "SELECT * FROM baskets WHERE customer = 42"),
        ("bank", "asks for a second factor"),
    ):
        level = "warning" if category == "bank" else "info"
        sentry_sdk.add_breadcrumb(category=category, message=message, level=level)
    logger.info("checkout of {articles} articles", articles=3)
    reserve({"sku-1408": 1})
    password = "hunter22"  # noqa: F841 - a local that the SDK picks up, and Sentry scrubs
    charge(61.9, dice.choice(("4111111111111111", "5500005555555559", "4111111111111111")))
    start("200 OK", [])
    return [b"thank you"]


def serve_one() -> None:
    """One request, as a server would give it to the application."""
    body = b'{"articles": 3, "note": "leave it at the door"}'
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/checkout",
        "QUERY_STRING": "campaign=spring",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "80",
        "HTTP_HOST": "shop.example",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        "HTTP_COOKIE": "session=b1946ac92492d2347c6235b4d2611184",
        "HTTP_AUTHORIZATION": "Bearer 7f3a9c0de",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "203.0.113.7",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    with suppress(PaymentDeclined, KeyError):
        list(SentryWsgiMiddleware(application)(environ, lambda *_: lambda _: None))


def drop_noise(event: Any, hint: Any) -> Any:
    """Discard what nobody wants to read."""
    return None if "noise" in str(event.get("message")) else event


def main() -> None:
    """Serve some requests, run a job, and tell of it."""
    sentry_sdk.init(
        dsn=os.environ["SENTRY_DSN"],
        release="shop@2.4.1",
        environment="staging",
        send_default_pii=True,
        traces_sample_rate=1.0,
        profiles_sample_rate=1.0,
        enable_logs=True,
        before_send=drop_noise,
    )
    begun = capture_checkin(monitor_slug="nightly-report", status="in_progress")
    for number in range(int(sys.argv[1])):
        serve_one()
        if number % 4 == 0:
            sentry_sdk.capture_message("noise")
        if number % 5 == 0:
            sentry_sdk.capture_message("ChunkLoadError: loading chunk 7 failed", level="error")
        if number % 6 == 0:
            sentry_sdk.capture_message("the warehouse answers slowly", level="warning")
        sentry_sdk.metrics.count("orders", 1, attributes={"shop": "north"})
        time.sleep(dice.uniform(0.05, 1.2))
    capture_checkin(monitor_slug="nightly-report", check_in_id=begun, status="ok", duration=3.2)
    with sentry_sdk.new_scope() as scope:
        scope.add_attachment(bytes=b"order;sku;amount\n1;sku-1408;61.90\n", filename="orders.csv")
        sentry_sdk.capture_message("the report has gaps", level="warning")
    sentry_sdk.flush(10)


main()
