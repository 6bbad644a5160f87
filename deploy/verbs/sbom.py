"""The bill of materials of a release: what its image has, Python packages with their hashes and Debian's packages.

Sources: CycloneDX 1.6, JSON; for addresses, the type definitions `pypi` and `deb` of package URLs.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str, dpkg_status: str, version: str) -> dict[str, Any]:
    """The document for a lock file and the status file of dpkg. The same files and version give the same document."""
    components = [_component(*match.groups()) for match in _PINNED.finditer(lock)]
    components += [_of_debian(fields) for fields in _installed(dpkg_status)]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"content-exports/{version}/{lock}/{dpkg_status}")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "content-exports",
                "name": "content-exports",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "content-exports", "dependsOn": [each["bom-ref"] for each in components]}],
    }


def _component(name: str, version: str, rest: str) -> dict[str, Any]:
    """A package; `hashes` are of all of its files, of which the image has one."""
    address = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    return _library(
        name, version, address, hashes=[{"alg": "SHA-256", "content": each} for each in _HASH.findall(rest)]
    )


def _installed(dpkg_status: str) -> Iterator[dict[str, str]]:
    """The fields of each package that is installed; of those that go on over several lines, the first."""
    for stanza in dpkg_status.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, re.MULTILINE))
        if fields.get("Status") == "install ok installed":
            yield fields


def _of_debian(fields: dict[str, str]) -> dict[str, Any]:
    """A package of Debian; `source` says of which source package it was built, which advisories name."""
    name, version = fields["Package"], fields["Version"]
    address = f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe=':~')}?arch={fields['Architecture']}"
    source = fields.get("Source", name).partition(" ")[0]
    return _library(name, version, address, properties=[{"name": "debian:source", "value": source}])


def _library(name: str, version: str, address: str, **more: Any) -> dict[str, Any]:
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address, **more}
