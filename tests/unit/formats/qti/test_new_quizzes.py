"""Items of New Quizzes, in the shapes that it writes: read as what they are, and written again as they were."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.quizzes import QuizQuestion
from shared.domain.kinds import Kind
from shared.domain.report import Report
from tests.support.package_checkers import faults
from tests.support.packed_folder import packed
from tests.support.qti_builders import a_question, canonical, item_of, part, read_back
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import needs_shared

KEY = "gf0c2b8a1d94e4f3c8a7b6d5e4f3a2b10"
QUIZ = f"{KEY}/{KEY}.xml"


class Trip:
    """The package of tests/data, loaded and exported again."""

    def __init__(self, folder: Path) -> None:
        self.source, self.exported = packed("new_quizzes", folder / "in.zip"), folder / "out.zip"
        self.loaded: Loaded = load(self.source)
        self.report: Report = export(self.loaded, self.exported, export_type="qti")

    def question(self, name: str) -> QuizQuestion:
        return next(q for q in self.loaded.course.each(Kind.QUIZ_QUESTIONS) if q.question_name == name)


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    return Trip(tmp_path_factory.mktemp("new_quizzes"))


def items_of(package: Path) -> Iterator[tuple[str, etree._Element]]:
    with zipfile.ZipFile(package) as archive:
        for item in etree.fromstring(archive.read(QUIZ)).iterfind(".//{*}item"):
            yield item.get("ident"), item


def fields(item: etree._Element) -> dict[str, str]:
    return {f[0].text: f[1].text or "" for f in item.iterfind(".//{*}qtimetadatafield")}


def test_every_item_is_exported_as_it_came(trip: Trip) -> None:
    before, after = dict(items_of(trip.source)), dict(items_of(trip.exported))
    assert list(before) == list(after)
    for ident, item in before.items():
        assert fields(item).items() <= fields(after[ident]).items()
        assert dict(item.attrib) == dict(after[ident].attrib)
        assert part(item, "presentation") == part(after[ident], "presentation")
        for name in ("itemproc_extension", "resprocessing"):
            if item.find(f"{{*}}{name}") is not None and fields(item)["question_type"] != "ordering_question":
                assert part(item, name) == part(after[ident], name)


def test_types_without_a_classic_counterpart_are_reported_when_read_and_when_written(trip: Trip) -> None:
    warnings = [w.message for w in trip.loaded.importing.warnings if w.code == "qti_type_of_new_quizzes"]
    names = ["Sort the phases", "From low to high", "Where the water stands high"]
    assert [next(n for n in names if n in message) for message in warnings] == names
    warned = [(w.code, w.kind, w.title) for w in trip.report.warnings]
    assert warned == [("question_type_of_new_quizzes", "quiz_questions", name) for name in names]
    assert trip.report.packed[Kind.QUIZ_QUESTIONS] == 12


def test_a_category_knows_what_belongs_into_it(trip: Trip) -> None:
    question = trip.question("Sort the phases")
    assert question.question_type == "categorization_question"
    assert [(a.text, a.match_ids) for a in question.answers] == [("Springs", ["f1", "f2"]), ("Neaps", ["f3"])]
    assert [(m.match_id, m.text) for m in question.matches] == [
        ("f4", "Blue Moon"),
        ("f1", "New Moon"),
        ("f3", "First quarter"),
        ("f2", "Full Moon"),
    ]


def test_an_order_has_places_and_labels_at_its_ends(trip: Trip) -> None:
    question = trip.question("From low to high")
    assert [(a.id, a.html, a.order) for a in question.answers] == [
        ("o1", "<p>low water</p>", 1),
        ("o2", "<p>high water</p>", 3),
        ("o3", "<p>flood</p>", 2),
    ]
    assert question.new_quiz == NewQuizItem(top_label="first", bottom_label="last")


def test_an_order_is_scored_for_exactly_one_sequence(trip: Trip) -> None:
    item = item_of(trip.question("From low to high"))
    values = [v.text for v in item.iterfind(".//{*}conditionvar/{*}varequal")]
    assert (values, item.findtext(".//{*}setvar")) == (["o1", "o3", "o2"], "100")


def test_a_hot_spot_has_its_picture_as_a_course_file_and_its_areas_to_the_last_digit(trip: Trip) -> None:
    question = trip.question("Where the water stands high")
    file = next(trip.loaded.course.each(Kind.FILES))
    assert question.question_text == "<p>Show both high waters.</p>"
    assert question.new_quiz is not None
    assert f"/files/{file.id}/" in (question.new_quiz.image_url or "")
    assert [(a.id, a.shape, a.coordinates) for a in question.answers] == [
        (1, "rectangle", "0.35346097201767307,0.10,0.6,0.25"),
        (2, "ellipse", "0.5,0.8,0.1,0.05"),
    ]
    with zipfile.ZipFile(trip.exported) as archive:
        assert "web_resources/Uploaded Media/5e0a1c44-7f62-4a55-8a4f-0c1c6f0b7d11" in archive.namelist()


def test_areas_that_are_no_points_are_reported() -> None:
    odd = a_question("hot_spot_question", [{"id": 1, "shape": "rectangle", "coordinates": "0.3"}], unwrapped=True)
    back, warnings = read_back(item_of(odd))
    assert back.answers[0].coordinates == "0.3"
    assert [code for code, _ in warnings] == ["qti_picture_missing", "qti_area_not_mapped", "qti_type_of_new_quizzes"]


def test_a_question_belongs_to_its_stimulus_by_id(trip: Trip) -> None:
    stimulus, child = trip.question("Reading a tide table"), trip.question("The higher one")
    assert child.parent_stimulus_id == stimulus.id
    assert stimulus.new_quiz == NewQuizItem(instructions="Answer from the table.", orientation="left")


def test_choices_may_earn_different_points(trip: Trip) -> None:
    answers = trip.question("The higher one").answers
    assert [(a.points, a.weight) for a in answers] == [(4.0, 100), (2.0, 0), (0.0, 0)]


def test_numbers_keep_the_kind_of_their_margin_and_of_their_precision(trip: Trip) -> None:
    (percent,) = trip.question("Mean range").answers
    (decimals,) = trip.question("The period").answers
    assert (percent.exact, percent.margin, percent.margin_type) == (4.0, 5.0, "percent")
    assert (decimals.approximate, decimals.precision, decimals.precision_type) == (12.42, 2, "decimals")


def test_blanks_are_named_as_in_the_text_and_each_has_its_way_of_comparing(trip: Trip) -> None:
    question = trip.question("The age of the tide")
    found = [(a.blank_id and a.blank_id[-1], a.text, a.weight, a.answer_type) for a in question.answers]
    assert found == [
        ("1", "spring", 100, "dropdown"),
        ("1", "neap", 0, "dropdown"),
        ("2", "new", 0, "wordbank"),
        ("2", "full", 100, "wordbank"),
        ("3", "two", 100, "openEntry"),
        ("3", "2", 100, "openEntry"),
        ("4", "Newton", 100, "openEntry"),
    ]
    assert all(f"[{a.blank_id}]" in (question.question_text or "") for a in question.answers)
    newton = question.answers[-1]
    assert (newton.scoring_algorithm, newton.levenshtein_distance, newton.ignore_case) == ("TextCloseEnough", 1, True)


def test_essays_uploads_and_formulas_keep_their_settings(trip: Trip) -> None:
    assert trip.question("In your own words").new_quiz == NewQuizItem(
        rce=True, word_count=True, spell_check=False, word_limit_enabled=True, word_limit_min=50, word_limit_max=200
    )
    assert trip.question("Your measurements").new_quiz == NewQuizItem(allowed_types="csv,ods", files_count=2)
    assert trip.question("The square of the speed").new_quiz == NewQuizItem(
        margin_type="percent", scientific_notation=True
    )


def test_what_stands_in_json_is_the_same_again(trip: Trip) -> None:
    for question in trip.loaded.course.each(Kind.QUIZ_QUESTIONS):
        assert QuizQuestion.from_json(question.to_json()) == question


def test_a_second_trip_changes_nothing(trip: Trip, tmp_path: Path) -> None:
    export(load(trip.exported), tmp_path / "again.zip", export_type="qti")
    with zipfile.ZipFile(trip.exported) as first, zipfile.ZipFile(tmp_path / "again.zip") as second:
        assert canonical(first.read(QUIZ)) == canonical(second.read(QUIZ))


@needs_shared
def test_the_profile_of_common_cartridge_has_nothing_of_new_quizzes(tmp_path: Path) -> None:
    out = tmp_path / "out.imscc"
    export(load(packed("new_quizzes", tmp_path / "course.zip")), out)
    assert [fault for fault in faults(out) if fault[0] == "schema.questestinterop"] == []
