"""2,000 mails through a notifier that is killed again and again: each arrives, and none under two ids."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from services.notifier.mail.envelope import message_id
from shared.adapters.postgres.pool import Pool
from shared.domain.export import ContentExport
from tests.integration.notifier.conftest import Publish
from tests.support.export_events import export_event
from tests.support.mail_server import mail_server
from tests.support.notifier import notifier
from tests.support.school import Person, School
from tests.support.waiting import until

USERS, EVENTS_OF_EACH = 200, 10
SEED = 14
LONGEST_LIFE_S = 4.0  # of a notifier, once it is connected; all mails take half a minute
MOST_IN_FLIGHT = 4  # tries of one process


async def exports_of(people: School) -> list[ContentExport]:
    exports = []
    for number in range(USERS):
        user_id = await people.people.put_user(None, {"email": f"user{number}@school.edu"})
        course = await people.course(name="Tides")
        await people.people.enroll(user_id, course.id, "teacher")
        exports.append(await people.export(course, Person(user_id, "")))
        await people.whole(exports[-1])
    return exports


async def waits(pool: Pool) -> int:
    """How many mails have not been delivered, those that are not written yet among them."""
    delivered: int = await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = 'delivered'")
    return USERS * EVENTS_OF_EACH - delivered


@pytest.mark.timeout(900)
async def test_2000_mails_arrive_once_under_each_id_however_often_the_notifier_is_killed(
    publish: Publish, people: School, pool: Pool, migrated_url: str, *, amqp_url: str, tmp_path: Path
) -> None:
    moments, log, kills = random.Random(SEED), tmp_path / "log", 0
    exports = await exports_of(people)
    events = [
        (export_event(1000 * export.id + number, id=export.id, user_id=export.user_id), str(export.user_id))
        for export in exports
        for number in range(EVENTS_OF_EACH)
    ]
    await publish([event for event, _ in events])
    with mail_server(tmp_path / "mails") as server:
        settings = {"DATABASE_URL": migrated_url, "AMQP_URL": amqp_url, "SMTP_URL": server.url}
        while await waits(pool):
            connected = log.read_text().count("notifier_connected") if log.exists() else 0
            with notifier(log, **settings):
                await until(lambda before=connected: log.read_text().count("notifier_connected") > before, 60)
                await asyncio.sleep(
                    moments.uniform(0.0, LONGEST_LIFE_S)
                )  # the moment of the kill is the point of the test
            kills += 1
            # The leases of the killed process end.
            await pool.execute("UPDATE deliveries SET due_at = now() WHERE state = 'waiting' AND attempt > 0")
        copies = Counter(mail["Message-ID"] for mail in server.mails())
    assert set(copies) == {message_id(event.id, user, "school.edu") for event, user in events}
    again = sum(copies.values()) - len(copies)
    print(f"{len(copies)} mails, {kills} kills, {again} copies under the same id")
    assert again <= kills * MOST_IN_FLIGHT
