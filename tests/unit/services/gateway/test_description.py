"""A gateway starts without what it may never show."""

from __future__ import annotations

from aiohttp import web

from services.gateway import description


def test_the_description_of_messages_is_not_built_at_the_start() -> None:
    description._asyncapi.cache_clear()
    description.Description().add_to(web.Application())
    assert description._asyncapi.cache_info().currsize == 0
