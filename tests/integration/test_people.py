"""Users, courses, groups and roles as an operator sets them up, and the rights that follow."""

from __future__ import annotations

import asyncio

import pytest

from shared.adapters.postgres.access import Access
from shared.adapters.postgres.access_tokens import AccessTokens
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import Pool
from shared.contracts.admin.administration import CourseFields, GroupFields, NewToken, UserFields
from shared.domain.audit import Actor, AuditFilter
from shared.domain.errors import InvalidContent
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import Alias, parse_id
from shared.domain.rights import ContextFacts, rights
from tests.support.school import School


@pytest.fixture
def set_up(pool: Pool) -> People:
    return People(pool)


@pytest.fixture
def tokens(pool: Pool) -> AccessTokens:
    return AccessTokens(pool)


async def test_an_id_that_was_given_is_never_handed_out_again(set_up: People) -> None:
    given = await set_up.put_course(None, {"name": "First"})
    assert await set_up.put_course(given + 2, {"name": "Ahead"}) == given + 2
    assert [await set_up.put_course(None, {}) for _ in range(2)] == [given + 3, given + 4]
    assert await set_up.put_course(given + 1, {"name": "Behind"}) == given + 1
    assert await set_up.put_course(None, {}) == given + 5


async def test_a_change_keeps_what_it_does_not_name(set_up: People, pool: Pool) -> None:
    user = await set_up.put_user(None, {"name": "Ada", "login_id": "ada.keeps"}, site_admin=True)
    assert await set_up.put_user(user, {"name": "Ada L."}) == user
    row = await pool.fetchrow("SELECT body, site_admin FROM users WHERE id = $1", user)
    assert row["body"] == {"name": "Ada L.", "login_id": "ada.keeps"}
    assert row["site_admin"] is True


async def test_a_person_that_is_there_stays_as_it_is_when_a_token_is_issued(
    set_up: People, tokens: AccessTokens, pool: Pool
) -> None:
    user = await set_up.put_user(None, {"name": "Bo"})
    await set_up.delete("users", user)
    await tokens.issue(NewToken(user_id=user, create=True))
    assert await pool.fetchval("SELECT workflow_state FROM users WHERE id = $1", user) == "deleted"
    with pytest.raises(InvalidContent, match=f"There is no user {user}"):
        await tokens.issue(NewToken(user_id=user))


async def test_a_token_of_a_person_who_is_gone_or_that_was_revoked_is_revoked(
    set_up: People, tokens: AccessTokens, pool: Pool
) -> None:
    access, user = Access(pool), await set_up.put_user(None, {})
    kept, ended = [(await tokens.issue(NewToken(user_id=user))).token for _ in range(2)]
    assert await tokens.revoke(ended)
    assert not await tokens.revoke("never issued")
    known = await asyncio.gather(*(access.token(text, None) for text in (kept, ended, "x")))
    assert [bool(token and token.revoked) for token in known] == [0, 1, 0]
    await set_up.delete("users", user)
    token = await access.token(kept, None)
    assert token is not None
    assert token.revoked


async def test_a_token_is_a_word_that_a_shell_and_a_command_line_take_as_it_is(
    set_up: People, tokens: AccessTokens
) -> None:
    user = await set_up.put_user(None, {})
    texts = {(await tokens.issue(NewToken(user_id=user))).token for _ in range(200)}
    assert len(texts) == 200
    assert all(text.isalnum() and len(text) >= 43 for text in texts)


async def test_tokens_are_listed_newest_first_and_page_by_page_without_themselves(
    set_up: People, tokens: AccessTokens
) -> None:
    user, other = await set_up.put_user(None, {}), await set_up.put_user(None, {})
    scope = "url:GET|/api/v1/courses"
    first, second = [await tokens.issue(NewToken(user_id=user, scopes=[scope], expires_in_s=60)) for _ in range(2)]
    third = await tokens.issue(NewToken(user_id=other))
    assert await tokens.revoke(first.id)
    assert [row.id for row in await tokens.page(None, None, 2)] == [third.id, second.id]
    assert [row.id for row in await tokens.page(None, third.id, 2)] == [second.id, first.id]
    newer, older = await tokens.page(user, None, 10)
    assert (newer.id, newer.scopes, newer.revoked_at) == (second.id, [scope], None)
    assert newer.expires_at is not None
    assert (newer.expires_at - newer.created_at).total_seconds() == pytest.approx(60, abs=0.01)
    assert older.revoked_at is not None


async def test_each_change_of_people_and_tokens_is_audited_once_with_who_made_it(
    set_up: People, tokens: AccessTokens, pool: Pool
) -> None:
    actor = Actor(7_000_009, None, "token:77", "192.0.2.9", "r-people")  # of no other test in this database
    user = await set_up.put(None, UserFields(name="Ada", site_admin=True), actor)
    course = await set_up.put(None, CourseFields(name="Tides"), actor)
    group = await set_up.put(None, GroupFields(name="Lab", course_id=course, members=[user]), actor)
    await set_up.enroll(user, course, "teacher", actor=actor)
    token = await tokens.issue(NewToken(user_id=user + 1000, create=True), actor)
    for _ in range(2):
        await tokens.revoke(token.token, actor)
    await set_up.delete("groups", group, actor)
    with pytest.raises(InvalidContent):
        await set_up.enroll(user, 999_999_999, "student", actor=actor)
    rows = await AuditLog(pool).page(AuditFilter(user_id=actor.user_id), 100)
    assert {row.actor for _, row in rows} == {actor}
    assert [(row.action, row.subject) for _, row in rows][::-1] == [
        ("put_user", f"user:{user} name site_admin=true"),
        ("put_course", f"course:{course} name"),
        ("put_group", f"group:{group} name course_id member:{user}"),
        ("enroll", f"user:{user} course:{course} teacher active"),
        ("put_user", f"user:{user + 1000}"),
        ("issue_token", f"token:{token.id} user:{user + 1000}"),
        ("revoke_token", f"token:{token.id} user:{user + 1000}"),
        ("delete_group", f"group:{group}"),
    ]
    assert token.token not in str(rows)


@pytest.mark.parametrize(
    ("kind", "body", "names"),
    [
        (ContextType.COURSE, {"sis_course_id": "A/1"}, ["sis_course_id:A/1", "hex:sis_course_id:412f31"]),
        (ContextType.COURSE, {"integration_id": "i1"}, ["sis_integration_id:i1"]),
        (ContextType.COURSE, {"lti_context_id": "l1"}, ["lti_context_id:l1"]),
        (ContextType.GROUP, {"sis_group_id": "G1"}, ["sis_group_id:G1"]),
        (ContextType.USER, {"sis_user_id": "U1"}, ["sis_user_id:U1"]),
        (ContextType.USER, {"login_id": "Wren@Example.edu"}, ["sis_login_id:wren@example.EDU"]),
    ],
)
async def test_a_context_is_found_by_each_of_its_names_until_it_is_deleted(
    set_up: People, pool: Pool, kind: ContextType, body: dict[str, str], names: list[str]
) -> None:
    access = Access(pool)
    table = kind.route
    put = {"courses": set_up.put_course, "groups": set_up.put_group, "users": set_up.put_user}[table]
    made = await put(None, body)
    uuid = await pool.fetchval(f"SELECT uuid::text FROM {table} WHERE id = $1", made)
    for text in [*names, f"uuid:{uuid}", f"uuid:{uuid.upper()}"]:
        alias = parse_id(kind, text)
        assert isinstance(alias, Alias)
        assert await access.find(kind, alias) == made, text
    await set_up.delete(table, made)  # type: ignore[arg-type]
    for text in names:
        assert await access.find(kind, parse_id(kind, text)) is None  # type: ignore[arg-type]


async def test_members_and_roles_need_somebody_and_somewhere(set_up: People) -> None:
    user, course = await set_up.put_user(None, {}), await set_up.put_course(None, {})
    with pytest.raises(InvalidContent):
        await set_up.enroll(user, 999_999_999, "student")
    with pytest.raises(InvalidContent):
        await set_up.put_group(None, {}, members=[user, 999_999_999])
    with pytest.raises(InvalidContent):
        await set_up.put_group(None, {}, course_id=999_999_999)
    with pytest.raises(InvalidContent):
        await set_up.delete("groups", 999_999_999)
    await set_up.enroll(user, course, "student")


async def test_facts_of_many_contexts_come_in_the_order_they_were_asked_for(set_up: People, pool: Pool) -> None:
    access = Access(pool)
    user, other = await set_up.put_user(None, {}), await set_up.put_user(None, {})
    course = await set_up.put_course(None, {"is_public": True, "workflow_state": "completed"})
    draft = await set_up.put_course(None, {"workflow_state": "unpublished"})
    group = await set_up.put_group(None, {}, course_id=course, members=[user])
    await set_up.enroll(user, course, "teacher")
    await set_up.enroll(user, draft, "student", "completed")
    in_group, in_course, in_draft = (
        Context(ContextType.GROUP, group), Context(ContextType.COURSE, course), Context(ContextType.COURSE, draft)
    )  # fmt: skip
    nowhere, person = Context(ContextType.USER, 999_999_999), Context(ContextType.USER, user)
    teacher, past_student = frozenset({"teacher"}), frozenset({"student"})
    asked = [(in_group, user), (in_draft, user), (nowhere, user), (in_course, user), (in_course, None),
             (in_group, other), (person, None)]  # fmt: skip
    expected = [
        ContextFacts(in_group, teacher, member=True),
        ContextFacts(in_draft, concluded_roles=past_student, unpublished=True),
        None,
        ContextFacts(in_course, teacher, is_public=True, concluded=True),
        ContextFacts(in_course, is_public=True, concluded=True),
        ContextFacts(in_group),
        ContextFacts(person),
    ]
    assert await asyncio.gather(*(access.facts(*each) for each in asked)) == expected
    tokens = {each: (await AccessTokens(pool).issue(NewToken(user_id=each))).token for each in (user, other)}
    known = [(context, facts) for (context, by), facts in zip(asked, expected, strict=True) if by == user]
    questions = [*((tokens[user], context) for context, _ in known), (tokens[other], in_group)]
    with_token = await asyncio.gather(*(access.token(*each) for each in questions))
    assert [token and token.caller.facts for token in with_token] == [*(f for _, f in known), ContextFacts(in_group)]
    assert [token and token.caller.user_id for token in with_token] == [user] * len(known) + [other]


async def test_a_name_that_another_one_has_is_refused_and_says_which_one(set_up: People) -> None:
    user = await set_up.put_user(None, {"login_id": "Taken.Ada"})
    course = await set_up.put_course(None, {"sis_course_id": "TAKEN", "integration_id": "TAKEN-I"})
    group = await set_up.put_group(None, {"sis_group_id": "TAKEN"})
    with pytest.raises(InvalidContent, match=f'login_id "taken.ADA" is the name of user {user}'):
        await set_up.put_user(None, {"login_id": "taken.ADA"})
    with pytest.raises(InvalidContent, match=f'integration_id "TAKEN-I" is the name of course {course}'):
        await set_up.put_course(None, {"integration_id": "TAKEN-I"})
    with pytest.raises(InvalidContent, match=f'sis_group_id "TAKEN" is the name of group {group}'):
        await set_up.put_group(None, {"sis_group_id": "TAKEN"})
    assert await set_up.put_course(course, {"sis_course_id": "TAKEN", "name": "its own"}) == course


async def test_the_name_of_what_is_deleted_is_free_and_it_does_not_return_under_it(set_up: People) -> None:
    first = await set_up.put_user(None, {"sis_user_id": "FREED"})
    await set_up.delete("users", first)
    second = await set_up.put_user(None, {"sis_user_id": "FREED"})
    with pytest.raises(InvalidContent, match=f'sis_user_id "FREED" is the name of user {second}'):
        await set_up.put_user(first, {"sis_user_id": "FREED"})


async def test_many_may_lack_a_name(set_up: People) -> None:
    assert len({await set_up.put_user(None, {"sis_user_id": None}) for _ in range(2)}) == 2


async def test_the_rights_of_a_requester_are_those_that_its_requests_are_checked_by(people: School) -> None:
    course, owner = await people.course(), await people.person()
    group = await people.group(owner)
    admin = await people.person(site_admin=True)
    persons = [await people.member(course, "teacher"), await people.member(course, "student"), owner, admin]
    for context in (course, group, Context(ContextType.USER, owner.id)):
        facts = {each.id: await people.access.facts(context, each.id) for each in persons}
        for each in persons:
            caller, known = await people.access.caller(each.id), facts[each.id]
            assert caller is not None
            assert known is not None
            assert await people.access.rights_of(each.id, context) == rights(caller, known)
    await people.pool.execute("UPDATE users SET workflow_state = 'deleted' WHERE id = $1", admin.id)
    assert await people.access.rights_of(admin.id, course) == await people.access.rights_of(None, course)
    await people.pool.execute("UPDATE courses SET workflow_state = 'deleted' WHERE id = $1", course.id)
    assert await people.access.rights_of(owner.id, course) is None
