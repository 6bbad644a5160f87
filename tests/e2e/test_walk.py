"""Every route as every role, against own and foreign ids: each cell as Canvas's rules have it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.support.campus import Campus, write_folder
from tests.support.client import Client

STUDENT, CLASSMATE, TEACHER, COLLEAGUE, ELSEWHERE, MEMBER, USER, ADMIN = range(3901, 3909)

# C and D are courses, G a group, K a group of C, both with the member in them, U a user; who asked for an export is said
# before the point; V, E, H and T are a user, a course, a group and a token for nothing else. `scope` is the teacher's
# token with a scope for something else. Answers other than a number: `login` asks for one, `scope` says which is missing, `bad` is a 400 that names a parameter.
TABLE = """
                                                anonymous scope student classmate teacher colleague elsewhere member user admin
GET    courses/C/content_exports                login     scope 200     200       200     200       403       403    403  200
GET    courses/0/content_exports                404       scope 404     404       404     404       404       404    404  404
POST   courses/C/content_exports zip            login     scope 200     200       200     200       403       403    403  200
POST   courses/C/content_exports qti            login     scope 403     403       200     200       403       403    403  200
POST   courses/C/content_exports frog           login     scope 400     400       400     400       403       403    403  400
POST   courses/0/content_exports zip            login     scope 404     404       404     404       404       404    404  404
GET    courses/C/content_exports/teacher.qti    login     scope 403     403       200     200       403       403    403  200
GET    courses/C/content_exports/student.zip    login     scope 200     403       403     403       403       403    403  200
GET    courses/C/content_exports/teacher.zip    login     scope 403     403       200     403       403       403    403  200
GET    courses/D/content_exports/teacher.qti    404       scope 404     404       404     404       404       404    404  404
GET    courses/C/content_exports/0              404       scope 404     404       404     404       404       404    404  404
DELETE courses/C/content_exports/deleted.qti    login     scope 403     403       200     403       403       403    403  200
PUT    courses/C/content_exports/failed.qti/fail login    scope 403     403       403     403       403       403    403  200
PUT    courses/C/content_exports/student.zip/fail login   scope 403     403       403     403       403       403    403  200
POST   courses/C/content_exports/failed.qti/retry login   scope 403     403       200     200       403       403    403  200
POST   courses/C/content_exports/teacher.qti/retry login  scope 403     403       409     409       403       403    403  409
GET    courses/C/content_exports/teacher.qti/report login scope 403     403       200     200       403       403    403  200
GET    courses/C/content_exports/student.zip/report login scope 200     403       403     403       403       403    403  403
GET    courses/C/content_exports/teacher.qti/entries login scope 403    403       200     200       403       403    403  200
GET    courses/C/content_exports/student.zip/entries/a.txt login scope 200 403    403     403       403       403    403  403
HEAD   courses/C/content_exports/events         login     scope 200     200       200     200       403       403    403  200
HEAD   content_exports/events                   login     scope 403     403       403     403       403       403    403  200
GET    progress/teacher.qti                     login     scope 403     403       200     200       403       403    403  200
GET    progress/student.zip                     login     scope 200     403       403     403       403       403    403  200
GET    progress/0                               404       scope 404     404       404     404       404       404    404  404
POST   progress/teacher.qti/cancel              login     scope 403     403       200     403       403       403    403  200
POST   progress/student.zip/cancel              login     scope 200     403       403     403       403       403    403  200
HEAD   progress/teacher.qti/events              login     scope 403     403       200     200       403       403    403  200
HEAD   progress/student.zip/events              login     scope 200     403       403     403       403       403    403  200
GET    files/teacher.qti                        login     scope 403     403       200     200       403       403    403  200
GET    files/student.zip                        login     scope 200     403       403     403       403       403    403  403
GET    /files/teacher.qti/download              login     scope 403     403       200     200       403       403    403  200
GET    /files/student.zip/download              login     scope 200     403       403     403       403       403    403  403
GET    /files/0/download                        login     scope 404     404       404     404       404       404    404  404
GET    courses                                  login     scope 200     200       200     200       200       200    200  200
GET    courses/C                                login     scope 200     200       200     200       403       403    403  200
GET    courses/C/content_list                   login     scope 403     403       200     200       403       403    403  200
GET    courses/0/content_list                   login     scope 404     404       404     404       404       404    404  404
GET    groups/G                                 login     scope 403     403       403     403       403       200    403  200
GET    groups/G/content_exports                 login     scope 403     403       403     403       403       200    403  200
POST   groups/G/content_exports zip             login     scope 403     403       403     403       403       200    403  200
POST   groups/G/content_exports qti             login     scope 403     403       403     403       403       400    403  400
GET    groups/G/content_exports/member.zip      login     scope 403     403       403     403       403       200    403  200
DELETE groups/G/content_exports/deletable.zip   login     scope 403     403       403     403       403       200    403  200
PUT    groups/G/content_exports/member.zip/fail login     scope 403     403       403     403       403       403    403  200
POST   groups/G/content_exports/unmade.zip/retry login    scope 403     403       403     403       403       200    403  403
GET    groups/G/content_exports/member.zip/report login   scope 403     403       403     403       403       200    403  403
GET    groups/G/content_exports/member.zip/entries login  scope 403     403       403     403       403       200    403  403
GET    groups/G/content_exports/member.zip/entries/a.txt login scope 403 403      403     403       403       200    403  403
HEAD   groups/G/content_exports/events          login     scope 403     403       403     403       403       200    403  200
GET    groups/K                                 login     scope 403     403       200     200       403       200    403  200
GET    groups/K/content_exports                 login     scope 403     403       200     200       403       200    403  200
POST   groups/K/content_exports zip             login     scope 403     403       200     200       403       200    403  200
POST   groups/0/content_exports zip             login     scope 404     404       404     404       404       404    404  404
GET    users/U                                  login     scope 403     403       403     403       403       403    200  200
GET    users/self                               login     scope 200     200       200     200       200       200    200  200
GET    users/U/content_exports                  login     scope 403     403       403     403       403       403    200  200
GET    users/self/groups                        login     scope 200     200       200     200       200       200    200  200
GET    users/self/content_exports               login     scope 200     200       200     200       200       200    200  200
POST   users/U/content_exports zip              login     scope 403     403       403     403       403       403    200  200
POST   users/U/content_exports qti              login     scope 403     403       403     403       403       403    400  400
GET    users/U/content_exports/user.zip         login     scope 403     403       403     403       403       403    200  200
GET    groups/G/content_exports/user.zip        404       scope 404     404       404     404       404       404    404  404
DELETE users/U/content_exports/removable.zip    login     scope 403     403       403     403       403       403    200  200
PUT    users/U/content_exports/user.zip/fail    login     scope 403     403       403     403       403       403    403  200
POST   users/U/content_exports/broken.zip/retry login     scope 403     403       403     403       403       403    200  403
GET    users/U/content_exports/user.zip/report  login     scope 403     403       403     403       403       403    200  403
GET    users/U/content_exports/user.zip/entries login     scope 403     403       403     403       403       403    200  403
GET    users/U/content_exports/user.zip/entries/a.txt login scope 403   403       403     403       403       403    200  403
HEAD   users/U/content_exports/events           login     scope 403     403       403     403       403       403    200  200
GET    /healthz                                 200       200   200     200       200     200       200       200    200  200
GET    /readyz                                  200       200   200     200       200     200       200       200    200  200
GET    /openapi.json                            200       200   200     200       200     200       200       200    200  200
GET    /asyncapi.json                           200       200   200     200       200     200       200       200    200  200
GET    /                                        200       200   200     200       200     200       200       200    200  200
GET    /docs                                    200       200   200     200       200     200       200       200    200  200
GET    /docs/page.js                            200       200   200     200       200     200       200       200    200  200
GET    courses/C/permissions                    login     scope 200     200       200     200       403       403    403  200
GET    courses/0/permissions                    login     scope 404     404       404     404       404       404    404  404
GET    users/U/profile                          login     scope 403     403       403     403       403       403    200  200
GET    users/self/profile                       login     scope 200     200       200     200       200       200    200  200
GET    accounts                                 login     scope 200     200       200     200       200       200    200  200
GET    accounts/self                            login     scope 403     403       403     403       403       403    403  200
GET    accounts/0                               login     scope 404     404       404     404       404       404    404  404
GET    accounts/self/courses                    login     scope 403     403       403     403       403       403    403  200
GET    accounts/0/courses                       login     scope 404     404       404     404       404       404    404  404
GET    accounts/self/content_exports            login     scope 403     403       403     403       403       403    403  200
GET    accounts/1/content_exports               login     scope 403     403       403     403       403       403    403  200
GET    accounts/0/content_exports               login     scope 404     404       404     404       404       404    404  404
GET    admin/audit                              login     scope 403     403       403     403       403       403    403  200
GET    admin/tokens                             login     scope 403     403       403     403       403       403    403  200
POST   admin/users                              login     scope 403     403       403     403       403       403    403  200
PUT    admin/users/V                            login     scope 403     403       403     403       403       403    403  200
DELETE admin/users/V                            login     scope 403     403       403     403       403       403    403  200
POST   admin/courses                            login     scope 403     403       403     403       403       403    403  200
PUT    admin/courses/E                          login     scope 403     403       403     403       403       403    403  200
DELETE admin/courses/E                          login     scope 403     403       403     403       403       403    403  200
POST   admin/groups                             login     scope 403     403       403     403       403       403    403  200
PUT    admin/groups/H                           login     scope 403     403       403     403       403       403    403  200
DELETE admin/groups/H                           login     scope 403     403       403     403       403       403    403  200
POST   admin/enrollments                        login     scope 403     403       403     403       403       403    403  bad
POST   admin/tokens                             login     scope 403     403       403     403       403       403    403  bad
POST   admin/tokens/revoke                      login     scope 403     403       403     403       403       403    403  bad
DELETE admin/tokens/T                           login     scope 403     403       403     403       403       403    403  200
GET    admin/exports                            login     scope 403     403       403     403       403       403    403  200
GET    admin/exports/0                          login     scope 403     403       403     403       403       403    403  404
POST   admin/exports/requeue                    login     scope 403     403       403     403       403       403    403  bad
POST   admin/exports/fail                       login     scope 403     403       403     403       403       403    403  bad
POST   admin/exports/cancel                     login     scope 403     403       403     403       403       403    403  bad
POST   admin/exports/retry                      login     scope 403     403       403     403       403       403    403  bad
GET    admin/pauses                             login     scope 403     403       403     403       403       403    403  200
POST   admin/pauses                             login     scope 403     403       403     403       403       403    403  bad
POST   admin/pauses/resume                      login     scope 403     403       403     403       403       403    403  bad
POST   admin/quarantine                         login     scope 403     403       403     403       403       403    403  bad
POST   admin/quarantine/remove                  login     scope 403     403       403     403       403       403    403  bad
GET    admin/workers                            login     scope 403     403       403     403       403       403    403  200
POST   admin/workers/drain                      login     scope 403     403       403     403       403       403    403  bad
GET    admin/queues                             login     scope 403     403       403     403       403       403    403  200
GET    admin/hours                              login     scope 403     403       403     403       403       403    403  200
GET    admin/services                           login     scope 403     403       403     403       403       403    403  200
GET    admin/webhooks                           login     scope 403     403       403     403       403       403    403  200
GET    admin/settings                           login     scope 403     403       403     403       403       403    403  200
GET    admin/dead_letters                       login     scope 403     403       403     403       403       403    403  200
POST   admin/dead_letters/replay                login     scope 403     403       403     403       403       403    403  bad
POST   admin/dead_letters/drop                  login     scope 403     403       403     403       403       403    403  bad
PUT    blobs/abc                                login     scope 403     403       403     403       403       403    403  422
POST   admin/loads                              login     scope 403     403       403     403       403       403    403  bad
GET    admin/loads/0                            login     scope 403     403       403     403       403       403    403  404
GET    users/self/content_export_webhooks       login     scope 200     200       200     200       200       200    200  200
POST   users/self/content_export_webhooks       login     scope bad     bad       bad     bad       bad       bad    bad  bad
GET    users/self/content_export_webhooks/W     login     scope 404     404       200     404       404       404    404  404
POST   users/self/content_export_webhooks/W/rotate login  scope 404     404       200     404       404       404    404  404
POST   users/self/content_export_webhooks/W/enable login  scope 404     404       200     404       404       404    404  404
POST   users/self/content_export_webhooks/W/test login    scope 404     404       200     404       404       404    404  404
GET    users/self/content_export_webhooks/W/deliveries login scope 404  404       200     404       404       404    404  404
POST   users/self/content_export_webhooks/W/deliveries/0/redeliver login scope 404 404 404 404     404       404    404  404
DELETE users/self/content_export_webhooks/W     login     scope 404     404       200     404       404       404    404  404
GET    /nowhere                                 404       404   404     404       404     404       404       404    404  404
"""
ROLES, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
STATUS = {"login": 401, "scope": 401, "bad": 400}
BODIES = {
    "login": {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]},
    "scope": {"errors": [{"message": "Insufficient scopes on access token."}]},
    "403": {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]},
    "404": {"errors": [{"message": "The specified resource does not exist."}]},
    "400": {"message": "invalid export_type"},
}


@dataclass
class World:
    people: dict[str, Client]
    places: dict[str, str]
    exports: dict[str, dict[str, Any]]

    def path(self, route: str) -> str:
        """The row's path with the ids that stand behind its words."""
        words = [self._word(word, route) for word in route.split("/")]
        return "/".join(words) if route.startswith("/") else f"/api/v1/{'/'.join(words)}"

    def _word(self, word: str, route: str) -> str:
        if word == "0":
            return "999999999"
        if word not in self.exports:
            return self.places.get(word, word)
        export = self.exports[word]
        if "progress/" in route:
            return str(export["progress_url"].rsplit("/", 1)[1])
        return str(export["attachment"]["id"] if "files/" in route else export["id"])


@pytest.fixture(scope="module")
def world(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = write_folder(tmp_path_factory.mktemp("walk"), {"course": {"id": 1, "name": "Walk"}}, {"a.txt": b"a"})
    course, other = campus.load(folder), campus.course("--name", "Elsewhere")
    for user, role in ((STUDENT, "student"), (CLASSMATE, "student"), (TEACHER, "teacher"), (COLLEAGUE, "teacher")):
        campus.enroll(course, user, role)
    campus.enroll(other, ELSEWHERE, "teacher")
    users = dict(zip(ROLES[2:], range(STUDENT, ADMIN + 1), strict=True))
    people = {role: campus.client(user) for role, user in users.items()}
    campus.run("user", "--id", str(ADMIN), "--site-admin")
    group = campus.group(MEMBER)
    team = campus.group(MEMBER, words=("--course", str(course)))
    campus.load(folder, "--group", str(group))
    campus.load(folder, "--user", str(USER))
    people["anonymous"] = Client(campus.stack.base_url, "")
    people["scope"] = campus.client(TEACHER, "--scope", "url:GET|/docs/page.css")
    teacher, student, member, user = (people[name] for name in ("teacher", "student", "member", "user"))
    exports = {
        "teacher.qti": teacher.exported(course, "qti"),
        "teacher.zip": teacher.exported(course, "zip"),
        "student.zip": student.exported(course, "zip"),
        "deleted.qti": teacher.exported(course, "qti"),
        "failed.qti": failed(teacher, course, "courses", "qti"),
        "member.zip": member.exported(group, "zip", context="groups"),
        "deletable.zip": member.exported(group, "zip", context="groups"),
        "unmade.zip": failed(member, group, "groups", "zip"),
        "user.zip": user.exported(USER, "zip", context="users"),
        "removable.zip": user.exported(USER, "zip", context="users"),
        "broken.zip": failed(user, USER, "users", "zip"),
    }
    places = {"C": course, "D": other, "G": group, "K": team, "U": USER}
    spare = {
        "V": campus.run("user"),
        "E": campus.course(),
        "H": campus.group(),
        "T": issued_token(campus, USER),
        "W": webhook(teacher),
    }
    return World(people, {word: str(number) for word, number in (places | spare).items()}, exports)


def issued_token(campus: Campus, user: int) -> int:
    """The id of a new token."""
    return int(json.loads(campus.run("token", "--user", str(user), "--json"))["id"])


def webhook(client: Client) -> int:
    """The id of a new webhook of a client."""
    url = "https://receiver.invalid/hook"
    return int(client.http.post("/api/v1/users/self/content_export_webhooks", json={"url": url}).json()["id"])


def failed(client: Client, context_id: int, context: str, export_type: str) -> dict[str, Any]:
    """A failed export: one that selects nothing, or for quizzes one that is cancelled in time."""
    select = {"files": [999]} if export_type == "zip" else {"quizzes": [999]}
    export = client.create(context_id, export_type, context=context, select=select)
    client.http.post(f"{export['progress_url']}/cancel")
    done = client.finished(export, at=f"{context}/{context_id}")
    if done["workflow_state"] != "failed":  # the worker was faster
        return failed(client, context_id, context, export_type)
    return done


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(row[: -len(ROLES)]) for row in ROWS])
def test_each_role_gets_what_the_rules_give_it(world: World, row: list[str]) -> None:
    (method, route, *wanted), cells = row[: -len(ROLES)], row[-len(ROLES) :]
    path, body = world.path(route), {"export_type": wanted[0]} if wanted else None
    for role, cell in zip(ROLES, cells, strict=True):
        answer = world.people[role].http.request(method, path, json=body)
        assert answer.status_code == (STATUS.get(cell) or int(cell)), (role, path, answer.text)
        if cell in BODIES and method != "HEAD":
            assert answer.json() == BODIES[cell], (role, path)
        assert ("WWW-Authenticate" in answer.headers) is (cell == "login"), (role, path)


def test_the_walk_passes_every_operation_that_the_running_system_describes(world: World) -> None:
    paths = world.people["anonymous"].http.get("/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    walked = {("GET" if row[0] == "HEAD" else row[0], _path_of(row[1], paths)) for row in ROWS}
    assert described - walked == set()


def _path_of(route: str, paths: Iterable[str]) -> str | None:
    """The path that describes a row: of several that fit, the one that leaves least open."""
    full = route if route.startswith("/") else f"/api/v1/{route}"
    fitting = [path for path in paths if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), full)]
    return min(fitting, key=lambda path: path.count("{"), default=None)


def test_a_token_that_is_invalid_opens_nothing_anywhere(world: World) -> None:
    for row in ROWS:
        if row[-len(ROLES) + 1] != "scope":
            continue
        headers = {"Authorization": "Bearer nobody's"}
        url = world.people["anonymous"].base_url + world.path(row[1])
        answer = httpx2.request(row[0], url, headers=headers, trust_env=False)
        assert answer.status_code == 401, row
        if row[0] != "HEAD":
            assert answer.json() == {"errors": [{"message": "Invalid access token."}]}
