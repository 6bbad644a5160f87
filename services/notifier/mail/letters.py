"""The letters: an export is ready, has failed, or expires soon; a webhook was disabled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from services.notifier.mail.failures import WHAT_TO_DO, code_of
from services.notifier.mail.letter import Letter, LetterLink
from services.notifier.mail.names import one_line
from services.notifier.mail.subjects import DisabledWebhook, MailedExport
from shared.domain.export import ContextType, ExportType
from shared.domain.language.texts import Texts
from shared.domain.language.time_zones import zone_of
from shared.domain.notices.mail import Reader

_WEBHOOKS = "/api/v1/users/self/content_export_webhooks"
_MOST_NAMED = 3  # missing objects that are named; the others are counted

Facts = tuple[tuple[str, str], ...]


class Letters:
    """Writes letters to one reader."""

    def __init__(self, reader: Reader, texts: Texts) -> None:
        self._reader = reader
        self._texts = texts
        self._zone = zone_of(reader.time_zone)

    def exported(self, export: MailedExport) -> Letter:
        """The package is ready."""
        _ = self._texts.gettext
        ready = _("The export is ready: you can download it.")
        if export.expires_at is not None:
            ready = _("The export is ready: you can download it until {moment}.").format(
                moment=self._moment(export.expires_at)
            )
        missing = self._missing(export)
        links = self._links(export)
        if links and missing and export.report_url:
            links = (*links, LetterLink(_("Read the report"), export.report_url))
        return self._letter(
            export,
            subject=_("Export of “{name}” is ready: {type}"),
            heading=_("Your export is ready"),
            paragraphs=(ready, missing) if missing else (ready,),
            facts=(*self._about(export), *self._packages(export)),
            links=links,
        )

    def failed(self, export: MailedExport) -> Letter:
        """The export has ended without a package: why, and what to do."""
        _ = self._texts.gettext
        code = code_of(export.error_code)
        facts = [*self._about(export)]
        if export.error_message and export.error_message != code.sentence:
            facts.append((_("Details"), one_line(export.error_message, 1000)))
        if export.request_id:
            facts.append((_("Request id"), one_line(export.request_id)))
        return self._letter(
            export,
            subject=_("Export of “{name}” failed: {type}"),
            heading=_("Your export has failed"),
            paragraphs=(_(code.sentence), _(WHAT_TO_DO[code])),
            facts=tuple(facts),
            links=self._links(export),
        )

    def expiring(self, export: MailedExport) -> Letter:
        """The package is removed soon, and was not downloaded. Its `expires_at` is not None."""
        _ = self._texts.gettext
        assert export.expires_at is not None
        sentence = _(
            "The export has not been downloaded yet. It is removed on {moment}; after that, request it again."
        ).format(moment=self._moment(export.expires_at))
        return self._letter(
            export,
            subject=_("Export of “{name}” expires soon: {type}"),
            heading=_("Your export expires soon"),
            paragraphs=(sentence,),
            facts=(*self._about(export), *self._packages(export)),
            links=self._links(export),
        )

    def webhook_disabled(self, webhook: DisabledWebhook) -> Letter:
        """An endpoint gets no more events: why, and what to do."""
        _ = self._texts.gettext
        host = one_line(urlsplit(webhook.url).hostname or webhook.url)
        disabled = self._texts.ngettext(
            "The endpoint did not take an event in {count} try. It gets no more events.",
            "The endpoint did not take an event in {count} tries. It gets no more events.",
            webhook.tries,
        )
        return Letter(
            subject=_("Webhook to {host} was disabled").format(host=host),
            heading=_("A webhook was disabled"),
            greeting=self._greeting(),
            paragraphs=(
                disabled.format(count=webhook.tries),
                _(
                    "Once it works again, enable the webhook ({request}), and send it the events that it did not take "
                    "once more. Events from the time in which it is disabled are not sent."
                ).format(request=f"POST {_WEBHOOKS}/{webhook.id or 'ID'}/enable"),
            ),
            facts=(
                (_("Endpoint"), one_line(webhook.url, 1000)),
                (_("Last answer"), one_line(webhook.reason, 1000)),
                (_("Disabled"), self._moment(webhook.disabled_at)),
            ),
            links=(),
            reason=_("You get this mail because you registered this webhook."),
        )

    def _letter(
        self,
        export: MailedExport,
        *,
        subject: str,
        heading: str,
        paragraphs: tuple[str, ...],
        facts: Facts,
        links: tuple[LetterLink, ...],
    ) -> Letter:
        reason = self._texts.gettext("You get this mail because you requested this export on {moment}.")
        return Letter(
            subject=subject.format(name=self._name(export), type=self._type(export.export_type)),
            heading=heading,
            greeting=self._greeting(),
            paragraphs=paragraphs,
            facts=facts,
            links=links,
            reason=reason.format(moment=self._moment(export.created_at)),
        )

    def _greeting(self) -> str:
        name = one_line(self._reader.name or "")
        if not name:
            return self._texts.gettext("Hello,")
        return self._texts.gettext("Hello {name},").format(name=name)

    def _missing(self, export: MailedExport) -> str | None:
        """In one sentence what the package lacks; None for one that has everything as it is in the course."""
        if export.complete and not export.warnings_count:
            return None
        if export.complete:
            return self._texts.ngettext(
                "Nothing is missing, but {count} thing is not as it was; the report says what.",
                "Nothing is missing, but {count} things are not as they were; the report says what.",
                export.warnings_count,
            ).format(count=export.warnings_count)
        if not export.missing:
            return self._texts.gettext("Something is missing from the package; the report says what, and what to do.")
        quoted = self._texts.gettext("“{name}”")
        sentence = self._texts.gettext(
            "Missing from the package, in whole or in part: {names}; the report says why, and what to do."
        )
        return sentence.format(names=self._first([quoted.format(name=one_line(each, 80)) for each in export.missing]))

    def _first(self, names: Sequence[str]) -> str:
        """The first of the names, and how many there are besides."""
        listed = list(names[:_MOST_NAMED])
        if more := len(names) - len(listed):
            listed.append(self._texts.ngettext("{count} more", "{count} more", more).format(count=more))
        return self._texts.listed(listed)

    def _about(self, export: MailedExport) -> Facts:
        _ = self._texts.gettext
        labels = {ContextType.COURSE: _("Course"), ContextType.GROUP: _("Group"), ContextType.USER: _("Files of")}
        return (
            (labels[export.context.type], self._name(export)),
            (_("Type"), self._type(export.export_type)),
            (_("Export id"), str(export.id)),
        )

    def _links(self, export: MailedExport) -> tuple[LetterLink, ...]:
        """The page of the export; none without a page that a person can open."""
        return (LetterLink(self._texts.gettext("Open the export"), export.page_url),) if export.page_url else ()

    def _packages(self, export: MailedExport) -> Facts:
        _ = self._texts.gettext
        names = self._first([one_line(each.filename) for each in export.packages])
        size = self._texts.size(sum(each.size for each in export.packages))
        facts = ((_("File"), names), (_("Size"), size)) if export.packages else ()
        if export.expires_at is None:
            return facts
        return (*facts, (_("Available until"), self._moment(export.expires_at)))

    def _name(self, export: MailedExport) -> str:
        return one_line(export.context_name or "") or f"{export.context.type.value} {export.context.id}"

    def _type(self, export_type: ExportType) -> str:
        _ = self._texts.gettext
        return {
            ExportType.COMMON_CARTRIDGE: _("Common Cartridge"),
            ExportType.QTI: _("Quizzes (QTI)"),
            ExportType.ZIP: _("Files (zip)"),
        }[export_type]

    def _moment(self, at: datetime) -> str:
        return self._texts.moment(at, self._zone)
