"""The licences of a course: Canvas's code, the label that people read, and the address of the licence."""

from __future__ import annotations

from typing import NamedTuple

PRIVATE = "private"


class License(NamedTuple):
    """The label and the address of a licence in the manifest."""

    label: str
    url: str


# Canvas's codes (cccv1p0.xsd) with the labels and addresses that it writes into manifests.
LICENSES = {
    PRIVATE: License("Private (Copyrighted)", "http://en.wikipedia.org/wiki/Copyright"),
    "public_domain": License("Public Domain", "http://en.wikipedia.org/wiki/Public_domain"),
    "cc_by": License("CC Attribution", "http://creativecommons.org/licenses/by/4.0"),
    "cc_by_sa": License("CC Attribution Share Alike", "http://creativecommons.org/licenses/by-sa/4.0"),
    "cc_by_nd": License("CC Attribution No Derivatives", "http://creativecommons.org/licenses/by-nd/4.0"),
    "cc_by_nc": License("CC Attribution Non-Commercial", "http://creativecommons.org/licenses/by-nc/4.0"),
    "cc_by_nc_sa": License(
        "CC Attribution Non-Commercial Share Alike", "http://creativecommons.org/licenses/by-nc-sa/4.0"
    ),
    "cc_by_nc_nd": License(
        "CC Attribution Non-Commercial No Derivatives", "http://creativecommons.org/licenses/by-nc-nd/4.0"
    ),
}


def description(code: str | None) -> str:
    """The rights of a course in the manifest: "<label> - <address>"; a course without a licence is private."""
    return " - ".join(LICENSES.get(code or PRIVATE, LICENSES[PRIVATE]))


def code_of(text: str | None) -> str | None:
    """The code of a licence, by the label or the Creative Commons address in its description; None for other texts."""
    label, _, url = (text or "").strip().partition(" - ")
    for code, licence in LICENSES.items():
        # The version in the address differs between packages (by/3.0, by/4.0); the name of the deed does not.
        if label == licence.label or ("creativecommons.org" in url and _deed(url) == _deed(licence.url)):
            return code
    return None


def _deed(url: str) -> str:
    """The name of a Creative Commons licence in its address, whatever the version: "by-sa"."""
    return url.strip().partition("/licenses/")[2].split("/", 1)[0]
