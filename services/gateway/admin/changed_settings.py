"""The settings of this process that an operator has changed. A secret, or what may hold one, is named without its value."""

from __future__ import annotations

from dataclasses import MISSING, fields

from shared.contracts.operator.overview_bodies import SettingBody
from shared.runtime.settings import Settings

# Text that holds no secret. Numbers and flags never do.
_SHOWN = frozenset(
    {
        *("http_host", "public_url", "allowed_hosts", "canvas_url", "log_level", "access_log"),
        *("jwt_issuer", "jwt_audience", "jwt_user_claim", "jwt_user_id", "jwt_scopes_claim"),
        *("cors_origins", "webhook_networks"),
    }
)


def changed_settings(settings: Settings) -> list[SettingBody]:
    """Those whose value is not the default, by the names of their environment variables, in alphabetical order."""
    changed = []
    for each in fields(settings):
        value = getattr(settings, each.name)
        if each.default is not MISSING and value == each.default:
            continue
        default = None if each.default is MISSING else _text(each.default)
        shown = each.name in _SHOWN or isinstance(value, bool | int | float)
        changed.append(
            SettingBody(
                name=each.name.upper(), value=_text(value) if shown else None, default=default if shown else None
            )
        )
    return sorted(changed, key=lambda each: each.name)


def _text(value: object) -> str:
    """As it stands in the environment."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
