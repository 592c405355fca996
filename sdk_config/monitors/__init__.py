"""What watches over an application's database, tasks and cron jobs.

Rule: a monitor sees, counts and tells; the work itself, its results and its errors stay as they
are. What the SDK's own integrations report is not reported again.
May import: performance, spans, runtime; sentry_sdk; SQLAlchemy's events, lazily.
"""

from __future__ import annotations

from sdk_config.monitors.check_ins import Cron, cron
from sdk_config.monitors.database import DatabaseMonitor, PoolState, Queries
from sdk_config.monitors.sessions import MonitoredSession, monitored_session
from sdk_config.monitors.tasks import TaskCounts, TaskMonitor

database_monitor = DatabaseMonitor()
"""One for the process, as S3 has it: `database_monitor.attach(engine)`."""

celery_monitor = TaskMonitor()
"""One for the process, as S3 has it: `@celery_monitor.monitor_task_execution("send_mail")`."""

__all__ = [
    "Cron",
    "DatabaseMonitor",
    "MonitoredSession",
    "PoolState",
    "Queries",
    "TaskCounts",
    "TaskMonitor",
    "celery_monitor",
    "cron",
    "database_monitor",
    "monitored_session",
]
