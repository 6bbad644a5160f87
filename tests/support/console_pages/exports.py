"""Exports in every state, as the API shows them: each has an id of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shared.contracts.bodies import (
    AttachmentBody,
    ContentExportBody,
    EntryBody,
    ExportErrorBody,
    PausedBody,
    ProgressBody,
    ReportBody,
    Warned,
    WarnedItem,
)
from shared.contracts.estimate_body import EstimateBody
from shared.contracts.examples import example_of
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState
from shared.domain.warning_codes import WarningCode

WAITING, RUNNING, PAUSED, FAILED, RETRIED, READY, INCOMPLETE, PARTS, EXPIRED, DELETED, ANOTHERS = range(1, 12)
CREATED_AT, KEPT_UNTIL = "2026-03-02T09:15:00Z", "2026-04-01T09:15:21Z"
LONG = "Rechtsschutzversicherungsgesellschaften_und_Donaudampfschifffahrtsgesellschaftskapitäne_2026-03-02.imscc"
PACKAGE = AttachmentBody(**{
    name.replace("-", "_"): value for name, value in (example_of([AttachmentBody]) or {}).items()
})  # fmt: skip
FILES = replace(PACKAGE, display_name=LONG, filename=LONG, size=2_148_000_000)


@dataclass(frozen=True, slots=True)
class Numbered:
    """What differs between the exports."""

    state: WorkflowState
    export_type: ExportType = ExportType.COMMON_CARTRIDGE


_STATES = {
    WAITING: Numbered(WorkflowState.CREATED),
    RUNNING: Numbered(WorkflowState.EXPORTING, ExportType.ZIP),
    PAUSED: Numbered(WorkflowState.CREATED, ExportType.QTI),
    FAILED: Numbered(WorkflowState.FAILED),
    RETRIED: Numbered(WorkflowState.FAILED),
    READY: Numbered(WorkflowState.EXPORTED),
    INCOMPLETE: Numbered(WorkflowState.EXPORTED, ExportType.QTI),
    PARTS: Numbered(WorkflowState.EXPORTED, ExportType.ZIP),
    EXPIRED: Numbered(WorkflowState.EXPORTED),
    DELETED: Numbered(WorkflowState.DELETED),
    ANOTHERS: Numbered(WorkflowState.EXPORTED, ExportType.ZIP),
}
_FAILURE = ExportErrorBody(
    code=ErrorCode.STORE_UNAVAILABLE, message=ErrorCode.STORE_UNAVAILABLE.sentence, request_id="0b5a8f6e"
)
_MORE: dict[int, dict[str, Any]] = {
    PAUSED: {"paused": PausedBody(code="paused", message="The store is being moved.", since=CREATED_AT)},
    FAILED: {"error": _FAILURE},
    RETRIED: {"error": _FAILURE, "retried_by": READY},
    READY: {"attachment": PACKAGE, "expires_at": KEPT_UNTIL},
    INCOMPLETE: {"attachment": PACKAGE, "expires_at": KEPT_UNTIL},
    PARTS: {"attachment": FILES, "attachments": [FILES, replace(FILES, id=82)], "expires_at": KEPT_UNTIL},
    EXPIRED: {"expires_at": KEPT_UNTIL},
}
EXPORT_IDS = tuple(_STATES)


def export(number: int, base_url: str) -> ContentExportBody:
    """The export with this id; one that has just been created for ids without a state."""
    shown = _STATES.get(number, _STATES[WAITING])
    return ContentExportBody(
        id=number,
        user_id=7,
        created_at=CREATED_AT,
        workflow_state=shown.state,
        export_type=shown.export_type,
        progress_url=f"{base_url}/api/v1/progress/{number}",
        **_MORE.get(number, {}),
    )


def progress(number: int, base_url: str) -> ProgressBody:
    """Its progress, which has the id of the export. Of one that waits, the end is unknown while it is paused."""
    is_running = _STATES.get(number, _STATES[WAITING]).state is WorkflowState.EXPORTING
    times = {
        name: f"2026-03-02T09:{16 + at}:00.000Z" for at, name in enumerate(("ends_earliest", "ends_at", "ends_latest"))
    }
    estimate: dict[str, Any] = {} if number == PAUSED else times if is_running else {"place": 3, **times}
    return ProgressBody(
        id=number,
        context_id=number,
        user_id=7,
        completion=62.5 if is_running else 0.0,
        workflow_state="running" if is_running else "queued",
        created_at=CREATED_AT,
        updated_at=CREATED_AT,
        message=None,
        url=f"{base_url}/api/v1/progress/{number}",
        estimate=EstimateBody(**estimate),
    )


def report(number: int) -> ReportBody:
    """What was packed: everything, but in the export that is incomplete."""
    losses = _losses() if number in (INCOMPLETE, PARTS) else []
    return ReportBody(
        content_export_id=number,
        workflow_state=WorkflowState.EXPORTED,
        complete=not losses,
        expected={"pages": 1200, "files": 30},
        packed={"pages": 1200, "files": 29},
        skipped={},
        failed={"files": 1} if losses else {},
        excluded={"quizzes": 2} if losses else {},
        included_because={f"files:{each}": "it is linked from the page “Tides”" for each in range(3)},
        warnings=losses,
    )


def _losses() -> list[Warned]:
    missing, unknown = WarningCode.FILE_MISSING, WarningCode.QUESTION_TYPE_UNKNOWN
    return [
        *(_warned(missing, "The bytes of this file are missing.", f"cells-{each}.pdf") for each in range(23)),
        _warned(unknown, "The type of this question is unknown.", "Which of these is a tide?"),
        _warned(WarningCode.HTML_REDUCED, "Some of its HTML is left out.", "מבחן: מה מושך את הים?"),
    ]


def _warned(code: WarningCode, message: str, title: str) -> Warned:
    item = WarnedItem(kind="files", id=301, title=title)
    return Warned(code=code, message=message, item=item, place=None, what_to_do=code.what_to_do)


PAGE = '<h1>Tides</h1><p style="color: teal">The moon.</p><img src="wave.png" alt="A wave"><script>alert(1)</script>'
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000020001e221bc33"
    "0000000049454e44ae426082"
)
_QUIZ = """<questestinterop><assessment title="What moves the sea?"><section>
<item title="Pull"><presentation><material><mattext>What pulls the sea?</mattext></material><response_lid><render_choice>
<response_label><material><mattext>The moon</mattext></material></response_label>
<response_label><material><mattext>الرياح</mattext></material></response_label>
</render_choice></response_lid></presentation></item></section></assessment></questestinterop>"""
CONTENTS = {
    "wiki_content/tides.html": ("Tides", PAGE.encode()),
    "wiki_content/wave.png": ("wave.png", PICTURE),
    "web_resources/a very long name of a file with many words in it, as people have them, of a lecture.txt": (
        None,
        b"High water at nine. " * 60,
    ),
    "web_resources/notes/غدا.txt": ("غدا", "المد والجزر".encode()),
    "web_resources/talk.mp4": ("talk.mp4", b"\0" * 9),
    "non_cc_assessments/empty.xml.qti": ("Empty", b"<questestinterop><assessment/></questestinterop>"),
    "non_cc_assessments/quiz.xml.qti": ("What moves the sea?", _QUIZ.encode()),
    "imsmanifest.xml": (None, b"<manifest/>"),
}


def entries() -> list[EntryBody]:
    """The entries of a package."""
    return [_entry(path, title, len(data)) for path, (title, data) in CONTENTS.items()]


def _entry(path: str, title: str | None, size: int) -> EntryBody:
    kind = None if title is None else "files"
    return EntryBody(
        path=path, size=size, compressed_size=size, crc32="5f1e0c3a", sha256=None, kind=kind, item_id=None, title=title
    )
