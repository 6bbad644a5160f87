"""The bill of materials of a release: the Python packages of the image with their hashes.

Source: CycloneDX 1.6, JSON. Debian's packages of the base image are not in it; a scanner of images adds them.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str, version: str) -> dict[str, Any]:
    """The document for a lock file. The same lock and version give the same document."""
    components = [_component(*match.groups()) for match in _PINNED.finditer(lock)]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"content-exports/{version}/{lock}")
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
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(rest)],
    }
