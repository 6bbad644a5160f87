"""Quotas and identical requests in a real database."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from shared.adapters.postgres.command_exports import CommandExports
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.idempotency import FirstAnswer, Idempotency, IdempotencyKey
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.quota_rows import QuotaRows
from shared.domain.export import ContentExport, ExportRequest, ExportType
from shared.domain.export_settings import CommandOrigin, ExportSettings
from shared.domain.fairness.priority import Priority
from shared.domain.fairness.quotas import Quotas, Usage
from tests.support.school import School

QUOTAS = Quotas(waiting_per_owner=100, waiting_per_context=2, bytes_per_owner=1, bytes_per_context=1)


async def test_what_has_not_ended_and_what_is_kept_is_in_use(people: School) -> None:
    course, other = await people.course(), await people.course()
    owner, colleague = await people.member(course, "teacher"), await people.member(course, "teacher")
    for where, by in ((course, owner), (course, colleague), (course, colleague), (other, owner)):
        await people.export(where, by)
    await people.whole(await people.export(course, owner))
    await people.whole(await people.export(other, owner))
    rows = QuotaRows(people.pool)
    assert await rows.usage(owner.id, course, QUOTAS) == Usage(2, 2, 6, 3), "counted up to the quota of the context"
    assert await rows.usage(owner.id, course, Quotas()) == Usage()


async def test_identical_requests_at_one_moment_are_one_export_until_it_has_ended(people: School) -> None:
    course = await people.course()
    owner = await people.member(course, "teacher")
    repeated = Idempotency(people.pool, ContentExports(people.pool))
    new = ExportRequest(course, owner.id, ExportType.QTI, ExportSettings(select={"quizzes": ["1"]}), "r", coalesce=True)
    urgent = replace(new, settings=replace(new.settings, priority=Priority.INTERACTIVE))
    joined = await asyncio.gather(*(repeated.joined(each, None) for each in (new, new, urgent, new)))
    assert len({each.id for each in joined}) == 1
    for other in (
        replace(new, export_type=ExportType.ZIP),
        replace(new, user_id=owner.id + 1),
        replace(new, settings=ExportSettings()),
    ):
        assert (await repeated.joined(other, None)).id != joined[0].id
    await people.exports.cancel(joined[0].id, "enough")
    assert (await repeated.joined(new, None)).id != joined[0].id


async def test_a_first_request_over_quota_creates_nothing_and_its_key_stays_unused(people: School) -> None:
    course = await people.course()
    owner = await people.member(course, "teacher")
    repeated, refusal = Idempotency(people.pool, ContentExports(people.pool)), RuntimeError("over quota")
    new = ExportRequest(course, owner.id, ExportType.QTI, ExportSettings(), "r")
    key = IdempotencyKey(f"1/{owner.id}", "POST /exports", "once", b"digest")
    answered: list[ContentExport] = []

    def answer_of(export: ContentExport) -> FirstAnswer:
        answered.append(export)
        return FirstAnswer(export.id, 200, b"{}")

    with pytest.raises(RuntimeError, match="over quota"):
        await repeated.once(key, new, answer_of, refusal)
    assert answered == [], "refused before anything is created"
    first, is_replay = await repeated.once(key, new, answer_of, None)
    assert not is_replay
    assert await repeated.once(key, new, answer_of, refusal) == (first, True), "a replay is answered over quota, too"


async def test_a_command_that_was_sent_before_has_its_export(people: School) -> None:
    course = await people.course()
    owner = await people.member(course, "teacher")
    commands = CommandExports(people.pool)
    origin = CommandOrigin(service="sis", source="/sis", id=f"of {owner.id}", digest="d")
    new = ExportRequest(course, owner.id, ExportType.QTI, ExportSettings(command=origin), "r")
    assert await commands.of_command(new) is None
    created = await commands.create(new)
    known = await commands.of_command(new)
    assert known is not None
    assert known.id == created.id


async def test_under_pressure_the_oldest_packages_of_the_largest_owner_go_and_no_young_one(people: School) -> None:
    course = await people.course()
    small, large = await people.member(course, "teacher"), await people.member(course, "teacher")
    sizes = {small.id: 10**12, large.id: 2 * 10**12}  # more than whatever other tests keep
    kept = []
    for person in (small, large, large):
        export = await people.export(course, person)
        await people.whole(export)
        await people.pool.execute(
            "UPDATE attachments SET size = $2, created_at = now() - interval '9 days' WHERE content_export_id = $1",
            export.id,
            sizes[person.id],
        )
        kept.append(export.id)
    going = await Retention(people.pool).excess(4 * 10**12, 86_400)
    assert [each.export_id for each in going] == [kept[1]]
    assert await Retention(people.pool).excess(4 * 10**12, 10 * 86_400) == []
