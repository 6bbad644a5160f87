"""A mail describes the export as it is when the mail is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.notifier.mail.envelope import MailSender, message_id
from services.notifier.mail.subjects import DisabledWebhook
from services.notifier.mail.writing import MailWriter, NoAddress, NotWanted
from shared.contracts.export_events import EventType
from shared.domain.error_codes import ErrorCode
from shared.domain.export import Attachment, ContentExport, Context, ContextType, ExportId, ExportType, WorkflowState
from shared.domain.notices.deliveries import ChannelName, NoticeDelivery
from shared.domain.notices.mail import EXPIRING, WEBHOOK_DISABLED, ExportMail, Reader
from shared.domain.report import ItemWarning, Receipt
from shared.domain.warning_codes import WarningCode
from tests.support.fake_gateway import FakeDirectory
from tests.support.letters import a_reader

NOW = datetime.now(UTC)
PAGE = "https://lms.school.edu/{context}/exports/{id}"
PACKAGE = Attachment(1, "k", "tides.imscc", "application/zip", 3, "0" * 64, 1, "u", NOW, expires_at=NOW + timedelta(1))
EXPORT = ContentExport(
    id=ExportId(7),
    context=Context(ContextType.COURSE, 42),
    user_id=5,
    export_type=ExportType.QTI,
    workflow_state=WorkflowState.EXPORTED,
    progress_id=8,
    attempt=1,
    created_at=NOW,
    updated_at=NOW,
    warnings_count=0,
    attachment=PACKAGE,
)
FAILED = replace(EXPORT, workflow_state=WorkflowState.FAILED, attachment=None, error_code=ErrorCode.STORE_FULL.value)


@dataclass
class Facts:
    """A database with one user and one export."""

    export: ContentExport | None = EXPORT
    user: Reader | None = field(default_factory=a_reader)
    was_downloaded: bool = False
    warnings: list[ItemWarning] = field(default_factory=list)
    roles: tuple[str, ...] = ("teacher",)  # of the user in the course

    @property
    def directory(self) -> FakeDirectory:
        directory = FakeDirectory()
        directory.add_user(5)
        directory.add_context(EXPORT.context)
        directory.tie(5, EXPORT.context, *self.roles)
        return directory

    async def reader(self, user_id: int) -> Reader | None:
        assert user_id == 5
        return self.user

    async def name_of(self, context: Context) -> str | None:
        assert context == EXPORT.context
        return "Tides"

    async def downloaded(self, export_id: int) -> bool:
        return self.was_downloaded

    async def find(self, export_id: int) -> ContentExport | None:
        assert export_id == EXPORT.id
        return self.export

    async def receipt(self, export_id: int) -> Receipt:
        whole = Receipt(expected={}, packed={}, skipped={}, warnings=self.warnings, included_because={}, complete=False)
        return whole if self.warnings else replace(whole, complete=True)


async def mail(facts: Facts, type_: str = EventType.EXPORTED, body: Any = None, **writer: Any) -> EmailMessage:
    sender = MailSender(Address("", addr_spec="exports@school.edu"))
    defaults: dict[str, Any] = {"default_locale": "de", "public_url": "https://exports.school.edu", "page_url": None}
    text = msgspec.json.encode(body or ExportMail(EXPORT.id)).decode()
    delivery = NoticeDelivery(1, "8f6c", type_, ChannelName.MAIL, "5", text, 1, NOW)
    return await MailWriter(facts, facts, facts.directory, sender, **{**defaults, **writer}).mail_of(delivery)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


async def test_a_mail_names_the_export_and_has_the_id_of_its_event() -> None:
    message = await mail(Facts())
    assert "\nExport-ID: 7\n" in text_of(message)
    assert "http" not in text_of(message)
    assert message["Message-ID"] == message_id("8f6c", "5", "school.edu")
    assert message["Subject"] == "Export von „Tides“ ist fertig: Quizze (QTI)"  # the default, for a user without


async def test_an_operator_says_where_people_look_at_an_export() -> None:
    message = await mail(Facts(), page_url=PAGE)
    assert "\nhttps://lms.school.edu/courses/42/exports/7\n" in text_of(message)


async def test_what_is_missing_is_named_once_and_what_was_only_changed_is_not() -> None:
    warnings = [
        ItemWarning(code=WarningCode.FILE_MISSING, message="Gone.", title="Ebb.mp4"),
        ItemWarning(code=WarningCode.FILE_MISSING, message="Gone again.", title="Ebb.mp4"),
        ItemWarning(code=WarningCode.RENAMED, message="Renamed.", title="Flow.mp4"),
        ItemWarning(code=WarningCode.FILE_MISSING, message="Nameless."),
    ]
    facts = Facts(export=replace(EXPORT, warnings_count=4), warnings=warnings, user=a_reader(locale="en"))
    text = text_of(await mail(facts, page_url=PAGE))
    assert "in whole or in part: “Ebb.mp4”; the report" in " ".join(text.split())
    assert "https://exports.school.edu/api/v1/courses/42/content_exports/7/report" in text


async def test_a_failed_export_and_a_reminder_have_their_letters() -> None:
    assert "Objektspeicher ist voll" in text_of(await mail(Facts(export=FAILED), EventType.FAILED))
    assert "noch nicht heruntergeladen" in text_of(await mail(Facts(), EXPIRING))


async def test_a_webhook_that_was_disabled_has_its_letter() -> None:
    webhook = DisabledWebhook(url="https://hooks.school.edu/x", reason="HTTP 500", tries=9, disabled_at=NOW)
    assert "hooks.school.edu" in (await mail(Facts(), WEBHOOK_DISABLED, webhook))["Subject"]


@pytest.mark.parametrize(
    ("facts", "type_"),
    [
        (Facts(user=None), EventType.EXPORTED),
        (Facts(export=None), EventType.EXPORTED),
        (Facts(export=replace(EXPORT, workflow_state=WorkflowState.DELETED)), EventType.EXPORTED),
        (Facts(export=replace(EXPORT, attachment=replace(PACKAGE, purged=True))), EventType.EXPORTED),
        (Facts(export=replace(EXPORT, attachment=replace(PACKAGE, expires_at=NOW))), EXPIRING),
        (Facts(roles=()), EventType.EXPORTED),
        (Facts(roles=()), EXPIRING),
        (Facts(export=FAILED, roles=()), EventType.FAILED),
        (Facts(was_downloaded=True), EXPIRING),
        (Facts(export=replace(FAILED, workflow_state=WorkflowState.DELETED)), EventType.FAILED),
    ],
)
async def test_no_mail_is_sent_about_what_is_no_more(facts: Facts, type_: str) -> None:
    with pytest.raises(NotWanted):
        await mail(facts, type_)


async def test_an_address_that_is_not_valid_is_no_reason_to_try_again() -> None:
    with pytest.raises(NoAddress, match="user 5"):
        await mail(Facts(user=a_reader(address="ada")))
