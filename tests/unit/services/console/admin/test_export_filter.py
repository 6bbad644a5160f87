"""The filter of the list of exports stands in the address of the page."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from services.console.admin.export_filter import ShownExports, shown_exports

FIELDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=12)


@given(st.builds(ShownExports, **dict.fromkeys(ShownExports.__struct_fields__, FIELDS)))
def test_a_filter_survives_its_way_through_an_address(shown: ShownExports) -> None:
    assert shown_exports(dict(parse_qsl(shown.query.removeprefix("?")))) == shown


def test_fields_that_are_empty_or_unknown_are_not_in_the_address() -> None:
    shown = shown_exports({"workflow_state": "failed", "context": " ", "frog": "1", "worker": ""})
    assert shown.query == "?workflow_state=failed"
    assert (shown.is_filtered, ShownExports().query, ShownExports(page="2").is_filtered) == (True, "", False)


def test_another_page_keeps_the_filter() -> None:
    shown = ShownExports(export_type="zip", page="bookmark:a")
    assert (shown.at("bookmark:b").query, shown.at("").query) == (
        "?export_type=zip&page=bookmark%3Ab",
        "?export_type=zip",
    )
