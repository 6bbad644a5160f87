"""The permission table: who may ask for and see an export of which type."""

from datetime import UTC, datetime

import pytest

from shared.domain.export import ContentExport, Context, ContextType, ExportId, ExportType, WorkflowState
from shared.domain.rights import Caller, ContextFacts, may_administer, may_create, may_end, may_read, rights

ME, OTHER = 1, 2
COURSE, GROUP, USER = Context(ContextType.COURSE, 10), Context(ContextType.GROUP, 10), Context(ContextType.USER, ME)
CC, QTI, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.QTI, ExportType.ZIP
NOW = datetime(2026, 1, 1, tzinfo=UTC)

me, nobody, admin = Caller(ME), Caller(), Caller(ME, site_admin=True)
active = {
    role: ContextFacts(COURSE, frozenset({role})) for role in ("teacher", "ta", "designer", "student", "observer")
}
concluded_teacher = ContextFacts(COURSE, concluded_roles=frozenset({"teacher"}))
stranger = ContextFacts(COURSE)
public = ContextFacts(COURSE, is_public=True)
institution = ContextFacts(COURSE, is_public_to_auth_users=True)
past, past_student = (
    ContextFacts(COURSE, frozenset({role}), is_public=True, concluded=True) for role in ("teacher", "student")
)
draft, draft_student = (ContextFacts(COURSE, frozenset({role}), unpublished=True) for role in ("teacher", "student"))
public_draft = ContextFacts(COURSE, is_public=True, unpublished=True)
member = ContextFacts(GROUP, member=True)
outsider = ContextFacts(GROUP)
myself, someone = ContextFacts(USER), ContextFacts(Context(ContextType.USER, OTHER))


def an_export(export_type: ExportType, user_id: int) -> ContentExport:
    return ContentExport(
        ExportId(1), COURSE, user_id, export_type, WorkflowState.EXPORTED, 1, 1, created_at=NOW, updated_at=NOW
    )


@pytest.mark.parametrize(
    ("caller", "facts", "allowed"),
    [
        (me, active["teacher"], {CC, QTI, ZIP}),
        (me, active["ta"], {CC, QTI, ZIP}),
        (me, active["designer"], {CC, QTI, ZIP}),
        (me, concluded_teacher, {CC, QTI, ZIP}),
        (me, active["student"], {ZIP}),
        (me, active["observer"], {ZIP}),
        (me, stranger, set()),
        (me, public, {ZIP}),
        (nobody, public, set()),
        (me, institution, {ZIP}),
        (nobody, institution, set()),
        (admin, stranger, {CC, QTI, ZIP}),
        (me, member, {ZIP}),
        (me, outsider, set()),
        (me, myself, {CC, QTI, ZIP}),  # the gateway offers zip alone in a user's context
        (me, someone, set()),
    ],
)
def test_admins_of_a_context_may_ask_for_any_type_and_logged_in_readers_for_zips(
    caller: Caller, facts: ContextFacts, allowed: set[ExportType]
) -> None:
    held = rights(caller, facts)
    assert {each for each in ExportType if may_create(caller, held, each)} == allowed


@pytest.mark.parametrize(
    ("caller", "facts", "own", "others"),
    [
        (me, active["teacher"], {CC, QTI, ZIP}, {CC, QTI}),
        (me, concluded_teacher, {CC, QTI, ZIP}, set()),
        (me, active["student"], {ZIP}, set()),
        (me, stranger, set(), set()),
        (me, public, {ZIP}, set()),
        (nobody, public, set(), set()),
        (admin, stranger, {CC, QTI, ZIP}, {CC, QTI}),
        (me, past, {CC, QTI, ZIP}, set()),
        (me, past_student, {ZIP}, set()),
        (me, draft, {CC, QTI, ZIP}, {CC, QTI}),
        (me, draft_student, set(), set()),
        (me, public_draft, set(), set()),
        (me, member, {CC, QTI, ZIP}, {CC, QTI}),
        (me, outsider, set(), set()),
    ],
)
def test_a_teacher_never_sees_another_persons_zip_and_a_student_only_own_zips(
    caller: Caller, facts: ContextFacts, own: set[ExportType], others: set[ExportType]
) -> None:
    held = rights(caller, facts)
    assert {each for each in ExportType if may_read(caller, held, an_export(each, ME))} == own
    assert {each for each in ExportType if may_read(caller, held, an_export(each, OTHER))} == others


@pytest.mark.parametrize(("caller", "own", "others"), [(me, True, False), (admin, True, True), (nobody, False, False)])
def test_an_export_is_ended_by_its_owner_and_by_those_who_administer_the_account(
    caller: Caller, own: bool, others: bool
) -> None:
    assert (may_end(caller, ME), may_end(caller, OTHER), may_end(caller, None)) == (own, others, others)
    assert may_administer(caller) is others
