"""From a delivery to the mail that it sends, as things are now: an export may have gone, or been downloaded, meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Protocol

import msgspec

from services.notifier.mail.envelope import MailSender, compose, message_id
from services.notifier.mail.language import MAILS
from services.notifier.mail.letter import Letter
from services.notifier.mail.letters import Letters
from services.notifier.mail.subjects import DisabledWebhook, MailedExport, Package
from services.notifier.viewers import EventSubject, ViewerDirectory, is_listed
from shared.contracts.export_events import EventType
from shared.domain.advice import advice
from shared.domain.export import ContentExport, Context, WorkflowState
from shared.domain.notices.deliveries import NoticeDelivery
from shared.domain.notices.mail import EXPIRING, WEBHOOK_DISABLED, ExportMail, Reader
from shared.domain.report import Receipt


class NotWanted(Exception):
    """There is nothing to send any more: the sentence says why."""


class NoAddress(Exception):
    """The e-mail address of the user is not valid."""


class MailFacts(Protocol):
    """Users and names."""

    async def reader(self, user_id: int) -> Reader | None:
        """The user; None for one that gets no mail."""
        ...

    async def name_of(self, context: Context) -> str | None:
        """What a context is called."""
        ...

    async def downloaded(self, export_id: int) -> bool:
        """Whether the export was ever downloaded."""
        ...


class FinishedExports(Protocol):
    """Exports and their reports."""

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """The export with this id."""
        ...

    async def receipt(self, export_id: int) -> Receipt | None:
        """The report of an export."""
        ...


@dataclass(frozen=True, slots=True)
class MailWriter:
    """Writes mails. `page_url` has the fields {context} and {id}; None: there is no page that a person can open."""

    facts: MailFacts
    exports: FinishedExports
    directory: ViewerDirectory
    sender: MailSender
    default_locale: str
    public_url: str
    page_url: str | None

    async def mail_of(self, delivery: NoticeDelivery) -> EmailMessage:
        """The mail. Raises NotWanted, and NoAddress for a user whose address is not valid."""
        reader = await self.facts.reader(int(delivery.target))
        if reader is None:
            raise NotWanted("The user is deleted, or has no e-mail address any more.")
        texts = MAILS.texts_for(reader.locale, self.default_locale)
        letter = await self._letter(delivery, Letters(reader, texts))
        id_ = message_id(delivery.event_id, delivery.target, self.sender.address.domain)
        try:
            return compose(letter, texts, self.sender, reader, id_=id_, now=datetime.now(UTC))
        except ValueError as error:
            raise NoAddress(f"The e-mail address of user {delivery.target} is not valid.") from error

    async def _letter(self, delivery: NoticeDelivery, letters: Letters) -> Letter:
        if delivery.event_type == WEBHOOK_DISABLED:
            return letters.webhook_disabled(msgspec.json.decode(delivery.body, type=DisabledWebhook))
        kinds: dict[str, tuple[WorkflowState, Callable[[MailedExport], Letter]]] = {
            EventType.EXPORTED: (WorkflowState.EXPORTED, letters.exported),
            EventType.FAILED: (WorkflowState.FAILED, letters.failed),
            EXPIRING: (WorkflowState.EXPORTED, letters.expiring),
        }
        state, letter_about = kinds[delivery.event_type]
        export_id = msgspec.json.decode(delivery.body, type=ExportMail).content_export_id
        export = await self.exports.find(export_id)
        if export is None or export.workflow_state is not state:
            raise NotWanted("The export was deleted meanwhile.")
        if not await is_listed(self.directory, int(delivery.target), _subject(export)):
            raise NotWanted("The user may not see the export any more.")
        if state is WorkflowState.EXPORTED and not _available(export):
            raise NotWanted("The package has expired meanwhile.")
        if delivery.event_type == EXPIRING and await self.facts.downloaded(export_id):
            raise NotWanted("The package was downloaded meanwhile.")
        return letter_about(await self._mailed(export))

    async def _mailed(self, export: ContentExport) -> MailedExport:
        receipt = await self.exports.receipt(export.id) if export.warnings_count else None
        shown = f"{self.public_url}/api/v1/{export.context.path}/content_exports/{export.id}"
        return MailedExport(
            id=export.id,
            context=export.context,
            context_name=await self.facts.name_of(export.context),
            export_type=export.export_type,
            page_url=self.page_url.format(context=export.context.path, id=export.id) if self.page_url else None,
            created_at=export.created_at,
            packages=tuple(Package(each.filename, each.size) for each in export.attachments),
            expires_at=export.attachment.expires_at if export.attachment else None,
            complete=receipt is None or receipt.complete,
            warnings_count=export.warnings_count or 0,
            missing=_missing(receipt),
            report_url=f"{shown}/report",
            error_code=export.error_code,
            error_message=export.error_message,
            request_id=export.request_id,
        )


def _subject(export: ContentExport) -> EventSubject:
    return EventSubject(
        context_type=export.context.type,
        context_id=export.context.id,
        export_type=export.export_type,
        user_id=export.user_id,
    )


def _available(export: ContentExport) -> bool:
    now = datetime.now(UTC)
    return any(each.available(now) for each in export.attachments)


def _missing(receipt: Receipt | None) -> tuple[str, ...]:
    """The titles of objects that are missing in whole or in part, each once, in the order of the report."""
    if receipt is None or receipt.complete:
        return ()
    losses = (warning for warning in receipt.warnings if advice(warning.code).loses)
    return tuple(dict.fromkeys(warning.title for warning in losses if warning.title))
