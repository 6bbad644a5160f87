"""What an operator does to an export: send it again, end it, create it again. A dry run of the API says first what will be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from services.console.admin.confirmation import Confirmation, reason_of
from services.console.admin.exports import LIST, PLACE
from services.console.admin.story import OF_EXPORT, read_story
from services.console.api_client import API
from services.console.pages import see_other, texts_of
from shared.contracts.bodies import ContentExportBody
from shared.contracts.operator.bodies import ActionResultBody
from shared.domain.operator.export_actions import ActionOutcome

_SECTION = "exports"


@dataclass(frozen=True, slots=True)
class ExportAction:
    """An action of the API on exports by their ids; `reason` is the name of its parameter for one."""

    name: str
    reason: str = ""


_ACTIONS = (ExportAction("requeue"), ExportAction("fail", "reason"), ExportAction("cancel", "message"))
_BY_ID = {each.name: each for each in _ACTIONS}


def add_to(app: web.Application) -> None:
    """Add the routes."""
    action = OF_EXPORT + "/{action:requeue|fail|cancel}"
    app.router.add_get(action, ask)
    app.router.add_post(action, act)
    app.router.add_get(OF_EXPORT + "/retry", ask_for_retry)
    app.router.add_post(OF_EXPORT + "/retry", retry)


async def ask(request: web.Request) -> web.Response:
    """Say what the action would do."""
    return await (await _confirmation(request)).page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """Do it, and go back to the export."""
    action, reason = _BY_ID[request.match_info["action"]], await reason_of(request)
    if action.name == "fail" and not reason:
        _ = (await texts_of(request)).gettext
        problem = _("Give a reason: the person who waits for the export reads it.")
        return await (await _confirmation(request)).page(request, 422, problem)
    outcome = await _send(request, action, {action.reason: reason} if action.reason else {}, dry_run=False)
    return see_other(f"{_page_of(request)}?done={outcome}")


async def ask_for_retry(request: web.Request) -> web.Response:
    """Say what a retry does."""
    _ = (await texts_of(request)).gettext
    export = (await read_story(request)).export
    possible = export.workflow_state == "failed"
    sentences = [
        _("A new export with the same selection and options is created, and takes its turn. The failed one stays.")
    ]
    if not possible:
        sentences = [_("Only a failed export can be created again.")]
    heading = _("Create export %(id)s again") % {"id": export.id}
    back = _page_of(request)
    confirmation = Confirmation(_SECTION, heading, sentences, _("Create it again"), back, is_possible=possible)
    return await confirmation.page(request)


async def retry(request: web.Request) -> web.StreamResponse:
    """Create it again in the name of the person whose it is, and go to the new export."""
    export = (await read_story(request)).export
    path = f"/api/v1/{export.context}/content_exports/{export.id}/retry"
    owner = {} if export.user_id is None else {"as_user_id": str(export.user_id)}
    created = (await request.app[API].send(request, "POST", path, parameters=owner)).decoded(ContentExportBody)
    return see_other(f"{PLACE}/{created.id}?done=retried")


async def _confirmation(request: web.Request) -> Confirmation:
    _ = (await texts_of(request)).gettext
    action, export_id = _BY_ID[request.match_info["action"]], request.match_info["id"]
    outcome = await _send(request, action, {action.reason: "-"} if action.reason else {}, dry_run=True)
    heading, button, label = _texts(_, action.name)
    return Confirmation(
        section=_SECTION,
        heading=heading % {"id": export_id},
        sentences=[_prediction(_, outcome)],
        button=button,
        back=_page_of(request),
        reason=label,
        is_possible=outcome not in (ActionOutcome.FINISHED, ActionOutcome.UNKNOWN),
    )


def _texts(_: Callable[[str], str], action: str) -> tuple[str, str, str]:
    """(heading, button, label of the reason)."""
    return {
        "requeue": (_("Send export %(id)s to the workers again"), _("Send it again"), ""),
        "fail": (_("End export %(id)s as failed"), _("End it"), _("Reason, for the person who waits")),
        "cancel": (_("Cancel export %(id)s"), _("Cancel the export"), _("Message for the person who waits (optional)")),
    }[action]


def _prediction(_: Callable[[str], str], outcome: ActionOutcome) -> str:
    """A sentence for what a dry run has answered."""
    return {
        ActionOutcome.SENT_AGAIN: _("The export waits: its message is sent once more. It keeps its turn."),
        ActionOutcome.TAKEN_BACK: _(
            "A worker builds the export: it is taken from that worker, and waits at its turn again."
        ),
        ActionOutcome.ENDED: _("The export ends now, without a package. The person who waits is notified."),
        ActionOutcome.FINISHED: _("The export has ended already: nothing would change."),
    }.get(outcome, outcome)


async def _send(request: web.Request, action: ExportAction, more: dict[str, Any], *, dry_run: bool) -> ActionOutcome:
    """The outcome for the one export."""
    body = {"ids": [int(request.match_info["id"])], "dry_run": dry_run, **more}
    answer = await request.app[API].send(request, "POST", f"{LIST}/{action.name}", json=body)
    (result,) = answer.decoded(list[ActionResultBody])
    return result.outcome


def _page_of(request: web.Request) -> str:
    return f"{PLACE}/{request.match_info['id']}"
