"""Licences in manifests: a code becomes a description, and a description that code again."""

from __future__ import annotations

import pytest

from shared.formats.imscp.licenses import LICENSES, code_of, description


@pytest.mark.parametrize("code", LICENSES)
def test_a_description_is_a_label_and_an_address_and_leads_back_to_its_code(code: str) -> None:
    label, separator, address = description(code).partition(" - ")
    assert separator
    assert address.startswith("http://")
    assert not label.startswith("http")
    assert code_of(description(code)) == code
    assert code_of(label) == code


def test_a_deed_of_another_version_is_the_same_licence() -> None:
    assert code_of("Something else - https://creativecommons.org/licenses/by-nd/3.0/") == "cc_by_nd"
    assert code_of("All mine") is None
