"""Passwords in the definitions of a broker. Only the standard library is used: this runs before anything is installed."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any


def with_passwords(definitions: dict[str, Any], passwords: Mapping[str, str]) -> dict[str, Any]:
    """The definitions, in which each of these users has its password."""
    users = [
        {**user, "password_hash": password_hash(passwords[user["name"]])} if user["name"] in passwords else user
        for user in definitions["users"]
    ]
    return {**definitions, "users": users}


def importable(
    definitions: dict[str, Any], passwords: Mapping[str, str], existing: Collection[str] = ()
) -> dict[str, Any]:
    """The definitions as a broker without any user takes them: the users with a password, and the rights of those.

    RabbitMQ refuses the whole import where it has rights of a user that is unknown. Of `existing`, users that the broker
    has already, the rights are there as well; without the user itself, it keeps its password.
    """
    complete = with_passwords(definitions, passwords)
    users = [user for user in complete["users"] if user["name"] in passwords]
    users_with_rights = {*passwords, *existing}
    rights = {
        kind: [right for right in complete[kind] if right["user"] in users_with_rights]
        for kind in ("permissions", "topic_permissions")
    }
    return {**complete, "users": users, **rights}


def password_hash(password: str) -> str:
    """What the broker stores: salt and SHA-256 of salt and password, in base64. Source: RabbitMQ, "Passwords"."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
