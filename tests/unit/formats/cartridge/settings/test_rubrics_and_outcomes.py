from __future__ import annotations

from typing import Any

from shared.domain.content.course import BlueprintRestrictions, Course, RestrictedItem
from shared.domain.content.grading import Criterion, Rating, Rubric
from shared.domain.content.outcomes import Alignment, LearningOutcome, LearningOutcomeGroup, OutcomeRating
from shared.domain.kinds import Kind
from shared.formats.cartridge.settings import blueprint, learning_outcomes, read_learning_outcomes, rubrics
from shared.formats.identifiers import global_id, key
from shared.formats.importing import Importing
from tests.support.formats import COURSE_ID, a_packing, a_source, an_importing, children, parsed, text_of

OUTCOME, GROUP = Kind.LEARNING_OUTCOMES, Kind.LEARNING_OUTCOME_GROUPS


def names(element: Any) -> list[str]:
    return [name for name, _ in children(element)]


def fields_of(item: Any, *left_out: str) -> dict[str, Any]:
    return {n: v for n, v in item.to_json().items() if n not in ("id", "migration_id", *left_out)}


def rubric_document(*items: Rubric, others: dict[Kind, list[Any]] | None = None, **arguments: Any) -> Any:
    return parsed(rubrics.document(a_packing({Kind.RUBRICS: list(items), **(others or {})}, **arguments)))


FULL_RUBRIC = Rubric(
    id=5,
    position=1,
    title="Lab",
    description="How labs are judged",
    points_possible=10.0,
    reusable=True,
    read_only=False,
    public=False,
    hide_score_total=True,
    free_form_criterion_comments=False,
    rating_order="descending",
    external_identifier=12,
    data=[
        Criterion(
            id="_1",
            description="Care",
            long_description="With <b>care</b>",
            points=10.0,
            mastery_points=7.5,
            ignore_for_scoring=False,
            criterion_use_range=True,
            learning_outcome_external_identifier="44",
            ratings=[Rating(id="blank", criterion_id="_1", description="All", long_description="x", points=10.0)],
        ),
        Criterion(id="_2", description="Speed", points=0),
    ],
)


def test_everything_of_a_rubric_comes_back() -> None:
    importing = an_importing()
    body = rubrics.document(a_packing({Kind.RUBRICS: [FULL_RUBRIC]}))
    rubrics.read(a_source({"course_settings/rubrics.xml": body or b""}), importing)
    assert importing.warnings == []
    (found,) = importing.all(Kind.RUBRICS)
    assert fields_of(found) == fields_of(FULL_RUBRIC)


def test_false_is_written_and_blank_is_not() -> None:
    root = rubric_document(Rubric(id=5, title="", read_only=False))
    assert root[0].get("identifier") == key(Kind.RUBRICS, 5)
    assert children(root[0]) == [("read_only", "false"), ("criteria", "")]


def test_a_rating_has_its_elements_in_order_even_when_empty() -> None:
    criterion = Criterion(id="_1", points=5.0, ratings=[Rating(points=5.0)])
    root = rubric_document(Rubric(id=5, data=[criterion]))
    (found,) = root.iter("{*}criterion")
    assert names(found) == ["criterion_id", "points", "description", "ratings"]
    (rating,) = root.iter("{*}rating")
    assert children(rating) == [("description", ""), ("points", "5.0"), ("criterion_id", ""), ("id", "")]


def test_a_criterion_for_an_outcome_of_the_course_names_it() -> None:
    rubric = Rubric(id=5, title="R", data=[Criterion(id="_1", learning_outcome_id=3)])
    packing = a_packing({Kind.RUBRICS: [rubric], OUTCOME: [LearningOutcome(id=3)]})
    root = parsed(rubrics.document(packing))
    (criterion,) = root.iter("{*}criterion")
    assert text_of(criterion, "learning_outcome_identifierref") == key(OUTCOME, 3)
    (elsewhere,) = rubric_document(rubric).iter("{*}criterion")
    assert text_of(elsewhere, "learning_outcome_identifierref") is None


def outcome_document(*items: Any, **arguments: Any) -> Any:
    objects: dict[Kind, list[Any]] = {OUTCOME: [], GROUP: []}
    for item in items:
        objects[OUTCOME if isinstance(item, LearningOutcome) else GROUP].append(item)
    packing = a_packing(objects, **arguments)
    return parsed(learning_outcomes.document(packing))


def read_outcomes(body: bytes) -> Importing:
    importing = an_importing()
    read_learning_outcomes.read(a_source({"course_settings/learning_outcomes.xml": body}), importing)
    return importing


def shape(element: Any) -> list[Any]:
    """(title, what is inside) of the groups, titles of the outcomes, in order."""
    found: list[Any] = []
    for child in element:
        if child.tag.endswith("learningOutcomeGroup"):
            found.append((text_of(child, "title"), shape(child[-1])))
        elif child.tag.endswith("learningOutcome"):
            found.append(text_of(child, "title"))
    return found


TREE = (
    LearningOutcomeGroup(id=1, title="Course", root=True),
    LearningOutcomeGroup(id=2, title="Cells", parent_outcome_group_id=1),
    LearningOutcomeGroup(id=3, title="Membranes", parent_outcome_group_id=2),
    LearningOutcome(id=10, title="top", outcome_group_id=1),
    LearningOutcome(id=11, title="in cells", outcome_group_id=2),
    LearningOutcome(id=12, title="in membranes", outcome_group_id=3),
)


def test_groups_come_before_outcomes_and_the_root_group_is_not_written() -> None:
    assert shape(outcome_document(*TREE)) == [("Cells", [("Membranes", ["in membranes"]), "in cells"]), "top"]


def test_everything_in_a_selected_group_is_exported_and_nothing_else() -> None:
    assert shape(outcome_document(*TREE, select={"learning_outcome_groups": ["3"]})) == [
        ("Membranes", ["in membranes"])
    ]


def test_a_selected_outcome_of_an_unselected_group_stands_at_the_top() -> None:
    assert shape(outcome_document(*TREE, select={"learning_outcomes": ["12"]})) == ["in membranes"]


def test_selecting_all_outcomes_selects_the_groups() -> None:
    assert shape(outcome_document(*TREE, select={"all_learning_outcomes": "1"})) == shape(outcome_document(*TREE))


def test_what_is_in_a_group_that_is_gone_stands_at_the_top() -> None:
    assert shape(outcome_document(LearningOutcome(id=10, title="lost", outcome_group_id=99))) == ["lost"]


def test_groups_that_are_inside_each_other_lose_no_outcome() -> None:
    ring = (
        LearningOutcomeGroup(id=2, title="a", parent_outcome_group_id=3),
        LearningOutcomeGroup(id=3, title="b", parent_outcome_group_id=2),
        LearningOutcome(id=10, title="inside", outcome_group_id=3),
    )
    assert shape(outcome_document(*ring)) == ["inside"]


FULL_OUTCOME = LearningOutcome(
    id=10,
    title="Osmosis",
    description="<p>Explain</p>",
    calculation_method="decaying_average",
    calculation_int=65,
    vendor_guid="v",
    copied_from_outcome_id=10000000000077,
    friendly_description="Tell",
    is_global_outcome=True,
    external_identifier=9,
    points_possible=5.0,
    mastery_points=3.0,
    ratings=[OutcomeRating(description="Good", points=5.0), OutcomeRating(description="Bad", points=0.0)],
)


def test_everything_of_outcomes_and_groups_comes_back() -> None:
    group = LearningOutcomeGroup(id=2, title="G", description="<p>d</p>", vendor_guid="v", source_outcome_group_id=4)
    inner = LearningOutcomeGroup(id=3, title="H", parent_outcome_group_id=2)
    outcome = LearningOutcome.from_json({**FULL_OUTCOME.to_json(), "outcome_group_id": 3})
    packing = a_packing({OUTCOME: [outcome], GROUP: [group, inner]})
    importing = read_outcomes(learning_outcomes.document(packing) or b"")
    assert importing.warnings == []
    (first, second), (found,) = importing.all(GROUP), importing.all(OUTCOME)
    assert fields_of(first, "position") == fields_of(group)
    assert second.parent_outcome_group_id == first.id
    assert found.outcome_group_id == second.id
    assert fields_of(found, "position", "outcome_group_id") == fields_of(FULL_OUTCOME)


def test_an_outcome_without_an_origin_names_itself() -> None:
    root = outcome_document(LearningOutcome(id=10, title="x"))
    assert text_of(root[0], "copied_from_outcome_id") == str(global_id(10))


def test_an_alignment_names_content_by_class_and_key() -> None:
    alignment = Alignment(content_type="Assignment", content_id=42, mastery_type="points", mastery_score=3.0)
    importing = an_importing()
    body = learning_outcomes.document(a_packing({OUTCOME: [LearningOutcome(id=10, alignments=[alignment])]}))
    (element,) = parsed(body).iter("{*}alignment")
    assert children(element) == [
        ("content_type", "Assignment"),
        ("content_id", key(Kind.ASSIGNMENTS, 42)),
        ("mastery_type", "points"),
        ("mastery_score", "3.0"),
    ]
    importing = read_outcomes(body or b"")
    (outcome,) = importing.all(OUTCOME)
    assert outcome.alignments[0].content_id == importing.id_of(Kind.ASSIGNMENTS, key(Kind.ASSIGNMENTS, 42))


def test_an_alignment_with_an_unknown_class_is_a_warning_both_ways() -> None:
    outcome = LearningOutcome(id=10, alignments=[Alignment(content_type="Planet", content_id=1)])
    packing = a_packing({OUTCOME: [outcome]})
    assert "alignment>" not in (learning_outcomes.document(packing) or b"").decode()
    assert [warning.code for warning in packing.report.warnings] == ["alignment_left_out"]
    body = b"""<learningOutcomes><learningOutcome identifier="o"><alignments><alignment><content_type>Planet</content_type>
      <content_id>x</content_id></alignment></alignments></learningOutcome></learningOutcomes>"""
    assert [warning.code for warning in read_outcomes(body).warnings] == ["alignment_left_out"]


def test_groups_nested_without_end_are_a_warning_and_no_crash() -> None:
    nested = "<learningOutcomeGroup><learningOutcomes>" * 70 + "</learningOutcomes></learningOutcomeGroup>" * 70
    importing = read_outcomes(f"<learningOutcomes>{nested}</learningOutcomes>".encode())
    assert [warning.code for warning in importing.warnings] == ["groups_too_deep"]


BLUEPRINT = Course(
    id=COURSE_ID,
    blueprint=True,
    use_blueprint_restrictions_by_object_type=True,
    blueprint_restrictions=BlueprintRestrictions(content=True, points=False),
    blueprint_restrictions_by_object_type={"quiz": BlueprintRestrictions(due_dates=True)},
    restricted_items=[
        RestrictedItem(
            content_type="WikiPage",
            content_id=3,
            restrictions=BlueprintRestrictions(content=True, state=True),
            use_default_restrictions=False,
        )
    ],
)


def test_a_blueprint_states_its_restrictions_the_default_ones_first() -> None:
    root = parsed(blueprint.document(a_packing(course=BLUEPRINT)))
    assert text_of(root, "use_default_restrictions_by_type") == "true"
    found = [dict(element.attrib) for element in root.iterfind("{*}restrictions/{*}restriction")]
    assert found == [
        {"content_type": "default", "content": "true", "points": "false"},
        {"content_type": "Quizzes::Quiz", "due_dates": "true"},
    ]
    (item,) = root.iterfind("{*}restricted_items/{*}item")
    assert item.get("identifierref") == key(Kind.PAGES, 3)
    assert dict(item[0].attrib) == {"content_type": "WikiPage", "content": "true", "state": "true"}


def test_the_restrictions_of_a_blueprint_come_back() -> None:
    importing = an_importing()
    body = blueprint.document(a_packing(course=BLUEPRINT))
    blueprint.read(a_source({"course_settings/blueprint.xml": body or b""}), importing)
    assert importing.warnings == []
    before, after = BLUEPRINT.to_json(), (importing.course or Course(id=0)).to_json()
    after["restricted_items"][0]["content_id"] = 3
    assert after == before


def test_a_course_that_is_no_blueprint_or_whose_settings_are_not_selected_has_no_such_document() -> None:
    assert blueprint.document(a_packing()) is None
    assert blueprint.document(a_packing(course=BLUEPRINT, select={"pages": ["1"]})) is None
    assert blueprint.document(a_packing(course=BLUEPRINT, select={"all_blueprint_settings": "1"})) is not None
