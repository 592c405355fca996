"""Health and metrics over HTTP."""

from __future__ import annotations

import json

from prometheus_client.parser import text_string_to_metric_families

from fake_relay import __version__


async def test_health_tells_what_runs_and_what_is_stored(server):
    await server.send(b"{}", b"{}")
    status, health = await server.get("/health")
    assert health.pop("uptime") >= 0
    assert (status, health) == (
        200,
        {
            "status": "ok",
            "version": __version__,
            "position": 2,
            "store": {
                "url": "memory:",
                "position": 2,
                "projects": 1,
                "items": 2,
                "envelopes": 2,
                "forgotten_projects": 0,
            },
            "forwarding": "off",
            "faults": 0,
        },
    )


async def metrics_of(server) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and label values."""
    async with server.client.get("/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_count_requests_items_refusals_and_outcomes(server):
    await server.send(b"{}", b"{}")
    await server.send(b"{}", item_type="made-up")
    async with server.client.post("/api/42/envelope/", data=b"{}") as response:
        assert response.status == 401
    found = await metrics_of(server)
    assert found["fake_relay_requests_total", "envelope", "200"] == 3
    assert found["fake_relay_requests_total", "envelope", "401"] == 1
    assert found["fake_relay_items_total", "event"] == 2
    assert found["fake_relay_items_total", "unknown"] == 1
    assert found["fake_relay_refused_total", "envelope", "auth_client"] == 1
    assert found["fake_relay_outcomes_total", "error", "accepted", ""] == 2
    assert found["fake_relay_store_position",] == 3
    assert found["fake_relay_forgotten_projects_total",] == 0
    assert found["fake_relay_batch_requests_sum",] == 4
    assert found["fake_relay_batch_requests_bucket", "+Inf"] >= 1


async def test_what_sdks_report_cannot_make_labels_without_bound(server):
    report = {
        "discarded_events": [
            {"reason": f"made up {n}", "category": f"odd {n}", "quantity": 1} for n in range(50)
        ]
        + [{"reason": "before_send", "category": "error", "quantity": 3}]
    }
    await server.send(json.dumps(report).encode(), item_type="client_report")
    found = await metrics_of(server)
    discards = {labels[1:]: n for labels, n in found.items() if "client_discard" in labels}
    assert discards == {
        ("unknown", "client_discard", "other"): 50,
        ("error", "client_discard", "before_send"): 3,
    }


async def test_two_servers_in_one_process_count_apart(start):
    first, second = await start(), await start()
    await first.send(b"{}")
    assert ("fake_relay_items_total", "event") in await metrics_of(first)
    assert ("fake_relay_items_total", "event") not in await metrics_of(second)


async def test_metrics_tell_how_forwarding_goes(server):
    nobody = {"dsn": "http://k@127.0.0.1:9/1", "scrub": False, "enabled": True}
    async with server.client.put("/relay/v1/forward/upstreams/up", json=nobody) as response:
        assert response.status == 200, await response.text()
    await server.client.post("/relay/v1/forward/pause")
    await server.send(b"{}")
    found = await metrics_of(server)
    assert found["fake_relay_forward_enabled", "up"] == 1
    assert found["fake_relay_forward_paused", "up"] == 1
    assert found["fake_relay_forward_queued", "up"] == 1
    assert found["fake_relay_forward_sent_total", "up"] == 0
    assert found["fake_relay_forward_oldest_timestamp_seconds", "up"] > 1.7e9
