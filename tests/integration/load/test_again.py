"""A package that is loaded again, at once with others, or broken off."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.stack.checkout import ROOT
from shared.adapters.open_store import open_store
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from shared.domain.export import Context, ContextType
from shared.intake.load import Loader
from tests.integration.load.conftest import Place
from tests.support.cartridges import item, manifest, quiz, resource, topic, web_link, zipped
from tests.support.servers import SessionServers
from tests.support.shared import CORPORA, needs_shared, package

PACKAGES = sorted(path.name for path in CORPORA.glob("*/*") if path.suffix in (".imscc", ".zip"))


def a_course(path: Path, *, talk: str = "one", extra: bool = True) -> Path:
    """A cartridge with a topic that says `talk`, and a file that need not be there."""
    files = [resource("t", "imsdt_xmlv1p1", "t.xml"), resource("q", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment", "q.xml")]
    files += [resource("w", "imswl_xmlv1p1", "w.xml"), *([resource("f", "webcontent", "f.txt")] if extra else [])]
    inside = item("i1", "Talk", "t") + item("i2", "Quiz", "q") + item("i3", "Link", "w")
    members = {
        "imsmanifest.xml": manifest("".join(files), item("m", "Unit", inside=inside)),
        "t.xml": topic("Talk", talk),
        "q.xml": quiz("Pretest", 3),
        "w.xml": web_link("https://example.org/"),
        **({"f.txt": talk} if extra else {}),
    }
    return zipped(members, path)


def test_objects_keep_their_ids_changed_ones_are_replaced_and_lost_ones_stay(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "course.imscc"
    course = place.loaded(a_course(path))["course_id"]
    before = place.objects(course)
    again = place.loaded(a_course(path, talk="two", extra=False), "--course", str(course))
    assert again["course_id"] == course
    after = place.objects(course)
    assert after.keys() == before.keys()
    changed = {key for key in after if after[key] != before[key]}
    [(kind, number)] = changed
    assert kind == "discussion_topics"
    assert (before[kind, number]["message"], after[kind, number]["message"]) == ("one", "two")
    assert "files" not in again["objects"]  # it is no longer in the package, and still in the course
    assert [body["display_name"] for (kind, _), body in after.items() if kind == "files"] == ["f.txt"]


@needs_shared
@pytest.mark.parametrize("name", PACKAGES)
def test_a_second_load_of_a_real_package_changes_nothing(name: str, place: Place) -> None:
    course = place.loaded(package(name))["course_id"]
    before, row = place.objects(course), place.query("SELECT body FROM courses WHERE id = $1", course)
    place.loaded(package(name), "--course", str(course))
    after = place.objects(course)
    assert Counter(kind for kind, _ in after) == Counter(kind for kind, _ in before)
    assert after == before
    assert place.query("SELECT body FROM courses WHERE id = $1", course) == row


def test_a_topic_that_becomes_an_announcement_is_no_topic_any_more(place: Place, tmp_path: Path) -> None:
    def course(kind: str) -> Path:
        meta = f'<topicMeta identifier="tm"><topic_id>t</topic_id><title>T</title><type>{kind}</type></topicMeta>'
        listed = resource("t", "imsdt_xmlv1p1", "t.xml", inside="").replace("</resource>", _DEPENDS)
        listed += resource("tm", "associatedcontent/imscc_xmlv1p1/learning-application-resource", "tm.xml")
        return zipped(
            {"imsmanifest.xml": manifest(listed), "t.xml": topic("T", "x"), "tm.xml": meta}, tmp_path / f"{kind}.imscc"
        )

    number = place.loaded(course("topic"))["course_id"]
    [topic_id] = [object_id for kind, object_id in place.objects(number) if kind == "discussion_topics"]
    place.loaded(course("announcement"), "--course", str(number))
    found = [key for key in place.objects(number) if key[0] in ("discussion_topics", "announcements")]
    assert found == [("announcements", topic_id)]


_DEPENDS = '<dependency identifierref="tm"/></resource>'


def test_a_package_of_some_content_comes_to_a_course_without_renaming_it(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "course.json").write_text('{"id": 1, "name": "Tides", "license": "cc_by", "course_code": "T1"}')
    course = place.loaded(folder)["course_id"]
    place.loaded(a_course(tmp_path / "more.imscc"), "--course", str(course))
    [(body,)] = place.query("SELECT body FROM courses WHERE id = $1", course)
    reported = json.loads(body)
    assert (reported["name"], reported["license"], reported["course_code"]) == ("Tides", "cc_by", "T1")
    assert Counter(kind for kind, _ in place.objects(course))["quizzes"] == 1


def test_a_course_that_was_given_its_number_is_never_met_by_a_new_one(place: Place, tmp_path: Path) -> None:
    path = a_course(tmp_path / "course.imscc")
    last = place.loaded(path)["course_id"]
    assert place.loaded(path, "--course", str(last + 2), "--create")["course_id"] == last + 2
    assert [place.loaded(path)["course_id"] for _ in range(2)] == [last + 1, last + 3]


def command(place: Place, path: Path, *options: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    arguments = [sys.executable, "-m", "services.cli", "load", str(path), *options]
    environment = {**os.environ, **place.environment}
    return subprocess.Popen(
        arguments, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_ten_commands_at_once_load_one_course_into_an_empty_database(servers: SessionServers, tmp_path: Path) -> None:
    path = a_course(tmp_path / "course.imscc")
    with servers.database() as url:
        asyncio.run(migrate(url))
        place = Place(url, tmp_path / "store")
        running = [command(place, path, "--course", "77", "--create") for _ in range(10)]
        for process in running:
            out, err = process.communicate(timeout=180)
            assert process.returncode == 0, err
            assert json.loads(out)["course_id"] == 77
        counted = Counter(kind for kind, _ in place.objects(77))
        assert place.query("SELECT id FROM courses") == [(77,)]
    assert counted == {
        "discussion_topics": 1,
        "quizzes": 1,
        "quiz_questions": 3,
        "files": 1,
        "folders": 1,
        "modules": 1,
        "module_items": 3,
    }


def test_ten_loads_at_once_in_one_process_are_ten_courses_or_one(place: Place, tmp_path: Path) -> None:
    path = a_course(tmp_path / "course.imscc")

    async def load() -> tuple[list[int], list[int]]:
        async with open_pool(place.database_url, size=4) as pool:
            loader = Loader(pool, open_store(str(place.store)))
            new = await asyncio.gather(*(loader.load(path) for _ in range(10)))
            one = Context(ContextType.COURSE, new[0].context.id)
            same = await asyncio.gather(*(loader.load(path, one) for _ in range(10)))
            return [found.context.id for found in new], [found.context.id for found in same]

    new, same = asyncio.run(load())
    assert len(set(new)) == 10
    assert set(same) == {new[0]}
    sizes = {len(place.objects(course)) for course in new}
    assert sizes == {11}
    ids = [key for course in new for key in place.objects(course)]
    assert len(set(ids)) == len(ids)


def test_a_load_that_is_killed_leaves_no_half_course_and_the_next_one_works(place: Place, tmp_path: Path) -> None:
    path = a_course(tmp_path / "course.imscc")
    rows, _ = place.content()

    async def killed_in_the_middle(db: Any) -> None:
        async with db.transaction():
            await db.execute("LOCK TABLE content_identifiers IN SHARE MODE")  # objects can be written, names cannot
            process = command(place, path)
            try:
                await _blocked(place.database_url, process)
            finally:
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=30)

    place.with_database(killed_in_the_middle)
    assert place.content()[0] == rows
    loaded = place.loaded(path)
    assert len(place.objects(loaded["course_id"])) == 11


async def _blocked(database_url: str, process: subprocess.Popen[str]) -> None:
    """Wait until the load has written its objects and hangs at what comes after them."""
    watcher = await asyncpg.connect(database_url)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            waiting = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                         AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO content_identifiers%'"""
            if await watcher.fetchval(waiting):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the load never came to its names")
    finally:
        await watcher.close()
