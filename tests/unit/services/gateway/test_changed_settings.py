"""The settings that an operator has changed, as site admins read them."""

from __future__ import annotations

from dataclasses import fields

from services.gateway.admin.changed_settings import changed_settings
from shared.runtime.settings import Settings
from tests.support.gateway_without_sockets import ADMIN, HOST, TEACHER, World


async def test_settings_that_differ_from_their_defaults_are_listed_for_site_admins() -> None:
    world = World()
    listed = (await world.ask("GET", "/api/v1/admin/settings", ADMIN)).body
    assert listed == [
        {"name": "DATABASE_URL", "value": None, "default": None},
        {"name": "PUBLIC_URL", "value": HOST, "default": ""},
        {"name": "SECRET_KEY", "value": None, "default": None},
    ]
    assert (await world.ask("GET", "/api/v1/admin/settings", TEACHER)).status == 403


def test_numbers_flags_and_lists_are_shown_as_they_stand_in_the_environment() -> None:
    settings = Settings(
        database_url="postgresql://a:hunter2@b/c", secret_key=("k" * 32,), lease_s=4.0, verify_sha256=True,
        allowed_hosts=("a.edu", "b.edu"),
    )  # fmt: skip
    shown = {each.name: (each.value, each.default) for each in changed_settings(settings)}
    assert (shown["LEASE_S"], shown["VERIFY_SHA256"]) == (("4.0", "30.0"), ("true", "false"))
    assert shown["ALLOWED_HOSTS"] == ("a.edu,b.edu", "")


def test_no_address_and_no_key_is_ever_shown() -> None:
    texts = {
        each.name: "hunter2" for each in fields(Settings) if each.name.endswith(("_url", "_key", "_keys", "endpoint"))
    }
    texts.pop("public_url")
    texts.pop("canvas_url")
    settings = Settings(**{**texts, "jwt_issuer": "i", "jwt_audience": "a"})  # type: ignore[arg-type]
    assert len(texts) >= 8
    assert not [each for each in changed_settings(settings) if "hunter2" in (each.value or "")]
