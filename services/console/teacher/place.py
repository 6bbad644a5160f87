"""Where exports belong: a course, a group or a person's own files, as a page's address names it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from msgspec import Struct

from services.console.api_client import API
from services.console.session import ROOT

PLACE = ROOT + "/{contexts:courses|groups|users}/{context_id:[0-9]{1,19}}"
EXPORT = PLACE + "/exports/{id:[0-9]{1,19}}"


@dataclass(frozen=True, slots=True)
class Place:
    """A context. `path` is its part of addresses of the API and of ours alike: `courses/42`."""

    kind: str  # courses, groups or users
    number: str

    @classmethod
    def of(cls, request: web.Request) -> Place:
        """The place that the address names."""
        return cls(request.match_info["contexts"], request.match_info["context_id"])

    @property
    def path(self) -> str:
        """`courses/42`."""
        return f"{self.kind}/{self.number}"

    @property
    def page(self) -> str:
        """The address of its page."""
        return f"{ROOT}/{self.path}"

    @property
    def api(self) -> str:
        """Where the API shows it."""
        return f"/api/v1/{self.path}"

    @property
    def exports_api(self) -> str:
        """Where the API lists its exports, and takes requests for new ones."""
        return f"{self.api}/content_exports"

    @property
    def is_course(self) -> bool:
        """Whether it has content of all kinds; groups and people have files alone."""
        return self.kind == "courses"

    def export_page(self, export_id: int | str) -> str:
        """The address of the page of one of its exports."""
        return f"{self.page}/exports/{export_id}"


class NamedContext(Struct):
    """A course, group or user, of which a page shows the name: all that the three bodies of the API have in common."""

    name: str = ""


async def name_of(request: web.Request, place: Place) -> str:
    """The name of the place, for a person who may see it. Raises ApiRefused."""
    return (await request.app[API].get(request, place.api)).decoded(NamedContext).name


def export_page(request: web.Request) -> str:
    """The address of the page of the export that the address names."""
    return Place.of(request).export_page(request.match_info["id"])


def export_api(request: web.Request) -> str:
    """Where the API shows the export that the address names."""
    return f"{Place.of(request).exports_api}/{request.match_info['id']}"
