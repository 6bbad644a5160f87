"""Bodies that are forms, whatever they say of themselves."""

from __future__ import annotations

import time
from typing import Any

import pytest

from shared.http.answers import ApiError
from shared.http.bodies import read_parameters
from tests.fuzz import inputs

URLENCODED = "application/x-www-form-urlencoded"


async def parameters(content_type: str, body: bytes) -> dict[str, Any]:
    request = inputs.request([("Content-Type", content_type.encode())], method="POST", body=body)
    return await read_parameters(request)


def a_part(name: str, body: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + body + b"\r\n"


async def test_a_multipart_form_gives_its_text_fields_and_passes_over_its_files() -> None:
    body = (
        a_part("export_type", b"zip")
        + a_part("upload", b"\xff\xd8", '; filename="a.jpg"\r\nContent-Type: image/jpeg')
        + a_part("select[pages][]", "é".encode("latin-1"), "\r\nContent-Type: text/plain; charset=iso-8859-1")
        + a_part("select[pages][]", b"Mg==", "\r\nContent-Transfer-Encoding: base64")
        + b"--b--\r\n"
    )
    assert await parameters("multipart/form-data; boundary=b", body) == {
        "export_type": "zip",
        "select": {"pages": ["é", "2"]},
    }


@pytest.mark.parametrize(
    "body",
    [
        a_part("_charset_", b"x" * 40),
        a_part("NAME", b"x").replace(b"NAME", b"\xff"),
        a_part("a", b"x", "\r\nContent-Type: text/plain; charset=punycode"),
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n",
    ],
)
async def test_a_multipart_form_that_cannot_be_read_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        await parameters("multipart/form-data; boundary=b", body + b"--b--\r\n")
    assert refused.value.status == 400


async def test_a_form_in_a_charset_that_takes_the_square_of_its_bytes_in_time_is_refused_at_once() -> None:
    before = time.process_time()
    with pytest.raises(ApiError) as refused:
        await parameters(f"{URLENCODED}; charset=punycode", b"a" * 200_000)
    assert refused.value.status == 400
    assert time.process_time() - before < 0.5


async def test_a_content_type_of_thousands_of_parameters_is_refused_at_once() -> None:
    before = time.process_time()
    with pytest.raises(ApiError) as refused:
        await parameters("multipart/form-data" + ";" * 8000, b"x")
    assert refused.value.status == 400
    assert time.process_time() - before < 0.2


async def test_a_multipart_form_of_thousands_of_parts_is_too_large() -> None:
    with pytest.raises(ApiError) as refused:
        await parameters("multipart/form-data; boundary=b", a_part("a", b"1") * 1001 + b"--b--\r\n")
    assert refused.value.status == 413


async def test_a_form_with_half_of_a_surrogate_pair_is_a_bad_request() -> None:
    with pytest.raises(ApiError) as refused:
        await parameters(f"{URLENCODED}; charset=utf-7", b"select[pages][]=%2B2AA-")
    assert refused.value.status == 400


async def test_a_form_is_read_in_the_charset_that_it_names() -> None:
    body = "a=é&b=%E9".encode("latin-1")
    assert await parameters(f"{URLENCODED}; charset=ISO-8859-1", body) == {"a": "é", "b": "é"}
