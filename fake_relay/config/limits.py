"""Sizes, counts and ages above which Relay refuses or drops (PROTOCOL.md 3.2 and 8.3).

May import: config.setting.
"""

from __future__ import annotations

from dataclasses import dataclass

from fake_relay.config.setting import KIB, MIB, setting

DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, ages in seconds, with Relay's names and defaults."""

    max_envelope_size: int = setting(
        200 * MIB, "largest body of the envelope door, before and after decoding"
    )
    max_store_size: int = setting(
        1 * MIB, "largest body of the legacy store door, before and after decoding"
    )
    max_event_size: int = setting(
        1 * MIB, "largest event, transaction, feedback, security report, replay event or form data"
    )
    max_attachment_size: int = setting(
        200 * MIB, "largest attachment, Unreal report or user report"
    )
    max_attachments_size: int = setting(200 * MIB, "the same, all of an envelope together")
    max_attachment_count: int = setting(30, "how many of them an envelope may hold")
    max_upload_size: int = setting(1024 * MIB, "largest upload in parts, and largest minidump")
    max_client_reports_size: int = setting(
        100 * KIB, "client reports of an envelope, all of them together"
    )
    max_client_reports_count: int = setting(100, "client reports of an envelope")
    max_check_in_size: int = setting(100 * KIB, "largest check-in")
    max_sessions_size: int = setting(
        10 * MIB, "sessions and aggregates of an envelope, all of them together"
    )
    max_session_count: int = setting(100, "sessions and aggregates of an envelope")
    max_profile_size: int = setting(50 * MIB, "largest profile or profile chunk")
    max_trace_metric_size: int = setting(1 * MIB, "largest metric in a container")
    max_log_size: int = setting(2 * MIB, "largest log record in a container")
    max_span_size: int = setting(10 * MIB, "largest span, in a container or alone")
    max_standalone_span_count: int = setting(
        25, "spans of an envelope that are in no container, the old way"
    )
    max_container_size: int = setting(12 * MIB, "largest container of logs, metrics or spans")
    max_metric_buckets_size: int = setting(1 * MIB, "largest item of metric buckets")
    max_replay_compressed_size: int = setting(10 * MIB, "largest replay recording or video")
    max_replay_uncompressed_size: int = setting(
        100 * MIB, "largest replay recording once it is inflated"
    )
    max_age: int = setting(
        90 * DAY, "age at which logs, metrics, spans and client reports are refused"
    )
    max_session_age: int = setting(5 * DAY, "age at which sessions are refused")
    max_transaction_age: int = setting(5 * DAY, "age at which transactions are refused")
    max_secs_in_future: int = setting(
        60, "how far ahead transactions, sessions and client reports may be"
    )
