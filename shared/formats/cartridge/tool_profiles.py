"""LTI 2 tools: the profile that each registered with, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from shared.domain.content.external_tools import ToolProfile
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import json_text
from shared.formats.canvas.html_page import decode
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing

TYPE = "tool_profile"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for every selected profile. Source: Canvas."""
    return packing.each(Kind.TOOL_PROFILES, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, profile: ToolProfile) -> Iterator[Entry]:
    identifier = packing.key(Kind.TOOL_PROFILES, profile.id)
    data = {"tool_profile": profile.tool_profile, "meta": {"registration_url": profile.registration_url}}
    # Sorted: the store keeps JSON objects in no stated order, and the same course must give the same bytes.
    body = json.dumps(data, ensure_ascii=False, sort_keys=True).encode()
    resources.add(Resource(identifier, TYPE, files=(f"{identifier}.json",)))
    yield Entry(f"{identifier}.json", body)


def read(source: PackageSource, importing: Importing) -> None:
    """Every tool profile of the package."""
    for resource in source.manifest.resources.values():
        if resource.type == TYPE and resource.files and resource.files[0] in source.package:
            source.used.add(resource.files[0])
            _read(resource.files[0], resource.identifier, source, importing)


def _read(path: str, identifier: str, source: PackageSource, importing: Importing) -> None:
    try:
        data = json_text.load(decode(source.package.read(path)))
        profile, url = data["tool_profile"], (data.get("meta") or {}).get("registration_url")
        product = profile.get("product_instance", {}).get("product_info", {}).get("product_name", {})
    except (ValueError, LookupError, TypeError, AttributeError):
        importing.warn(
            WarningCode.TOOL_PROFILE_UNREADABLE, path, "This is no tool profile; nothing of it was taken in."
        )
        return
    importing.add(
        Kind.TOOL_PROFILES,
        ToolProfile(
            id=importing.id_of(Kind.TOOL_PROFILES, identifier),
            migration_id=identifier,
            title=str(product.get("default_value") or "") if isinstance(product, dict) else "",
            tool_profile=profile,
            registration_url=None if url is None else str(url),
        ),
    )
