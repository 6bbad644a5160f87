"""Passwords in the definitions of a broker. Only the standard library is used: this runs before anything is installed."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any


def with_passwords(definitions: dict[str, Any], passwords: Mapping[str, str]) -> dict[str, Any]:
    """The definitions, in which each of these users has its password."""
    users = [
        {**user, "password_hash": password_hash(passwords[user["name"]])} if user["name"] in passwords else user
        for user in definitions["users"]
    ]
    return {**definitions, "users": users}


def password_hash(password: str) -> str:
    """What the broker stores: salt and SHA-256 of salt and password, in base64. Source: RabbitMQ, "Passwords"."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
