"""The operations below /api/v1/admin with which operators run the system: for site admins alone."""

from __future__ import annotations

from typing import Any

from shared.contracts.common_answers import PAGE, answer_of
from shared.contracts.list_parameters import BOOKMARKED, EXPORT_FILTERS
from shared.contracts.operation import Operation, Parameter
from shared.contracts.operator import bodies, export_bodies, overview_bodies, requests
from shared.contracts.webhooks.bodies import WebhookBody
from shared.domain.error_codes import ErrorCode
from shared.domain.operator.overview import MOST_HOURS

_ADMIN = "/api/v1/admin"
_TAG = "Operation"
_OUTCOMES = "What became of each export; those that had finished, and unknown ones, are left as they are."


def _read(path: str, summary: str, type_: Any, description: str, query: tuple[Parameter, ...] = ()) -> Operation:
    """A read by an operator."""
    return Operation("GET", _ADMIN + path, summary, answer_of(type_, description), _TAG, query=query, beyond=True)


def _action(path: str, summary: str, body: Any, type_: Any, description: str) -> Operation:
    """A change by an operator, which is audited, or its dry run."""
    return Operation(
        "POST", _ADMIN + path, summary, answer_of(type_, description, 413, 422), _TAG, body=body, beyond=True
    )


_EXPORTS = (
    _read(
        "/exports",
        "List the exports of all contexts, as operators see them",
        list[export_bodies.OperatorExportBody],
        "Exports, newest first; with `error_code`, the latest failure first. For site admins only.",
        query=(
            *EXPORT_FILTERS,
            Parameter("context", "of this context: courses/42, groups/3 or users/9"),
            Parameter("worker", "that this worker builds or has built in any attempt"),
            Parameter("error_code", "failed with this code", {"type": "string", "enum": [*map(str, ErrorCode)]}),
            Parameter("stuck", "only those whose worker or message is lost", {"type": "boolean"}),
            *BOOKMARKED,
        ),
    ),
    _read(
        "/exports/{id}",
        "Explain an export: attempts, events, messages, warnings, and what is next",
        export_bodies.ExplainedExportBody,
        "Everything that is known of the export.",
    ),
)

_EXPORT_ACTIONS = (
    _action(
        "/exports/requeue",
        "Send waiting exports to the workers again, and take running ones from their workers",
        requests.RequeueRequest,
        list[bodies.ActionResultBody],
        _OUTCOMES,
    ),
    _action(
        "/exports/fail",
        "End exports as failed, for a reason",
        requests.FailRequest,
        list[bodies.ActionResultBody],
        _OUTCOMES,
    ),
    _action(
        "/exports/cancel",
        "Cancel exports",
        requests.CancelExportsRequest,
        list[bodies.ActionResultBody],
        _OUTCOMES,
    ),
    _action(
        "/exports/retry",
        "Create failed exports again: those with one error, since a time",
        requests.RetryFailedRequest,
        bodies.RetriedExportsBody,
        "One batch: which exports, and those that retry them. None is retried twice.",
    ),
)

_PAUSES = (
    _read(
        "/pauses",
        "List what is paused or in quarantine",
        list[bodies.PauseBody],
        "What is paused, and the contexts in quarantine, the oldest first.",
    ),
    _action(
        "/pauses",
        "Pause the exports of a type, of an owner, or of a context",
        requests.PauseRequest,
        bodies.PauseChangeBody,
        "The pause. Exports are created and wait; those that run go on.",
    ),
    _action(
        "/pauses/resume",
        "Let paused exports take their turns again",
        requests.ResumeRequest,
        bodies.PauseChangeBody,
        "The pause that is over.",
    ),
    _action(
        "/quarantine",
        "Put a context whose exports end workers into quarantine",
        requests.QuarantineRequest,
        bodies.PauseChangeBody,
        "The quarantine. Exports of the context are created and wait; those that run go on.",
    ),
    _action(
        "/quarantine/remove",
        "Let a context leave quarantine",
        requests.QuarantineEndRequest,
        bodies.PauseChangeBody,
        "The quarantine that is over.",
    ),
)

_WORKERS = (
    _read(
        "/workers",
        "List the workers, and what each builds",
        list[bodies.WorkerBody],
        "The worker processes, by type and name.",
    ),
    _action(
        "/workers/drain",
        "Let a worker finish what it has and take no more, or take exports again",
        requests.DrainRequest,
        bodies.DrainBody,
        "The worker.",
    ),
)

_DEAD_LETTERS = (
    _read(
        "/dead_letters",
        "List the messages that could not be handled",
        list[bodies.DeadLetterBody],
        "The oldest ones, or the one with the id.",
        query=(
            Parameter("id", "this letter alone"),
            Parameter(
                "limit",
                "at most so many letters",
                {"type": "integer", "minimum": 1, "maximum": requests.MOST_RETRIED, "default": 100},
            ),
        ),
    ),
    _action(
        "/dead_letters/replay",
        "Send dead letters again where they were sent first",
        requests.DeadLettersRequest,
        bodies.SettledLettersBody,
        "The letters that were sent again.",
    ),
    _action(
        "/dead_letters/drop",
        "Remove dead letters",
        requests.DeadLettersRequest,
        bodies.SettledLettersBody,
        "The letters that were removed.",
    ),
)

_OVERVIEW = (
    _read(
        "/queues",
        "Show what waits and runs, by type and lane",
        list[overview_bodies.QueueBody],
        "The queue of each type.",
    ),
    _read(
        "/hours",
        "Show how many exports ended in each of the last hours, and how long they had waited",
        list[overview_bodies.HourBody],
        "The hours in which exports ended, the first one first: of all types, and of each. Of many exports, the newest are read.",
        query=(
            Parameter(
                "hours", "so many hours back", {"type": "integer", "minimum": 1, "maximum": MOST_HOURS, "default": 24}
            ),
        ),
    ),
    _read(
        "/services",
        "List the internal services and their rights",
        list[overview_bodies.ServiceBody],
        "The services, by name.",
    ),
    _read(
        "/webhooks",
        "List the webhooks of all users",
        list[WebhookBody],
        "Webhooks, the newest first, without their secrets. Their deliveries are read with `as_user_id`.",
        query=(
            Parameter("before_id", "older than this one", {"type": "integer", "minimum": 1}),
            PAGE[1],
        ),
    ),
    _read(
        "/settings",
        "List the settings of the gateway that are not at their defaults",
        list[overview_bodies.SettingBody],
        "The settings by their names. A secret, and an address that may hold one, is named without its value.",
    ),
)

OPERATOR_OPERATIONS = (*_EXPORTS, *_EXPORT_ACTIONS, *_PAUSES, *_WORKERS, *_DEAD_LETTERS, *_OVERVIEW)
