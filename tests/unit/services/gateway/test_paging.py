"""Pages and the Link header, as Canvas's clients read them."""

import pytest

from services.gateway.paging import RequestedPage, bookmark, link_header, numbered_pages, page_of, read_bookmark
from shared.http.answers import ApiError

URL = "https://school.example/api/v1/courses/1/content_exports"


@pytest.mark.parametrize(
    ("page", "per_page", "expected"),
    [
        (None, None, RequestedPage(1, 10)),
        ("2", None, RequestedPage(2, 10)),
        ("1", "500", RequestedPage(1, 100)),
        ("1", "9" * 5000, RequestedPage(1, 100)),
        ("1", "0", RequestedPage(1, 1)),
        ("1", "ten", RequestedPage(1, 1)),
    ],
)
def test_per_page_is_ten_and_stays_between_one_and_a_hundred(
    page: str | None, per_page: str | None, expected: RequestedPage
) -> None:
    assert page_of(page, per_page) == expected


@pytest.mark.parametrize("page", ["0", "-1", "+1", "x", "1.5", "\u0663", "bookmark:x"])
def test_a_page_that_is_no_positive_number_is_not_found(page: str) -> None:
    with pytest.raises(ApiError) as caught:
        page_of(page, None)
    assert caught.value.status == 404


@pytest.mark.parametrize("page", ["999999999999", "9" * 19, "9" * 5000])
def test_a_page_far_beyond_the_end_has_an_offset_that_a_database_takes(page: str) -> None:
    assert 10**10 < page_of(page, "100").offset < 2**63


def links(query: list[tuple[str, str]], page: RequestedPage, total: int) -> str:
    return link_header(URL, query, numbered_pages(page, total), page.size)


def test_links_come_in_the_order_current_next_prev_first_last() -> None:
    link = links([], RequestedPage(2, 3), total=9)
    assert [part.rpartition('rel="')[2].rstrip('"') for part in link.split(",")] == [
        "current",
        "next",
        "prev",
        "first",
        "last",
    ]
    assert f'<{URL}?page=3&per_page=3>; rel="next"' in link.split(",")


def test_the_first_page_has_no_prev_and_the_last_no_next() -> None:
    assert 'rel="prev"' not in links([], RequestedPage(1, 10), total=11)
    assert 'rel="next"' not in links([], RequestedPage(2, 10), total=11)
    assert 'rel="next"' not in links([], RequestedPage(7, 10), total=11)


def test_a_link_keeps_other_parameters_and_drops_the_token() -> None:
    link = links([("access_token", "t"), ("include[]", "a,b"), ("page", "1")], RequestedPage(1, 10), total=0)
    assert link.startswith(f"<{URL}?include%5B%5D=a%2Cb&page=1&per_page=10>")
    assert "access_token" not in link


def test_links_that_are_too_long_together_lose_the_least_useful_ones() -> None:
    def names(length: int) -> list[str]:
        link = links([("x", "y" * length)], RequestedPage(2, 1), total=9)
        assert len(link) <= 6 * 1024
        return [part.rpartition('rel="')[2].rstrip('"') for part in link.split(",") if part]

    assert names(1000) == ["current", "next", "prev", "first", "last"]
    assert names(1200) == ["current", "next", "prev", "last"]
    assert names(2500) == ["next", "last"]
    assert names(7000) == []


@pytest.mark.parametrize("place", [(1, 2), (0, 2**63 - 1), (1_790_000_000_000_000, 9)])
def test_a_bookmark_is_read_as_the_place_it_was_made_of(place: tuple[int, int]) -> None:
    assert read_bookmark(bookmark(*place), 2) == place
    assert read_bookmark(bookmark(*place), 1) is None


@pytest.mark.parametrize(
    "page",
    [
        None,
        "",
        "2",
        "bookmark:",
        "bookmark:W10",
        "bookmark:WzEs",
        "bookmark:eyJhIjoxfQ",
        "bookmark:\u0663",
        bookmark(-1, 2),
        bookmark(1, 2**63),
        bookmark(1, 2) + "A" * 5000,
    ],
)
def test_what_is_no_bookmark_names_no_place(page: str | None) -> None:
    assert read_bookmark(page, 2) is None
