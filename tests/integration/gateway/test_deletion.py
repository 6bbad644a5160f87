"""DELETE of an export, and responses for expired packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.gateway.links import verifier_for
from shared.domain.errors import Fenced
from shared.domain.export import ContentExport, ExportType
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person


async def export_of(gateway: Gateway) -> tuple[ContentExport, Person]:
    course = await gateway.school.course(is_public=False)
    teacher = await gateway.school.member(course, "teacher")
    return await gateway.exported(course, teacher, b"x"), teacher


def packages(gateway: Gateway) -> list[Path]:
    return [path for path in Path(gateway.settings.store_url).rglob("*") if path.is_file()]


async def expire(gateway: Gateway, export: ContentExport) -> None:
    await gateway.school.pool.execute(
        "UPDATE attachments SET expires_at = now() - interval '1 second' WHERE content_export_id = $1", export.id
    )


async def test_the_owner_deletes_an_export_and_its_package_is_gone_at_once(gateway: Gateway) -> None:
    export, teacher = await export_of(gateway)
    url = await gateway.link(export, teacher)
    answer = await gateway.http.delete(gateway.path(export), headers=bearer(teacher))
    assert (answer.status_code, answer.json()["workflow_state"]) == (200, "deleted")
    assert packages(gateway) == []
    shown = await gateway.show(export, teacher)
    assert (shown["workflow_state"], "attachment" in shown, "expires_at" in shown) == ("deleted", False, False)
    listed = await gateway.http.get(gateway.path(export).rpartition("/")[0], headers=bearer(teacher))
    assert export.id not in [each["id"] for each in listed.json()]
    for path in (url, f"{gateway.path(export)}/entries"):
        gone = await gateway.http.get(path, headers=bearer(teacher))
        assert gone.status_code == 410
        assert "deleted" in gone.json()["errors"][0]["message"]


async def test_a_removal_is_on_record_with_its_actor(gateway: Gateway) -> None:
    export, teacher = await export_of(gateway)
    for _ in range(2):  # the second has nothing left to remove
        answer = await gateway.http.delete(gateway.path(export), headers=bearer(teacher))
        assert answer.status_code == 200
    assert export.attachment is not None
    rows = await gateway.school.pool.fetch("SELECT * FROM removals WHERE content_export_id = $1", export.id)
    assert [(row["reason"], row["actor"], row["key"], row["size"]) for row in rows] == [
        ("deleted", f"user:{teacher.id}", export.attachment.key, 1)
    ]


async def test_a_running_export_is_stopped_before_it_is_deleted(gateway: Gateway) -> None:
    course = await gateway.school.course(is_public=False)
    teacher = await gateway.school.member(course, "teacher")
    export = await gateway.school.export(course, teacher, ExportType.ZIP)
    attempt = await gateway.school.start(export)
    answer = await gateway.http.delete(gateway.path(export), headers=bearer(teacher))
    assert answer.json()["workflow_state"] == "deleted"
    with pytest.raises(Fenced):
        await gateway.school.leases.report(export.id, attempt, 50)
    states = await gateway.school.pool.fetch(
        "SELECT data ->> 'workflow_state' AS state FROM export_events WHERE content_export_id = $1 ORDER BY id",
        export.id,
    )
    assert [row["state"] for row in states] == ["created", "exporting", "failed", "deleted"]


async def test_only_the_owner_and_site_admins_may_delete(gateway: Gateway) -> None:
    course = await gateway.school.course(is_public=False)
    teacher, other = [await gateway.school.member(course, "teacher") for _ in range(2)]
    stranger, admin = await gateway.school.person(), await gateway.school.person(site_admin=True)
    export = await gateway.school.export(course, teacher)
    for each in (export, await gateway.school.export(course, teacher, ExportType.ZIP)):
        for caller, status in ((other, 403), (stranger, 403), (admin, 200)):
            answer = await gateway.http.delete(gateway.path(each), headers=bearer(caller))
            assert (answer.status_code, "errors" in answer.json()) == (status, status != 200)
    assert (await gateway.http.delete(gateway.path(export))).status_code == 401
    missing = gateway.path(export).rpartition("/")[0] + "/999999999"
    assert (await gateway.http.delete(missing, headers=bearer(teacher))).status_code == 404


async def test_an_export_says_until_when_its_package_is_there(gateway: Gateway) -> None:
    export, teacher = await export_of(gateway)
    shown = await gateway.show(export, teacher)
    assert "expires_at" not in shown, "nothing is said of a package that stays"
    await gateway.school.pool.execute(
        "UPDATE attachments SET expires_at = '2999-01-02T03:04:05Z' WHERE content_export_id = $1", export.id
    )
    shown = await gateway.show(export, teacher)
    assert (shown["expires_at"], "attachment" in shown) == ("2999-01-02T03:04:05Z", True)


async def test_an_expired_package_disappears_and_its_export_stays_exported(gateway: Gateway) -> None:
    export, teacher = await export_of(gateway)
    assert export.attachment is not None
    url = await gateway.link(export, teacher)
    await expire(gateway, export)
    shown = await gateway.show(export, teacher)
    assert (shown["workflow_state"], "attachment" in shown, "expires_at" in shown) == ("exported", False, True)
    for path in (url, f"{gateway.url}/api/v1/files/{export.attachment.id}", f"{gateway.path(export)}/entries/a"):
        gone = await gateway.http.get(path, headers=bearer(teacher))
        assert gone.status_code == 410
        assert "expired" in gone.json()["errors"][0]["message"]
        assert gone.json()["export_again"]["method"] == "POST"


async def test_a_caller_without_the_right_to_read_an_export_does_not_see_that_it_expired(gateway: Gateway) -> None:
    export, _ = await export_of(gateway)
    await expire(gateway, export)
    assert export.attachment is not None
    stranger = await gateway.school.person()
    path = f"{gateway.url}/files/{export.attachment.id}/download"
    assert (await gateway.http.get(path, headers=bearer(stranger))).status_code == 403
    assert (await gateway.http.get(path)).status_code == 401
    link = f"{path}?verifier={verifier_for(gateway.settings, export.attachment, stranger.id)}"
    assert (await gateway.http.get(link)).status_code == 403
