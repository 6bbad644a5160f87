"""The languages of mails."""

from __future__ import annotations

from shared.domain.language.texts import Catalogues

MAILS = Catalogues("services.notifier.mail")
