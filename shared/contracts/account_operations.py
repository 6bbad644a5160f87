"""The operations of the account: for site admins alone, but for the list of accounts."""

from __future__ import annotations

from shared.contracts import bodies
from shared.contracts.common_answers import LINK, PAGE, answer_of
from shared.contracts.list_parameters import ACCOUNT_COURSE_FILTERS, BOOKMARKED, EXPORT_FILTERS
from shared.contracts.operation import Operation

_ACCOUNTS = "/api/v1/accounts"
_ACCOUNT = _ACCOUNTS + "/{account_id}"
_TAG = "Administration"

ACCOUNT_OPERATIONS = (
    Operation(
        "GET",
        _ACCOUNTS,
        "List the accounts that the caller administers",
        answer_of(
            list[bodies.AccountBody], "The account of this service for site admins, none for others.", headers=(LINK,)
        ),
        _TAG,
        query=PAGE,
    ),
    Operation("GET", _ACCOUNT, "Show the account", answer_of(bodies.AccountBody, "The account."), _TAG),
    Operation(
        "GET",
        _ACCOUNT + "/courses",
        "List all courses",
        answer_of(list[bodies.CourseBody], "The courses.", headers=(LINK,)),
        _TAG,
        query=(*PAGE, *ACCOUNT_COURSE_FILTERS),
    ),
    Operation(
        "GET",
        _ACCOUNT + "/content_exports",
        "List the exports of all contexts",
        answer_of(list[bodies.AccountExportBody], "The exports, newest first.", headers=(LINK,)),
        _TAG,
        query=(*BOOKMARKED, *EXPORT_FILTERS),
        beyond=True,
    ),
)
