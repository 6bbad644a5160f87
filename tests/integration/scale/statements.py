"""The statements on tables that grow, as the query modules have them, each with values that are like those of its callers."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.adapters import postgres
from shared.contracts.topology import REQUESTS
from shared.domain.export import ExportType, WorkflowState

LARGE = frozenset(
    {
        *("content_exports", "progress", "attachments", "package_entries", "export_reports", "export_events"),
        *("audit_log", "idempotency_keys", "deliveries", "removals", "export_attempts"),
    }
)
_STATEMENT = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b")
_NAMED = re.compile(r"\b(" + "|".join(sorted(LARGE)) + r")\b")

_TYPES = [each.value for each in ExportType]
_STATES = [each.value for each in WorkflowState if each is not WorkflowState.DELETED]
_CC, _COURSE, _EXPORT = "common_cartridge", "Course", 9_000
_MONTH_S = 30 * 86_400.0
_ACTOR = (1, None, "token", "127.0.0.1", "request")
_LISTED = (_COURSE, 1, _STATES, _TYPES[:2], 1, _TYPES[2:], None, None)
_NOW = datetime.now(UTC)
_ROWS = (_STATES, _TYPES, None, None, None, None, None, None, None, 2**62, 11)
_AGO = _NOW - timedelta(days=1)
_PACKAGE = (["key"], ["name"], ["application/zip"], [1], ["a"], [1])
_MEMBER = (["path"], [1], [1], [1], [1], ["a"], ["pages"], [1], ["title"], [1])
_MESSAGE: dict[str, Any] = {}

# What a process does each second, or each few minutes, whether or not there is anything to do.
PERIODIC: dict[str, tuple[Any, ...]] = {
    "unfinished._REQUEUE_DUE": (5, 100, None, REQUESTS, _MESSAGE),
    "unfinished._REQUEUE_SENT_AGAIN": (60.0, 100, None, REQUESTS, _MESSAGE),
    "unfinished._REQUEUE_WAITING": (60.0, _TYPES, 16, REQUESTS, _MESSAGE),
    "unfinished._GIVE_UP": (5, 100),
    "unfinished.DUE": (100,),
    "unfinished.SENT_AGAIN": (60.0, 100),
    "unfinished.WAITING": (60.0, _TYPES, 16),
    "unfinished._BACKLOG": ("created", _CC, None, 0),
    "events.earlier_events._CONVERT": (500,),
    "events.event_publication._PROGRESS": ([1, 2, 3],),
    "events.event_publication._STATES": (list(range(8)), [9_000] * 8, 9_000, 29_000, 512),
    "leases._CLAIM": (_CC, 30.0, "worker", 5),
    "notices.deliveries._CLAIM": ("mail", "", [], 16, 4, 60.0),
    "notices.deliveries._OLDEST_DUE": ("mail",),
    "notices.deliveries._PRUNE": (_MONTH_S, 50),
    "notices.mail_rows._LOOK_AT": (3 * 86_400.0, 100),
    "operator.pauses._UNCOUNT": (),
    "operator.quarantine._QUARANTINE": (3, 3600.0, 20, "quarantine", _TYPES),
    "packages.package_scrubs.DUE": (_AGO, 20),
    "packages.package_scrubs._DAMAGED": (),
    "packages.package_scrubs._RECORD": (_EXPORT, "intact"),
    "queue_views.SAMPLES": (_CC, 50),
    "queue_views.FRONT_OF": (_CC, 50),
    "queue_views.LAST_OF": (_CC,),
    "queue_views.STRETCHES_OF": (_CC, [1.0, 100.0], 20),
    "queue_views.ARRIVED": (_CC, 600.0, 50),
    "queue_views.BACKLOGS": (_CC, 50),
    "queue_views.BUILDING": (_CC, 50),
    "packages.retention._ENDED": (500,),
    "packages.retention._STORED": (1, 50),
    "packages.retention._OLDEST": (10_000, 10_100, list(range(1, 21)), 86_400.0),
    "events.old_events._PRUNE": (_MONTH_S, 0, 50),
    "packages.old_exports._OLD": (["exported", "failed", "deleted"], _TYPES, _MONTH_S, 200),
    "packages.old_exports._REMOVE": (list(range(1, 51)), ["exported", "failed", "deleted"]),
    "packages.old_exports._REMOVE_REPORTS": (_MONTH_S, 50),
    "audit_log._PRUNE": (_MONTH_S, 50),
    "idempotency._FORGET": (86_400.0, 50),
}
# What a request, a build or an end of a package costs.
OF_A_REQUEST: dict[str, tuple[Any, ...]] = {
    "content_exports.BY_ID": ([_EXPORT, _EXPORT + 1],),
    "content_exports._BY_ATTACHMENT": (_EXPORT,),
    "content_exports._BY_PROGRESS": (_EXPORT,),
    "content_exports._MORE": ([_EXPORT],),
    "content_exports._PROGRESS": (_EXPORT,),
    "content_exports._RECEIPT": (_EXPORT,),
    "content_exports._CANCEL": (_EXPORT, "message", "cancelled", "cancel", *_ACTOR),
    "command_exports._BY_COMMAND": (["service"], ["source"], ["id"]),
    "quota_rows._USAGE": (1, _COURSE, 1, 10, 10, False, False),
    "export_lists.OF_CONTEXT": (*_LISTED, 11, None, 11, 0),
    "export_lists.COUNT": (*_LISTED, 1001),
    "export_lists.OF_ACCOUNT": (_STATES, _TYPES, None, None, None, 11),
    "export_lists.OF_USER": (_STATES, _TYPES, None, None, None, 11, 1),
    "idempotency._TAKE": ("owner", "route", "key", b"", 86_400.0),
    "idempotency._ANSWERED": ("owner", "route", "key"),
    "idempotency._REMEMBER": ("owner", "route", "key", _EXPORT, 200, b""),
    "idempotency._IDENTICAL": (1, _CC, _COURSE, 1, {}),
    "idempotency._LIVE_RETRY": (_EXPORT,),
    "leases._REPORT": (_EXPORT, 1, 30.0, 50.0, {}),
    "leases._FINISH": (_EXPORT, 1, 0, {}, 1.0, *_PACKAGE, *_MEMBER, None),
    "leases._OWN": (_EXPORT, 1),
    "leases._FAIL": (_EXPORT, 1, "code", "message", None, None),
    "leases._RELEASE": (_EXPORT, 1, 1.0, False, "worker", "released", None, None, None),
    "events.event_replay._ALL": (1000, 20_000, 250, [], None),
    "events.event_replay._OF_CONTEXT": (1000, 20_000, 250, [], None, _COURSE, 1),
    "events.event_replay._NEXT": (1000,),
    "events.export_events._AFTER_OF_PROGRESS": ([_EXPORT], [0], 250),
    "events.export_events._AFTER_OF_CONTEXT": ([_COURSE], [1], [0], 250),
    "events.export_events._NEWEST_OF_PROGRESS": (_EXPORT,),
    "events.export_events._BY_ID": (_EXPORT,),
    "events.export_events._BY_IDS": ([_EXPORT, _EXPORT + 1],),
    "events.export_events._NEWEST_ID_OF_CONTEXT": (_COURSE, 1),
    "events.export_events._UNFINISHED": (_COURSE, 1),
    "notices.deliveries._RECORD": (1, 1, "delivered", 0.0, 200, None, 1),
    "notices.deliveries._PAGE": ("mail", "1", None, 11),
    "notices.deliveries._AGAIN": ("mail", "1", 1),
    "notices.deliveries._OF_EVENT": ("event-1", "mail", "1"),
    "notices.deliveries._WAITING_OF_TYPE": ("mail", "1", "content_export.exported.v1"),
    "notices.mail_rows._DOWNLOADED": (_EXPORT, "download"),
    "notices.mail_rows._EXPIRING": ([1, 2, 3], "download"),
    "operator.export_actions._REQUEUE": ([_EXPORT], REQUESTS, _MESSAGE, "requeue", *_ACTOR),
    "operator.export_actions._STATES": ([_EXPORT],),
    "operator.failed_exports._FAILED": ("store_unavailable", _AGO, _NOW, None, None, None, None, 100),
    "operator.explained_exports._ATTEMPTS": (_EXPORT,),
    "operator.explained_exports._EVENTS": (_EXPORT, 50),
    "operator.explained_exports._MORE": (_EXPORT,),
    "operator.explained_exports._NOTICES": (_EXPORT, 50),
    "operator.explained_exports._TURN": (_EXPORT, 100),
    "operator.explained_exports._WARNINGS": (_EXPORT,),
    "operator.export_rows.ROWS": ([_EXPORT],),
    "operator.export_rows.OF_IDS": (*_ROWS, [_EXPORT]),
    "operator.export_rows.OF_CONTEXT": (*_ROWS[:3], _COURSE, 1, *_ROWS[5:]),
    "operator.export_rows.OF_WORKER": (*_ROWS[:5], "worker", *_ROWS[6:]),
    "operator.export_rows.OF_CODE": (*_ROWS[:6], "store_unavailable", *_ROWS[7:], None),
    "operator.pauses._OF_EXPORT": (_EXPORT,),
    "operator.overview.HOURS": (_TYPES, 24, 5000),
    "operator.overview.LANES": (_TYPES, 10_000),
    "operator.overview.TYPES": (_TYPES,),
    "operator.worker_processes._ALL": (),
    "operator.worker_processes._ONE": ("worker",),
    "packages.package_entries._PAGE": (_EXPORT, 0, 10),
    "packages.package_entries._ONE": (_EXPORT, "imsmanifest.xml"),
    "packages.package_entries._REMOVE": (_EXPORT,),
    "packages.retention._GIVE_UP": ([_EXPORT], "expired", "janitor"),
    "packages.retention._STOP": (_EXPORT,),
    "packages.retention._DELETE": (_EXPORT,),
    "packages.retention._UNWANTED": (["key"], [_EXPORT], [1]),
}
# Parts of other statements, insertions of rows, and what an operator asks for now and then.
NOT_EXPLAINED = frozenset(
    {
        *("content_exports._COLUMNS", "content_exports.FIRST", "content_exports._INSERT", "export_lists._MERGED"),
        *(
            "packages.package_entries._READ",
            "operator.worker_processes._SELECT",
            "export_lists._OF_CONTEXT",
            "events.old_events._COUNT",
        ),
        *("events.event_replay._EVENTS", "events.export_events._EVENTS", "unfinished._WAITING"),
        *("audit_log._RECORD", "audit_log._PAGE", "notices.deliveries._ADD", "packages.retention._NOTE"),
    }
)
_IMPORTED = {("export_lists", "BY_ID"), ("operator.explained_exports", "ROWS")}


def statements() -> Iterator[tuple[str, str]]:
    """(module and name, SQL) of all statements of the query modules that name a large table."""
    for module in pkgutil.walk_packages(postgres.__path__, f"{postgres.__name__}."):
        if not module.ispkg:
            loaded = importlib.import_module(module.name)
            room = module.name.removeprefix(f"{postgres.__name__}.")
            for name, value in vars(loaded).items():
                if (room, name) in _IMPORTED:
                    continue
                if isinstance(value, str) and _STATEMENT.match(value) and _NAMED.search(value):
                    yield f"{room}.{name}", value
