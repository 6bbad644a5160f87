"""The HTTP API as the console knows it, with answers that are written down. The number in an address chooses the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from shared.contracts.bodies import AccountBody, CourseBody, GroupBody, SelectableArea, SelectableItem, User
from shared.contracts.examples import example_of
from shared.contracts.plans import Failure, Plan
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType
from shared.domain.report import ItemWarning
from shared.domain.warning_codes import WarningCode
from tests.support.console_pages import exports
from tests.support.console_pages.operators_api import OperatorsApi

COURSE, EMPTY, ARABIC, UNREADABLE = 12, 13, 14, 15  # ids of courses; of the last, a student may not see the content
STATUSES = (403, 404, 409, 410, 429, 500, 503, 507)  # courses with these ids answer so
AWAY = 504  # a course whose answers break off
TITLES = {COURSE: "Tides and currents", EMPTY: "Nothing yet", ARABIC: "المد والجزر: مقدمة (2026)"}
TOKEN, REVOKED = "t0ken", "revoked"  # of a site admin, and of nobody
_REFUSING = frozenset(map(str, (*STATUSES, AWAY)))
_PLACE = "/api/v1/{contexts:courses|groups|users}/{id:[0-9]+}"
_SENTENCES = {
    403: "user not authorized to perform that action",
    404: "The specified resource does not exist.",
    409: "Idempotency-Key was used for another request.",
    410: "The package expired on 2026-04-01T09:15:21Z.",
    429: "Too many exports of yours wait or run.",
    500: "An error occurred.",
    503: ErrorCode.STORE_UNAVAILABLE.sentence,
    507: "The packages of the course use all of its space.",
}
Changed = Callable[[Any], Any]


@dataclass
class CannedApi:
    """`changed` is applied to each body, as a value of its type, before it is sent."""

    changed: Changed = lambda body: body
    base_url: str = ""
    ended: str = ""  # the state in which all exports have ended
    operators: OperatorsApi = field(default_factory=OperatorsApi)

    def app(self) -> web.Application:
        """The application; `base_url` is to be set once it is known."""
        app = web.Application(middlewares=[self._as_json])
        app.router.add_get("/healthz", self.health)
        for path, handler in self._reads().items():
            app.router.add_get(path, handler)
        app.router.add_post(_PLACE + "/content_exports", self.create)
        app.router.add_post(_PLACE + "/content_exports/{export:[0-9]+}/retry", self.export)
        app.router.add_delete(_PLACE + "/content_exports/{export:[0-9]+}", self.export)
        app.router.add_post("/api/v1/progress/{id}/cancel", self.progress)
        self.operators.add_to(app)
        return app

    def _reads(self) -> dict[str, Any]:
        of_export = _PLACE + "/content_exports/{export:[0-9]+}"
        return {
            "/api/v1/users/self": self.person,
            "/api/v1/users/self/groups": self.groups,
            "/api/v1/accounts": self.accounts,
            "/api/v1/courses": self.courses,
            _PLACE: self.place,
            _PLACE + "/content_list": self.content_list,
            _PLACE + "/content_exports": self.exports,
            of_export: self.export,
            of_export + "/report": self.report,
            of_export + "/entries": self.entries,
            of_export + "/entries/{path:.+}": self.entry,
            "/api/v1/progress/{id}": self.progress,
            "/api/v1/progress/{id}/events": self.events,
            "/files/{id}/download": self.download,
        }

    @web.middleware
    async def _as_json(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Answer with what the handler returns as JSON; refuse what a stranger asks, and what an address says to refuse."""
        if request.headers.get("Authorization") == f"Bearer {REVOKED}":
            return refusal(401, "Invalid access token.")
        status = next((int(each) for each in request.match_info.values() if each in _REFUSING), 0)
        if status == AWAY:  # in the middle of it
            assert request.transport is not None
            request.transport.abort()
        if status in STATUSES:
            return refusal(status, _SENTENCES[status])
        answer = await handler(request)
        if isinstance(answer, web.StreamResponse):
            return answer
        body, headers = answer if isinstance(answer, tuple) else (answer, {})
        return web.json_response(body=msgspec.json.encode(self.changed(body)), headers=headers)

    async def health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def person(self, request: web.Request) -> User:
        return User(
            id=7, name="Ada Lovelace", created_at=exports.CREATED_AT, sortable_name="", short_name="", sis_user_id=None,
            integration_id=None, login_id=None, email=None, locale=None, time_zone=None,
        )  # fmt: skip

    async def groups(self, request: web.Request) -> list[GroupBody]:
        group = GroupBody(
            id=3, name="Lab group", description=None, created_at=exports.CREATED_AT, members_count=3, is_public=False,
            join_level="", context_type="Course", group_category_id=None, role=None,
        )  # fmt: skip
        return [group]

    async def accounts(self, request: web.Request) -> list[AccountBody]:
        return [AccountBody(id=1, name="School")]

    async def courses(self, request: web.Request) -> list[CourseBody]:
        course = msgspec.convert(example_of([CourseBody]), CourseBody)
        named = [msgspec.structs.replace(course, id=number, name=name) for number, name in TITLES.items()]
        words = request.query.get("search_term", "").lower()
        return [each for each in named if words in each.name.lower()]

    async def place(self, request: web.Request) -> dict[str, Any]:
        number = int(request.match_info["id"])
        return {"id": number, "name": TITLES.get(number, "Lab group")}

    async def content_list(self, request: web.Request) -> Any:
        if int(request.match_info["id"]) == UNREADABLE:
            return refusal(403, _SENTENCES[403])
        if int(request.match_info["id"]) == EMPTY:
            return []
        area = request.query.get("type")
        return _AREAS if area is None else _items(area)

    async def exports(self, request: web.Request) -> Any:
        if int(request.match_info["id"]) == EMPTY:
            return []
        found = [exports.export(each, self.base_url) for each in exports.EXPORT_IDS]
        following = {"Link": f'<{self.base_url}{request.path}?page=bookmark:2>; rel="next"'}
        return found, following if "page" not in request.query else {}

    async def create(self, request: web.Request) -> Any:
        body = await request.json()
        if not body.get("dry_run"):
            return exports.export(exports.WAITING, self.base_url)
        return _plan(body.get("export_type", "zip"), number=int(request.match_info["id"]))

    async def export(self, request: web.Request) -> Any:
        number = int(request.match_info["export"])
        return exports.export(exports.READY if self.ended else number, self.base_url)

    async def report(self, request: web.Request) -> Any:
        return exports.report(int(request.match_info["export"]))

    async def entries(self, request: web.Request) -> Any:
        number = int(request.match_info["export"])
        if number in (exports.EXPIRED, exports.DELETED, exports.ANOTHERS):
            return refusal(410, _SENTENCES[410])
        size, page = int(request.query.get("per_page", "10")), int(request.query.get("page", "1"))
        return exports.entries()[size * (page - 1) : size * page]

    async def entry(self, request: web.Request) -> web.Response:
        if request.match_info["path"] not in exports.CONTENTS:
            return refusal(404, _SENTENCES[404])
        return web.Response(body=exports.CONTENTS[request.match_info["path"]][1])

    async def progress(self, request: web.Request) -> Any:
        return exports.progress(int(request.match_info["id"]), self.base_url)

    async def events(self, request: web.Request) -> web.Response:
        """A stream that ends at once, and that the page soon asks for again; it has the end of the export once there is one."""
        data = msgspec.json.encode({"workflow_state": self.ended}).decode()
        news = f"event: content_export.state\ndata: {data}\n\n" if self.ended else ": well\n\n"
        return web.Response(text=f"retry: 200\n{news}", content_type="text/event-stream")

    async def download(self, request: web.Request) -> web.Response:
        return web.Response(body=b"PK", headers={"Content-Disposition": 'attachment; filename="package.imscc"'})


def refusal(status: int, sentence: str, code: str = "") -> web.Response:
    """An error as the API writes it."""
    headers = {"X-Request-Id": "0b5a8f6e"} | ({"Retry-After": "30"} if status in (429, 503) else {})
    return web.json_response({"errors": [{"message": sentence, "code": code}]}, status=status, headers=headers)


_AREAS = [
    SelectableArea(type=name, property=f"select[all_{name}]", title=name, count=count)
    for name, count in (("context_modules", 2), ("wiki_pages", 1200), ("quizzes", 1), ("attachments", 3))
] + [SelectableArea(type="syllabus_body", property="select[all_syllabus_body]", title="Syllabus")]


def _items(area: str) -> list[SelectableItem]:
    titles = ("First", "A title that goes on and on " * 6, TITLES[ARABIC])
    items = [_item(area, number, title) for number, title in enumerate(titles)]
    inside = [_item(area, number + 10, title) for number, title in enumerate(titles)]
    return [*items, msgspec.structs.replace(items[0], id=f"{area}_9", title="A folder", sub_items=inside)]


def _item(area: str, number: int, title: str) -> SelectableItem:
    return SelectableItem(type=area, property=f"select[{area}][{area}_{number}]", title=title, id=f"{area}_{number}")


def _plan(export_type: str, number: int) -> Plan:
    missing = ItemWarning(code=WarningCode.FILE_MISSING, message="The bytes of this file are missing.", title="one.txt")
    if number == EMPTY:
        nothing = Failure(ErrorCode.NOTHING_SELECTED, ErrorCode.NOTHING_SELECTED.sentence)
        return Plan(export_type=ExportType(export_type), error=nothing)
    return Plan(
        export_type=ExportType(export_type), bytes=1_482_203, estimated_seconds=4.0, packed={"pages": 1200, "files": 29},
        warnings=[missing, missing], included_because={"files:1": "it is linked from the page “Tides”"},
    )  # fmt: skip
