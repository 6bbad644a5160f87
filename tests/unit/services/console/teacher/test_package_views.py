"""What is in a package is shown as a person reads it."""

from __future__ import annotations

import pytest

from deploy.stack.checkout import ROOT
from services.console.teacher.entry_tree import Shown, shown_as, tree_of
from services.console.teacher.page_pictures import picture_path, pictures_of, with_pictures
from services.console.teacher.quiz_text import plain, read_quiz
from shared.contracts.bodies import EntryBody

GOLDEN = ROOT / "tests" / "golden"


def entry(path: str) -> EntryBody:
    return EntryBody(path=path, size=1, compressed_size=1, crc32="0", sha256=None, kind=None, item_id=None, title=None)


def test_entries_lie_in_their_folders_in_the_order_of_the_package() -> None:
    root = tree_of(map(entry, ["imsmanifest.xml", "b/", "b/2.txt", "a/x/1.txt", "b/1.txt"]))
    assert [each.path for each in root.entries] == ["imsmanifest.xml"]
    assert list(root.folders) == ["b", "a"]
    assert [each.path for each in root.folders["b"].entries] == ["b/2.txt", "b/1.txt"]
    assert list(root.folders["a"].folders) == ["x"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("wiki_content/a.html", Shown.PAGE),
        ("web_resources/A.PNG", Shown.PICTURE),
        ("imsmanifest.xml", Shown.TEXT),
        ("web_resources/drawing.svg", Shown.NOT),
        ("web_resources/film.mp4", Shown.NOT),
        ("README", Shown.NOT),
    ],
)
def test_an_entry_is_shown_by_its_extension(path: str, shown: Shown) -> None:
    assert shown_as(path) is shown


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("$IMS-CC-FILEBASE$/a%20b/wave.png?canvas_download=1", "web_resources/a b/wave.png"),
        ("$1EdTech-CC-FILEBASE$/a%20b/wave.png", "web_resources/a b/wave.png"),
        ("%24IMS-CC-FILEBASE%24/a b/wave.png", "web_resources/a b/wave.png"),
        ("$IMS-CC-FILEBASE$/c:wave.png", "web_resources/c:wave.png"),
        ("$IMS-CC-FILEBASE$/../../wave.png", None),
        ("../web_resources/wave.png", "web_resources/wave.png"),
        ("../../wave.png", None),
        ("/etc/wave.png", None),
        ("https://elsewhere.example/wave.png", None),
        ("//elsewhere.example/wave.png", None),
        ("wave.svg", None),
        ("http://[x/wave.png", None),
    ],
)
def test_a_picture_is_looked_for_in_the_package_alone(source: str, path: str | None) -> None:
    assert picture_path(source, "wiki_content/page.html") == path


def test_pictures_of_the_package_are_put_into_the_page_and_others_taken_out() -> None:
    page = '<img alt="a" src="../w/a.png"><IMG src=https://x.example/b.png srcset="c.png 2x" alt="b"><img alt="c">'
    assert pictures_of(page, "p/page.html") == ["w/a.png"]
    shown = with_pictures(page, "p/page.html", {"w/a.png": b"\x89PNG"})
    assert shown == '<img src="data:image/png;base64,iVBORw==" alt="a"><IMG alt="b"><img alt="c">'


@pytest.mark.parametrize("name", ["sample-qti-1.2", "sample-cartridge-1.1"])
def test_every_quiz_of_the_golden_packages_is_readable(name: str) -> None:
    documents = [path.read_bytes() for path in (GOLDEN / name).rglob("*.xml")]
    quizzes = [quiz for quiz in map(read_quiz, documents) if quiz]
    assert quizzes
    tides = next(quiz for quiz in quizzes if quiz.title == "Final: tides")
    assert any("an eighth" in question.answers for question in tides.questions)


def test_a_document_that_is_no_quiz_is_none() -> None:
    assert read_quiz(b"<manifest/>") is None
    assert read_quiz(b"not xml") is None


def test_markup_is_not_read_aloud() -> None:
    assert plain("<p>one&nbsp;<b>two</b>\n three &amp; four</p>") == "one two three & four"
