"""From the event on the broker to the mail in the reader's box, once, also when the notifier is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.notifier.mail.channel import MailChannel
from services.notifier.mail.envelope import MailSender, message_id
from services.notifier.mail.writing import MailWriter
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.notices.mail_rows import MailRows
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.pool import Pool
from shared.adapters.smtp import SmtpServer
from shared.contracts.cloud_events import CloudEvent
from shared.domain.audit import Actor
from shared.domain.export import ContentExport
from shared.domain.notices.mail import EXPIRING
from shared.runtime.mail_settings import smtp_address
from tests.integration.notifier.conftest import Publish, Running
from tests.support.export_events import export_event
from tests.support.mail_server import MailServer, mail_server
from tests.support.notifier import PUBLIC_URL, notifier
from tests.support.school import Person, School
from tests.support.waiting import until

DAY_S = 86_400.0
PAGE = "https://lms.school.edu/{context}/exports/{id}"
ADA = {"name": "Ada Lovelace", "email": "ada@school.edu", "locale": "de-CH", "time_zone": "Bern"}
Exported = Callable[..., Awaitable[ContentExport]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


@pytest.fixture
def exported(people: School, pool: Pool) -> Exported:
    """Build an export of a course, requested by a user with these fields, whose package expires on a day in winter."""

    async def build(*, deleted: bool = False, **fields: str) -> ContentExport:
        user_id = await people.people.put_user(None, {**ADA, **fields})
        course = await people.course(name="Gezeiten")
        await people.people.enroll(user_id, course.id, "teacher")
        export = await people.export(course, Person(user_id, ""))
        await people.whole(export)
        await pool.execute(
            "UPDATE attachments SET expires_at = '2098-12-27 12:00Z' WHERE content_export_id = $1", export.id
        )
        if deleted:
            await people.people.delete("users", user_id)
        return export

    return build


@pytest.fixture
def addresses(migrated_url: str, amqp_url: str) -> dict[str, str]:
    """The settings of a notifier process."""
    return {"DATABASE_URL": migrated_url, "AMQP_URL": amqp_url}


def event_of(export: ContentExport) -> CloudEvent:
    return export_event(1000 + export.id, id=export.id, user_id=export.user_id)


def channel(server: MailServer, pool: Pool) -> MailChannel:
    sender = MailSender(Address("Content Exports", addr_spec="exports@school.edu"))
    writer = MailWriter(MailRows(pool), ContentExports(pool), Access(pool), sender, "en", PUBLIC_URL, PAGE)
    return MailChannel(writer, SmtpServer(smtp_address(server.url), timeout_s=10))


async def ended(pool: Pool, count: int) -> list[str]:
    """The states of this many deliveries, once none waits."""
    for _ in range(2000):
        states = [row["state"] for row in await pool.fetch("SELECT state FROM deliveries ORDER BY event_id")]
        if len(states) == count and "waiting" not in states:
            return states
        await asyncio.sleep(0.03)
    raise AssertionError("they have not ended")


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return " ".join(body.get_content().split())


async def test_an_exported_event_is_one_mail_in_the_language_and_the_zone_of_the_user(
    running: Running, publish: Publish, exported: Exported, pool: Pool, server: MailServer
) -> None:
    export, before = await exported(), len(server.mails())
    async with running([channel(server, pool)]):
        await publish([event_of(export), event_of(export)])
        assert await ended(pool, 1) == ["delivered"]
    (mail,) = server.mails()[before:]
    assert mail["Subject"] == "Export von „Gezeiten“ ist fertig: Common Cartridge"
    assert mail["To"] == "Ada Lovelace <ada@school.edu>"
    assert mail["Message-ID"] == message_id(event_of(export).id, str(export.user_id), "school.edu")
    for kind in ("plain", "html"):
        assert "bis Samstag, 27. Dezember 2098, 13:00 MEZ heruntergeladen" in part(mail, kind)
        assert f"https://lms.school.edu/courses/{export.context.id}/exports/{export.id}" in part(mail, kind)
    assert "tides-export.imscc" in part(mail, "plain")


async def test_users_without_an_address_and_deleted_ones_have_no_delivery(
    running: Running, publish: Publish, exported: Exported, pool: Pool, server: MailServer
) -> None:
    nameless, gone, last = await exported(email=""), await exported(deleted=True), await exported()
    async with running([channel(server, pool)]):
        await publish([event_of(nameless), event_of(gone), event_of(last)])
        assert await ended(pool, 1) == ["delivered"]


async def test_a_refused_mail_is_given_up_with_the_sentence_of_the_server(
    running: Running, publish: Publish, exported: Exported, pool: Pool, server: MailServer
) -> None:
    export = await exported(email="unknown@school.edu")
    async with running([channel(server, pool)]):
        await publish([event_of(export)])
        assert await ended(pool, 1) == ["failed"]
    assert await pool.fetchval("SELECT reason FROM deliveries") == "550 5.1.1 no such user here"


@pytest.fixture
async def only_new(pool: Pool) -> None:
    """No package of other tests expires soon."""
    await pool.execute("UPDATE attachments SET reminded_at = now() WHERE reminded_at IS NULL")


async def expires_in(pool: Pool, export: ContentExport, seconds: float) -> None:
    statement = (
        "UPDATE attachments SET expires_at = now() + make_interval(secs => $2), reminded_at = NULL"
        " WHERE content_export_id = $1"
    )
    await pool.execute(statement, export.id, seconds)


async def test_a_reminder_is_due_once_for_a_package_that_expires_soon_and_was_never_downloaded(
    queues: None, only_new: None, exported: Exported, pool: Pool
) -> None:
    soon, late, fetched, over, deleted, silent = [await exported() for _ in range(6)]
    for export, days in ((soon, 1), (late, 3), (fetched, 1), (over, -1), (deleted, 1), (silent, 1)):
        await expires_in(pool, export, days * DAY_S)
    await pool.execute("INSERT INTO audit_log (action, content_export_id) VALUES ('download', $1)", fetched.id)
    await Retention(pool).delete(deleted.id, Actor(deleted.user_id))
    await pool.execute(
        """UPDATE content_exports SET settings = '{"skip_notifications": true}' WHERE id = $1""", silent.id
    )
    rows = MailRows(pool)
    assert (await rows.remind(2 * DAY_S, 100))[1] == 1
    assert await rows.remind(2 * DAY_S, 100) == (0, 0)
    written = await pool.fetch("SELECT event_id, event_type, target FROM deliveries")
    assert [tuple(row) for row in written] == [(f"expiring-{soon.id}", EXPIRING, str(soon.user_id))]
    await expires_in(pool, soon, DAY_S)
    await rows.remind(2 * DAY_S, 100)
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 1


async def test_a_pass_of_reminders_looks_at_nothing_but_what_is_due(pool: Pool, queues: None) -> None:
    async with pool.acquire() as db, db.transaction():
        await db.execute("SET LOCAL enable_seqscan = off")
        plan = await db.fetch(
            "EXPLAIN SELECT id FROM attachments WHERE reminded_at IS NULL AND purged_at IS NULL"
            " AND expires_at < now() + interval '2 days' ORDER BY expires_at LIMIT 500"
        )
    assert "attachments_to_remind" in "".join(row[0] for row in plan)


@pytest.mark.parametrize("answer", [("RCPT", 1), ("DATA", 2)])
async def test_a_notifier_that_is_killed_sends_the_mail_again_under_the_same_id(
    publish: Publish,
    exported: Exported,
    pool: Pool,
    *,
    addresses: dict[str, str],
    tmp_path: Path,
    answer: tuple[str, int],
) -> None:
    """Between the row and the server's answer: before the server has the mail, and after it has taken it."""
    export, (command, copies) = await exported(), answer
    with mail_server(tmp_path / "mails", "--hold", command) as server:
        settings = {**addresses, "SMTP_URL": server.url}
        with notifier(tmp_path / "log", **settings):
            await publish([event_of(export)])
            await until(server.holds, seconds=60)
        await pool.execute("UPDATE deliveries SET due_at = now()")  # the lease of the killed process ends
        with notifier(tmp_path / "log", **settings):
            assert await ended(pool, 1) == ["delivered"]
        ids = [mail["Message-ID"] for mail in server.mails()]
    assert ids == [message_id(event_of(export).id, str(export.user_id), "school.edu")] * copies


def test_mail_without_an_address_for_its_links_is_a_mistake_in_the_settings(tmp_path: Path, migrated_url: str) -> None:
    log = tmp_path / "log"
    with notifier(log, DATABASE_URL=migrated_url, SMTP_URL="smtp://127.0.0.1", PUBLIC_URL="") as process:
        assert process.wait(60) == 78
    assert "SMTP_URL: needs PUBLIC_URL" in log.read_text()
