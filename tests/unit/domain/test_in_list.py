from __future__ import annotations

import pytest

from shared.domain.export import Context, ContextType, ExportType
from shared.domain.rights import Caller, Rights, in_list

CARTRIDGE, QTI, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.QTI, ExportType.ZIP
COURSE, GROUP, USER = (Context(type_, 1) for type_ in ContextType)
ADMIN, READER = Rights(read=True, read_as_admin=True), Rights(read=True)
ME, OTHER = 4, 5


@pytest.mark.parametrize(
    ("held", "context", "user_id", "export_type", "shown"),
    [
        (ADMIN, COURSE, OTHER, CARTRIDGE, True),
        (ADMIN, COURSE, OTHER, QTI, True),
        (ADMIN, COURSE, OTHER, ZIP, False),
        (ADMIN, COURSE, None, CARTRIDGE, True),
        (ADMIN, COURSE, ME, ZIP, True),
        (READER, COURSE, ME, ZIP, True),
        (READER, COURSE, ME, CARTRIDGE, False),
        (READER, COURSE, OTHER, ZIP, False),
        (READER, GROUP, ME, ZIP, True),
        (ADMIN, GROUP, OTHER, CARTRIDGE, False),
        (ADMIN, USER, ME, ZIP, True),
        (ADMIN, USER, OTHER, ZIP, False),
    ],
)
def test_a_list_shows_cartridges_to_course_admins_and_everyone_their_own(
    held: Rights, context: Context, user_id: int | None, export_type: ExportType, shown: bool
) -> None:
    assert in_list(Caller(user_id=ME), held, context, user_id, export_type) is shown


def test_nobody_owns_what_has_no_owner() -> None:
    assert not in_list(Caller(), READER, COURSE, None, ZIP)
