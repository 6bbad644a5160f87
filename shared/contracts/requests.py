"""The bodies of requests, as JSON or as a form (`select[pages][]=1`); unknown fields are passed over."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.domain.export import ExportType
from shared.domain.package_options import SMALLEST_PART, Target

# Canvas's words for true and false, beside the JSON ones.
Truth = Annotated[
    bool | str | int, Meta(description="true, false, or one of Canvas's words: yes, no, on, off, 1, 0, ...")
]
Selection = Annotated[
    dict[str, Any],
    Meta(
        description="`all_pages: true`; `pages: [1, 2]`; `wiki_pages: {wiki_page_1: true}`; freely mixed. Without it, "
        "everything of the type"
    ),
]


class CreateRequest(Struct, frozen=True, kw_only=True):
    """What to export. Groups and users have `zip` alone."""

    export_type: ExportType
    select: Selection | UnsetType = UNSET
    skip_notifications: Truth | UnsetType = UNSET
    version: Annotated[str, Meta(description="of a cartridge 1.1 or 1.3, of quizzes 1.2 or 2.1")] | UnsetType = UNSET
    target: Target | UnsetType = UNSET
    include_banks: Truth | UnsetType = UNSET
    include_report: Truth | UnsetType = UNSET
    max_part_size: Annotated[int, Meta(ge=SMALLEST_PART, le=10**18 - 1, description="of a zip")] | UnsetType = UNSET
    dry_run: Truth | UnsetType = UNSET


class CancelRequest(Struct, frozen=True, kw_only=True):
    """Why an export is cancelled."""

    message: Annotated[str, Meta(description="the first 1000 characters are kept")] | UnsetType = UNSET
