"""`python -m deploy.observability.dashboards`: writes the dashboards as JSON into the folder beside this file."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.observability.panels import Dashboard, chart, quantiles, stat

FOLDER = Path(__file__).parent / "dashboards"
_ANSWERS = "content_exports_http_answers_total"

OVERVIEW = Dashboard(
    "overview",
    "Overview",
    (
        stat("Exports that wait or run", "short", "sum(content_exports_unfinished)"),
        stat("The oldest of them", "s", "max(content_exports_unfinished_oldest_seconds)"),
        chart(
            "Exports that ended, a minute", "short",
            ("sum by (export_type, outcome) (rate(content_exports_attempts_total[5m])) * 60", "{{export_type}} {{outcome}}"),
        ),
        chart("From request to end", "s", *quantiles("content_exports_end_to_end_seconds", "export_type")),
        chart("Answers, a second", "short", (f"sum by (status) (rate({_ANSWERS}[5m]))", "{{status}}")),
        chart(
            "Share of answers that are errors of ours", "percentunit",
            (f'(sum(rate({_ANSWERS}{{status=~"5.."}}[5m])) or vector(0)) / sum(rate({_ANSWERS}[5m]))', "5xx"),
            description="The objective is 0.1 %.",
        ),
        chart("Time of requests", "s", *quantiles("content_exports_http_request_seconds", "method")),
        chart("Processes", "short", ("count by (service, version) (content_exports_build_info)", "{{service}} {{version}}")),
    ),
)  # fmt: skip

EXPORT = Dashboard(
    "export",
    "One export",
    (
        chart("Wait for the first attempt", "s", *quantiles("content_exports_queue_wait_seconds", "export_type")),
        chart("Attempts that succeed", "s", *quantiles("content_exports_attempt_seconds", "export_type")),
        chart("Bytes of packages", "bytes", *quantiles("content_exports_package_bytes", "export_type")),
        chart(
            "Warnings, an hour", "short",
            ("sum by (code) (rate(content_exports_warnings_total[1h])) * 3600 or vector(0)", "{{code}}"),
        ),
        chart(
            "Attempts that do not succeed, an hour", "short",
            (
                'sum by (outcome, code) (rate(content_exports_attempts_total{outcome!="exported"}[1h])) * 3600',
                "{{outcome}} {{code}}",
            ),
        ),
        chart(
            "Requests for dry runs, a minute", "short",
            ("sum by (outcome) (rate(content_exports_plan_requests_total[5m])) * 60 or vector(0)", "{{outcome}}"),
        ),
    ),
)  # fmt: skip

WORKERS = Dashboard(
    "workers",
    "Workers",
    (
        chart("Exports that are built", "short", ("content_exports_running", "{{instance}}")),
        chart(
            "Exports that wait", "short",
            ('sum by (export_type) (content_exports_unfinished{workflow_state="created"})', "{{export_type}}"),
        ),
        chart(
            "Workers that take no work", "short",
            ("max by (instance, cause) (content_exports_worker_paused) or vector(0)", "{{instance}} {{cause}}"),
        ),
        chart(
            "Put back on the queue, and given up, an hour", "short",
            ("sum(increase(content_exports_requeued_total[1h]))", "put back"),
            ("sum(increase(content_exports_given_up_total[1h]))", "given up"),
        ),
        chart("Memory", "bytes", ("process_resident_memory_bytes", "{{job}} {{instance}}")),
        chart("Processor", "percentunit", ("rate(process_cpu_seconds_total[5m])", "{{job}} {{instance}}")),
        chart("Lag of event loops", "s", *quantiles("content_exports_event_loop_lag_seconds", "instance", (0.99,))),
        chart("Waits for a database connection", "s", *quantiles("content_exports_database_wait_seconds", "instance", (0.99,))),
        chart("Threads that never returned", "short", ("content_exports_worker_threads_stuck", "{{instance}}")),
        chart(
            "Loads of packages, an hour", "short",
            ("sum by (outcome, code) (rate(content_exports_load_attempts_total[1h])) * 3600 or vector(0)", "{{outcome}} {{code}}"),
        ),
    ),
)  # fmt: skip

MESSAGES = Dashboard(
    "messages",
    "Messages",
    (
        chart("Messages that wait for RabbitMQ", "short", ("max(content_exports_outbox_messages)", "messages")),
        chart("The oldest of them", "s", ("max(content_exports_outbox_oldest_seconds)", "age")),
        chart(
            "Messages sent, a second", "short",
            ("sum by (exchange) (rate(content_exports_relay_messages_total[5m]))", "{{exchange}}"),
        ),
        chart(
            "Commands, a minute", "short",
            (
                "sum by (type, outcome) (rate(content_exports_commands_total[5m])) * 60 or vector(0)",
                "{{type}} {{outcome}}",
            ),
        ),
        chart("The oldest command in work", "s", ("max by (job) (content_exports_commands_oldest_seconds)", "{{job}}")),
        chart(
            "Queues of the broker", "short",
            ("sum by (queue) (rabbitmq_detailed_queue_messages_ready)", "{{queue}}"),
            description="Of the plugin rabbitmq_prometheus.",
        ),
        chart("Open event streams", "short", ("sum by (follows) (content_exports_event_streams_open) or vector(0)", "{{follows}}")),
        chart("Delay of events on streams", "s", *quantiles("content_exports_event_stream_lag_seconds", "instance", (0.5, 0.99))),
        chart(
            "Notifications, a minute", "short",
            (
                "sum by (channel, outcome) (rate(content_exports_notifications_total[5m])) * 60 or vector(0)",
                "{{channel}} {{outcome}}",
            ),
        ),
        chart(
            "Content by messages and loads, a minute", "short",
            (
                "sum by (kind, outcome) (rate(content_exports_content_objects_total[5m])) * 60 or vector(0)",
                "{{kind}} {{outcome}}",
            ),
        ),
    ),
)  # fmt: skip

STORE = Dashboard(
    "store",
    "Store and database",
    (
        chart(
            "Free space of the store", "bytes",
            ("content_exports_store_free_bytes", "free"), ("content_exports_store_size_bytes", "size"),
            description="Of a folder; a bucket has its own metrics.",
        ),
        chart(
            "Bytes removed, an hour", "bytes",
            ("sum by (reason) (rate(content_exports_janitor_removed_bytes_total[1h])) * 3600 or vector(0)", "{{reason}}"),
        ),
        chart("Bytes packed, an hour", "bytes", ("sum by (export_type) (rate(content_exports_package_bytes_sum[1h])) * 3600", "{{export_type}}")),
        chart("Time of downloads", "s", *quantiles("content_exports_http_download_seconds", "route")),
        chart(
            "Passes of the janitor that failed, an hour", "short",
            ("sum by (task) (increase(content_exports_janitor_passes_failed_total[1h])) or vector(0)", "{{task}}"),
        ),
        chart(
            "Since the last pass of a task", "s",
            ("time() - max by (task) (content_exports_janitor_last_pass_timestamp_seconds)", "{{task}}"),
        ),
        chart(
            "Connections to the database", "short",
            ("sum by (job, state) (content_exports_database_connections)", "{{job}} {{state}}"),
        ),
        chart(
            "Rows removed, an hour", "short",
            ("sum(increase(content_exports_janitor_events_pruned_total[1h]))", "events"),
            ("sum(increase(content_exports_janitor_audit_rows_pruned_total[1h]))", "audit log"),
            ("sum(increase(content_exports_janitor_deliveries_pruned_total[1h]))", "deliveries"),
        ),
    ),
)  # fmt: skip

DASHBOARDS = (OVERVIEW, EXPORT, WORKERS, MESSAGES, STORE)


def rendered(dashboard: Dashboard) -> str:
    """The text of the file of a dashboard."""
    return json.dumps(dashboard.document(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for dashboard in DASHBOARDS:
        (FOLDER / f"{dashboard.name}.json").write_text(rendered(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
