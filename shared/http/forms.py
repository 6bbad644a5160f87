"""Forms as names and values, in their order: urlencoded ones, and the text fields of multipart ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from shared.domain.character_sets import codec_of, decode
from shared.http.answers import bad_request, too_large

_MAX_FIELDS = 20_000  # of an urlencoded form; a part of a multipart one costs more, and aiohttp has a limit of its own

Pairs = list[tuple[str, str]]


def urlencoded(raw: bytes, charset: str) -> Pairs:
    """The fields of an urlencoded form. Raises 400 for what cannot be read."""
    try:
        codec = codec_of(charset)
        text = raw.rstrip().decode(codec)
        return _encodable(parse_qsl(text, keep_blank_values=True, encoding=codec, max_num_fields=_MAX_FIELDS))
    except (ValueError, LookupError) as error:  # LookupError: an unknown character set
        raise bad_request(f"the form cannot be read: {error}") from error


async def multipart(request: web.Request) -> Pairs:
    """The text fields of a multipart form; files are passed over. Raises 400 for what cannot be read, 413 above the limit."""
    try:
        return _encodable([pair async for pair in _fields(request, await request.multipart())])
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise bad_request(f"the form cannot be read: {error}") from error


async def _fields(request: web.Request, reader: MultipartReader) -> AsyncIterator[tuple[str, str]]:
    count = 0
    while (part := await reader.next()) is not None:
        count += 1
        if count > request.client_max_fields:
            raise too_large()
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("a part of it is no field")
        content = bytearray()
        while chunk := await part.read_chunk():
            if request.content.total_bytes > request.client_max_size:
                raise too_large()
            if not part.filename:
                content += chunk
        if not part.filename and part.headers.get("Content-Type", "text/plain").startswith("text/"):
            yield part.name, decode(part.decode(content), part.get_charset(default="utf-8"))


def _encodable(pairs: Pairs) -> Pairs:
    """The pairs. Raises UnicodeEncodeError for half of a surrogate pair: UTF-7 and the head of a part may give one."""
    for pair in pairs:
        "".join(pair).encode()
    return pairs
