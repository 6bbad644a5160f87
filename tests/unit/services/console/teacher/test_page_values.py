"""Trees, dry runs, reports and streams as pages of the console have them."""

from __future__ import annotations

from msgspec import UNSET
from multidict import CIMultiDict

from services.console.pages import CONSOLE
from services.console.teacher.export_page import report_view
from services.console.teacher.pass_on import passed_headers
from services.console.teacher.plan import plan_view
from services.console.teacher.selection_tree import branch_of
from shared.contracts.bodies import ReportBody, SelectableArea, SelectableItem, Warned, WarnedItem
from shared.contracts.plans import Plan
from shared.domain.export import ExportType, WorkflowState
from shared.domain.report import ItemWarning

ENGLISH = CONSOLE.texts_for("en")


def an_area(name: str) -> SelectableArea:
    return SelectableArea(type=name, property=f"select[all_{name}]", title=name, count=2)


def an_item(number: int, *inside: SelectableItem) -> SelectableItem:
    name = f"select[attachments][attachment_{number}]"
    return SelectableItem(
        type="attachments", property=name, title=str(number), id=f"attachment_{number}", sub_items=list(inside) or UNSET
    )


def test_a_branch_has_the_boxes_of_its_objects_and_of_those_in_folders() -> None:
    branch = branch_of(an_area("attachments"), [an_item(1, an_item(2), an_item(3)), an_item(4)], "Files")
    assert [each[-2] for each in branch.boxes] == ["1", "2", "3", "4"]
    assert branch.types == ("common_cartridge", "qti", "zip")[::2]
    assert branch_of(an_area("quizzes"), [], "Quizzes").types == ("common_cartridge", "qti")
    assert branch_of(an_area("wiki_pages"), [], "Pages").types == ("common_cartridge",)


def test_a_dry_run_counts_what_comes_along_by_its_reason_and_groups_warnings_by_what_to_do() -> None:
    warnings = [
        ItemWarning(code="object_missing", message=f"The bytes of {each} are missing.", title=each) for each in "ab"
    ]
    plan = Plan(
        export_type=ExportType.COMMON_CARTRIDGE,
        packed={"pages": 2, "files": 1, "quizzes": 0},
        included_because={"pages:1": "it is in the module M", "pages:2": "it is in the module M", "files:1": "linked"},
        warnings=warnings,
        estimated_seconds=0.2,
    )
    view = plan_view(plan, ENGLISH)
    assert (view.objects, view.seconds) == (3, 1)
    assert view.counts == (("Pages", 2), ("Files", 1))
    assert view.along == (("it is in the module M", 2), ("linked", 1))
    (group,) = view.warnings
    assert group.lines == (("a", "The bytes of a are missing."), ("b", "The bytes of b are missing."))
    assert group.what_to_do


def test_a_report_names_the_first_warnings_of_a_group_and_counts_the_rest() -> None:
    item = WarnedItem(kind="files", id=1, title="a.txt")
    warned = Warned(code="x", message="It is gone.", item=item, place=None, what_to_do="Upload it again.")
    report = ReportBody(
        content_export_id=1,
        workflow_state=WorkflowState.EXPORTED,
        complete=False,
        expected={"files": 30},
        packed={"files": 5},
        skipped={},
        failed={"files": 25},
        excluded={"files": 2, "pages": 1},
        included_because={},
        warnings=[warned] * 25,
    )
    view = report_view(report, ENGLISH)
    (group,) = view.warnings
    assert (group.what_to_do, group.lines[0], len(group.lines), group.more) == (
        "Upload it again.",
        ("a.txt", "It is gone."),
        20,
        5,
    )
    assert view.excluded == 3


def test_only_headers_about_the_bytes_are_handed_on() -> None:
    given = CIMultiDict({"ETag": '"a"', "content-range": "bytes 1-2/3", "Set-Cookie": "a=b", "Server": "x"})
    passed = {name.lower(): value for name, value in passed_headers(given).items()}
    assert passed == {"etag": '"a"', "content-range": "bytes 1-2/3"}
