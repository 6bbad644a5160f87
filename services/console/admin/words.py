"""Words of the reader's language for the codes of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Words = Mapping[str, str]


def words_of(_: Callable[[str], str]) -> Words:
    """By code. A code without a word here, such as that of an error, is shown as it is."""
    return {
        **_states(_),
        **_attempts(_),
        "common_cartridge": _("Common Cartridge"),
        "qti": _("Quizzes (QTI)"),
        "zip": _("Files (zip)"),
        "waiting": _("waits"),
        "delivered": _("delivered"),
        "dropped": _("dropped"),
        "interactive": _("interactive"),
        "normal": _("normal"),
        "bulk": _("bulk"),
        "prepare": _("prepare"),
        "pack": _("pack"),
        "verify": _("verify"),
    }


def _states(_: Callable[[str], str]) -> Words:
    return {
        "created": _("waits"),
        "exporting": _("is being built"),
        "exported": _("exported"),
        "failed": _("failed"),
        "deleted": _("deleted"),
    }


def _attempts(_: Callable[[str], str]) -> Words:
    return {
        "finished": _("finished"),
        "released": _("handed back"),
        "lapsed": _("worker lost"),
        "cancelled": _("cancelled"),
        "infrastructure": _("server or disk at fault"),
    }
