"""Media and the queries of files in the links of a package."""

from __future__ import annotations

import pytest

from shared.formats.html.package_links import file_query
from tests.support.linked_course import HOST, Linked

MEDIA = "$IMS-CC-FILEBASE$/my talk.mp4"
SOURCE = f'<source src="{MEDIA}" data-media-id="m-abc" data-media-type="video">'


@pytest.mark.parametrize(
    ("page", "exported"),
    [
        (
            '<a id="media_comment_m-abc" class="x instructure_inline_media_comment" href="/media_objects/m-abc">v</a>',
            f'<a id="media_comment_m-abc" class="x instructure_inline_media_comment" href="{MEDIA}">v</a>',
        ),
        (
            '<iframe src="/media_objects_iframe/m-abc?type=video" width="5"></iframe>',
            f'<iframe src="{MEDIA}" width="5"></iframe>',
        ),
        (
            '<iframe width="5" data-media-type="video" src="/media_objects_iframe/m-abc" data-media-id="m-abc"></iframe>',
            f'<video width="5" data-media-type="video" data-media-id="m-abc">{SOURCE}</video>',
        ),
        (
            '<IFRAME data-media-type="audio" src="/media_attachments_iframe/7?type=audio"></IFRAME>',
            f'<audio data-media-type="audio"><source src="{MEDIA}" data-media-type="audio"></audio>',
        ),
        (
            '<iframe src="/media_objects_iframe/m-unknown"></iframe>',
            f'<iframe src="{HOST}/media_objects_iframe/m-unknown"></iframe>',
        ),
    ],
)
def test_media_comments_and_players_name_the_media_file_without_encoding(page: str, exported: str) -> None:
    assert Linked().export(page) == exported


@pytest.mark.parametrize(
    ("rest", "query"),
    [
        ("", ""),
        ("/", ""),
        ("/preview", ""),
        ("/download", "?canvas_download=1"),
        ("/download?wrap=1", "?canvas_download=1&canvas_qs_wrap=1"),
        ("?wrap=1", "?canvas_=1&canvas_qs_wrap=1"),
        ("/preview?verifier=x", ""),
        ("/preview?a=", ""),
        ("/download?name=a b&ü=1", "?canvas_download=1&canvas_qs_name=a+b&canvas_qs_%C3%BC=1"),
        ("/preview?a=1#t=5", "?canvas_qs_a=1#t=5"),
    ],
)
def test_what_follows_a_files_id_becomes_the_query_of_its_reference(rest: str, query: str) -> None:
    assert file_query(rest) == query
