"""The answers of the admin API, of which the contract's examples are the most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from shared.contracts.admin.admin_bodies import AuditRow
from shared.contracts.api import moment
from shared.contracts.examples import example_of
from shared.contracts.operator import bodies, export_bodies, overview_bodies
from shared.contracts.operator.examples import OPERATOR_EXAMPLES
from shared.contracts.webhooks.bodies import WebhookBody, WebhookDeliveryBody
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState
from shared.domain.notices.deliveries import DeliveryState
from shared.domain.operator.export_actions import ActionOutcome

ADMIN = "/api/v1/admin"
WAITS, BUILDS, ENDED = 41, 42, 43  # exports
NOWHERE = "courses/13"  # of which no export is listed, and nothing is paused
_AT = "2026-03-02T09:15:21Z"


class OperatorsApi:
    """What site admins read and change."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        for path, handler in self._reads().items():
            app.router.add_get(path, handler)
        for path, answer in self._changes().items():
            app.router.add_post(f"{ADMIN}/{path}", _always(answer))
        app.router.add_post(f"{ADMIN}/exports/{{action:requeue|fail|cancel}}", self.act)

    def _reads(self) -> dict[str, Any]:
        webhook = "/api/v1/users/self/content_export_webhooks/{webhook}"
        return {
            f"{ADMIN}/exports": self.exports,
            f"{ADMIN}/exports/{{export}}": self.explained,
            f"{ADMIN}/queues": _always(_queues()),
            f"{ADMIN}/hours": self.hours,
            f"{ADMIN}/workers": _always(_workers()),
            f"{ADMIN}/pauses": _always(_pauses()),
            f"{ADMIN}/dead_letters": _always(OPERATOR_EXAMPLES[list[bodies.DeadLetterBody]]),
            f"{ADMIN}/services": _always(OPERATOR_EXAMPLES[list[overview_bodies.ServiceBody]]),
            f"{ADMIN}/settings": _always(OPERATOR_EXAMPLES[list[overview_bodies.SettingBody]]),
            f"{ADMIN}/webhooks": _always([_webhook(5), _webhook(6, "The address answers 410.")]),
            f"{ADMIN}/audit": self.audit,
            webhook: _always(_webhook(5)),
            webhook + "/deliveries": _always(_deliveries()),
            "/openapi.json": _always({"info": {"version": "1.4.0"}}),
            "/readyz": _always({"checks": {"database": "ok", "store": ErrorCode.STORE_UNAVAILABLE.sentence}}),
        }

    def _changes(self) -> dict[str, Any]:
        pauses = ("pauses", "pauses/resume", "quarantine", "quarantine/remove")
        return {
            "workers/drain": OPERATOR_EXAMPLES[bodies.DrainBody],
            "dead_letters/replay": OPERATOR_EXAMPLES[bodies.SettledLettersBody],
            "dead_letters/drop": bodies.SettledLettersBody(settled=[], missing=["5f1e0c3a77d1"], more=False),
            **dict.fromkeys(pauses, OPERATOR_EXAMPLES[bodies.PauseChangeBody]),
        }

    async def exports(self, request: web.Request) -> Any:
        if request.query.get("context") == NOWHERE:
            return []
        if "frogs" in request.query.get("context", ""):
            return web.json_response({"errors": [{"message": "context must be courses/ID"}]}, status=400)
        found = [_export(each) for each in (ENDED, BUILDS, WAITS)]
        following = {"Link": f'<{request.url.with_query(page="bookmark:2")}>; rel="next"'}
        return found, {} if "page" in request.query else following

    async def explained(self, request: web.Request) -> export_bodies.ExplainedExportBody:
        example: export_bodies.ExplainedExportBody = OPERATOR_EXAMPLES[export_bodies.ExplainedExportBody]
        number = int(request.match_info["export"])
        if number == ENDED:
            ended = replace(example.attempts[1], ended_at=_AT, outcome=None)
            return replace(
                example, export=_export(number), attempts=[example.attempts[0], ended], next=["Retry it: `POST …/retry`."],
                warnings={"file_missing": 23}, notices=[export_bodies.NoticeBody(
                    channel="mail", state="delivered", attempt=1, answer=250, updated_at=_AT
                )],
            )  # fmt: skip
        if number == WAITS:
            turn = export_bodies.TurnBody(place=3, held=False, workers=1, slots=2)
            return replace(example, export=_export(number), attempts=[], events=[], turn=turn)
        return example

    async def hours(self, request: web.Request) -> list[overview_bodies.HourBody]:
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return [
            overview_bodies.HourBody(
                export_type=None, began=moment(now - timedelta(hours=back)), exported=412 - 17 * back, failed=back % 4,
                median_wait_s=0.8 + back / 4, longest_wait_s=4.5 + back,
            )
            for back in range(20)
        ]  # fmt: skip

    async def audit(self, request: web.Request) -> Any:
        if request.query.get("since") == "yesterday":
            return web.json_response({"errors": [{"message": "since must be a time"}]}, status=400)
        if request.query.get("user_id") == "99":
            return []
        return [_audited(number) for number in range(6, 0, -1)]

    async def act(self, request: web.Request) -> Any:
        (number,) = (await request.json())["ids"]
        ended, waits = number == ENDED, number == WAITS
        outcome = ActionOutcome.FINISHED if ended else ActionOutcome.SENT_AGAIN if waits else ActionOutcome.TAKEN_BACK
        return [bodies.ActionResultBody(id=number, outcome=outcome, workflow_state=_export(number).workflow_state)]


def _always(answer: Any) -> Any:
    async def handler(request: web.Request) -> Any:
        return answer

    return handler


def _export(number: int) -> export_bodies.OperatorExportBody:
    example: export_bodies.OperatorExportBody = OPERATOR_EXAMPLES[list[export_bodies.OperatorExportBody]][0]
    if number == WAITS:
        return replace(example, id=number, workflow_state=WorkflowState.CREATED, worker=None, claimed_at=None)
    if number == ENDED:
        return replace(
            example, id=number, workflow_state=WorkflowState.FAILED, finished_at=_AT, user_id=None,
            error_code=ErrorCode.STORE_UNAVAILABLE, error_message=ErrorCode.STORE_UNAVAILABLE.sentence, retried_by=44,
        )  # fmt: skip
    return replace(example, lapsed=True)


def _queues() -> list[overview_bodies.QueueBody]:
    (example,) = OPERATOR_EXAMPLES[list[overview_bodies.QueueBody]]
    stuck = replace(example, export_type=ExportType.QTI, workers=0, slots=0)
    return [example, stuck]


def _workers() -> list[bodies.WorkerBody]:
    (drains,) = OPERATOR_EXAMPLES[list[bodies.WorkerBody]]
    return [
        drains,
        replace(drains, name="exports-4:91:00ff12", draining_since=None, running=[]),
        replace(drains, name="exports-5:91:00ff12", is_alive=False, version=None),
    ]


def _pauses() -> list[bodies.PauseBody]:
    (held,) = OPERATOR_EXAMPLES[list[bodies.PauseBody]]
    of_type = replace(held, id=4, export_type=ExportType.QTI, context=None, quarantine=False, paused_by=1)
    return [held, of_type, replace(of_type, id=5, export_type=None, user_id=7)]


def _webhook(number: int, disabled_reason: str | None = None) -> WebhookBody:
    webhook = msgspec.convert(example_of([WebhookBody]), WebhookBody)
    if disabled_reason is None:
        return replace(webhook, id=number)
    return replace(webhook, id=number, workflow_state="disabled", disabled_at=_AT, disabled_reason=disabled_reason)


def _deliveries() -> list[WebhookDeliveryBody]:
    sent = WebhookDeliveryBody(
        id=9, event_id="901", event_type="content_export.exported.v1", state=DeliveryState.DELIVERED, tries=1, answer=204,
        reason=None, created_at=_AT, updated_at=_AT, next_try_at=None,
    )  # fmt: skip
    return [sent, replace(sent, id=8, state=DeliveryState.WAITING, answer=503, reason="It is busy.", next_try_at=_AT)]


def _audited(number: int) -> AuditRow:
    return AuditRow(
        id=number, at=_AT, action="export.download", content_export_id=42 if number % 2 else None, user_id=7,
        real_user_id=1 if number % 3 else 7, token=None, address="2001:db8::7", request_id="0b5a8f6e-" * 4,
        subject=None if number % 2 else "courses/12",
    )  # fmt: skip
