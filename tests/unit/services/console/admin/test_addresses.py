"""What an address keeps of a form, and where a list goes on."""

from __future__ import annotations

from aiohttp.test_utils import make_mocked_request
from msgspec import Struct

from services.console.admin.addresses import PER_PAGE, filled, older, without_empty


class ARow(Struct):
    id: int


def test_an_address_without_its_empty_fields_is_the_same_page() -> None:
    request = make_mocked_request("GET", "/console/admin/audit?user_id=+1+&since=&x=y")
    fields = filled(request, ("user_id", "since", "before_id"))
    assert fields == {"user_id": "1"}
    shorter = without_empty(request, fields)
    assert shorter is not None
    assert (shorter.status, shorter.headers["Location"]) == (303, "/console/admin/audit?user_id=1")
    assert without_empty(make_mocked_request("GET", "/console/admin/audit?user_id=1"), fields) is None


def test_a_full_page_goes_on_before_its_last_row_with_the_same_filter() -> None:
    rows = [ARow(number) for number in range(PER_PAGE, 0, -1)]
    assert older(rows) == "?before_id=1"
    assert older(rows, {"user_id": "7", "before_id": "51"}) == "?user_id=7&before_id=1"
    assert older(rows[1:]) == ""
