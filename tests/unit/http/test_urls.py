from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from shared.http.answers import ApiError
from shared.http.urls import base_url
from shared.runtime.settings import Settings

FORWARDED = {"Host": "inner:8081", "X-Forwarded-Host": "lms.example.edu", "X-Forwarded-Proto": "https"}


def base(headers: dict[str, str], *, behind_gateway: bool = False, **settings: object) -> str:
    chosen = Settings(database_url="postgresql://x/y", secret_key=("k",), **settings)
    return base_url(make_mocked_request("GET", "/", headers=headers), chosen, behind_gateway=behind_gateway)


def test_the_public_address_decides_where_there_is_one() -> None:
    assert base(FORWARDED, behind_gateway=True, public_url="https://a.example/") == "https://a.example"


def test_the_address_that_the_client_used_is_taken_and_forwarded_ones_are_not_believed() -> None:
    assert base(FORWARDED) == "http://inner:8081"


@pytest.mark.parametrize("trust", [{"behind_gateway": True}, {"trust_forwarded": True}])
def test_forwarded_addresses_are_believed_behind_the_gateway_or_a_trusted_proxy(trust: dict[str, bool]) -> None:
    assert base(FORWARDED, **trust) == "https://lms.example.edu"
    assert base({"Host": "inner:8081"}, **trust) == "http://inner:8081"


@pytest.mark.parametrize("host", ["[2001:db8::1]:8080", "127.0.0.1", "my_host:1"])
def test_hosts_may_be_names_and_addresses(host: str) -> None:
    assert base({"Host": host}) == f"http://{host}"


@pytest.mark.parametrize("host", ["a/b", "a b", "user@host", "a?b", 'a"b', "a:b", "a:123456", "a\\b"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ApiError) as refused:
        base({"Host": host})
    assert refused.value.status == 400


def test_a_scheme_that_is_none_is_refused() -> None:
    with pytest.raises(ApiError):
        base({**FORWARDED, "X-Forwarded-Proto": "javascript"}, trust_forwarded=True)
