"""A small web shop with the real Sentry SDK, as an application would set it up.

It knows nothing of fake-relay: the DSN in its environment is all that points it anywhere.
`fake-relay demo` runs a copy of this file, named shop.py.
May import: sentry_sdk.
"""

import atexit
import logging
import os
import time
from typing import Any

import sentry_sdk
from sentry_sdk.crons import monitor

PRICES = {"sku-17": 30, "sku-23": 45}


class CardDeclined(Exception):
    """The bank says no."""


class Bored(Exception):
    """Nothing that anybody wants to hear of; `before_send` filters it."""


def before_send(event: Any, hint: dict[str, Any]) -> Any:
    """Keep what is not worth an event at home."""
    raised = hint.get("exc_info", (None,))[0]
    return None if raised is Bored else event


def sample(context: dict[str, Any]) -> float:
    """Trace everything but the health checks."""
    return 0.0 if context["transaction_context"]["name"] == "/health" else 1.0


def start() -> None:
    """Set the SDK up as for production."""
    takes_logs = "enable_logs" in sentry_sdk.consts.DEFAULT_OPTIONS
    options: dict[str, Any] = {"enable_logs": True} if takes_logs else {}
    sentry_sdk.init(
        dsn=os.environ["SENTRY_DSN"],
        release="shop@2.0.1",
        environment="staging",
        traces_sampler=sample,
        before_send=before_send,
        **options,
    )
    scope = sentry_sdk.get_isolation_scope()
    scope.start_session(session_mode="application")
    atexit.register(scope.end_session)
    sentry_sdk.set_tag("plan", "pro")
    sentry_sdk.set_user({"id": "7", "username": "ada"})


@monitor(monitor_slug="nightly-stock")
def count_stock() -> int:
    """A cron job; its monitor checks in at the beginning and at the end."""
    return sum(PRICES.values())


def product_page() -> None:
    """A request with a slow query, a call to another service, and time unaccounted for."""
    name = "/product/{sku}"
    with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(op="http.server", name=name):
        with sentry_sdk.start_span(op="db.query", name="SELECT * FROM products WHERE sku = %s"):
            time.sleep(0.02)
        with sentry_sdk.start_span(op="http.client", name="GET https://stock.internal/sku-17"):
            with sentry_sdk.start_span(op="cache.get", name="stock:sku-17"):
                time.sleep(0.004)
            time.sleep(0.012)
        time.sleep(0.015)


def health() -> None:
    """Sampled out by `sample`."""
    name = "/health"
    with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(op="http.server", name=name):
        pass


def wait_for_customers() -> None:
    """Raises what `before_send` filters."""
    try:
        raise Bored("nobody came")
    except Bored:
        sentry_sdk.capture_exception()


def pay(order: dict[str, Any], limit: int) -> int:
    """Charge the card."""
    total: int = sum(PRICES[sku] * amount for sku, amount in order["lines"].items())
    if total > limit:
        raise CardDeclined(f"card declined: {total} is over the limit of {limit}")
    return total


def checkout() -> None:
    """The purchase that fails, with what led to it."""
    order = {"id": "A-1001", "lines": {"sku-17": 1, "sku-23": 2}}
    sentry_sdk.add_breadcrumb(category="cart", message="2 products in the cart", data=order)
    sentry_sdk.add_breadcrumb(category="bank", message="asked for 120", level="warning")
    sentry_sdk.get_current_scope().add_attachment(
        bytes=b"sku,amount\nsku-17,1\nsku-23,2\n", filename="cart.csv", content_type="text/csv"
    )
    pay(order, limit=100)


def main() -> None:
    """A working day."""
    start()
    count_stock()
    product_page()
    health()
    wait_for_customers()
    logging.getLogger("shop").warning("stock of %s is low: %d left", "sku-23", 3)
    sentry_sdk.capture_message("two customers today", level="warning")
    checkout()  # Nobody handles this: the SDK's excepthook reports it.


if __name__ == "__main__":
    main()
