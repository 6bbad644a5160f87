"""The headers of a mail are correct for every name, and say that it was not written by a person."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.mail.envelope import MailSender, compose, message_id
from services.notifier.mail.language import MAILS
from services.notifier.mail.letters import Letters
from services.notifier.mail.names import one_line
from tests.support.letters import a_reader, an_export

SENDER = MailSender(Address("Content Exports", addr_spec="exports@school.edu"))
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ID = message_id("8f6c", "7", "school.edu")


def a_message(sender: MailSender = SENDER, course: str = "Tides", **reader: Any) -> EmailMessage:
    who = a_reader(**reader)
    texts = MAILS.texts_for(who.locale)
    return compose(Letters(who, texts).exported(an_export(context_name=course)), texts, sender, who, id_=ID, now=NOW)


def sent(message: EmailMessage) -> EmailMessage:
    """The message as a receiver parses it."""
    return message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)


def test_a_mail_says_that_a_program_sent_it() -> None:
    received = sent(a_message(locale="de-CH"))
    assert received["From"] == "Content Exports <exports@school.edu>"
    assert received["To"] == "Ada Lovelace <ada@school.edu>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["X-Auto-Response-Suppress"] == "All"
    assert received["List-Id"] == "<content-exports.school.edu>"
    assert received["Date"].datetime == NOW
    assert received["Content-Language"] == "de-CH"
    assert received["Reply-To"] is None


def test_answers_go_where_the_operator_says() -> None:
    sender = MailSender(SENDER.address, Address("Help desk", addr_spec="help@school.edu"))
    assert sent(a_message(sender))["Reply-To"] == "Help desk <help@school.edu>"


def test_a_mail_has_a_text_part_and_then_an_html_part() -> None:
    received = sent(a_message(course="Küsten"))
    assert received.get_content_type() == "multipart/alternative"
    text, html = received.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "Course: Küsten" in text.get_content()
    assert "<dd>Küsten</dd>" in html.get_content()


def test_the_same_mail_has_the_same_message_id_and_another_has_another() -> None:
    assert message_id("e", "7", "school.edu") == message_id("e", "7", "school.edu")
    others = [("e", "8", "school.edu"), ("f", "7", "school.edu"), ("e7", "", "school.edu"), ("e", "7", "example.edu")]
    assert len({message_id(*each) for each in [("e", "7", "school.edu"), *others]}) == 5
    assert ID.endswith("@school.edu>")


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@school.edu", "a b@school.edu", "a@x.edu, b@x.edu", "a@x\r\nBcc: b@x.edu", "a@b@c.edu"],
)
def test_a_reader_whose_address_is_not_valid_gets_no_mail(address: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        a_message(address=address)


def test_a_domain_in_other_letters_is_written_in_ascii_and_the_rest_of_the_address_as_it_is() -> None:
    assert a_message(address="ada@küste.example")["To"] == "Ada Lovelace <ada@xn--kste-0ra.example>"
    message = a_message(address="zoë@school.edu")
    assert message.policy.utf8
    assert "zoë@school.edu".encode() in message.as_bytes(policy=SMTPUTF8)


@given(st.text(st.characters(codec=None), max_size=400))
@example("Tides\r\nBcc: all@school.edu")
@example('"quoted" \\ (comment) <a@b.c>, ;:')
@example("שיעור ערבי " * 20)
@example("👩‍🚀" * 60)
@example("=?utf-8?q?Tides?=")
def test_any_name_stays_within_its_header(name: str) -> None:
    message = a_message(course=name, name=name)
    raw = message.as_bytes(policy=SMTP)
    received = message_from_bytes(raw, policy=SMTP)
    assert received.keys() == a_message().keys()
    assert [each.addr_spec for each in received["To"].addresses] == ["ada@school.edu"]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    if name.isascii() and "=?" not in name:
        assert received["To"].addresses[0].display_name == one_line(name)
        assert (one_line(name) or "Course 42") in received["Subject"]
