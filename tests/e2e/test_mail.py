"""An export that a person requests over HTTP ends with a mail to that person."""

from __future__ import annotations

from pathlib import Path

from deploy.stack.child_processes import wait_until
from tests.support.client import Client
from tests.support.mail_server import mail_server
from tests.support.notifier import notifier
from tests.support.stack import Stack

PAGE = "https://lms.school.edu/{context}/exports/{id}"


def test_a_teacher_who_exports_a_course_gets_a_mail_in_the_own_language(
    stack: Stack, sample: int, tmp_path: Path
) -> None:
    words = ["--name", "Ada", "--email", "ada@school.edu", "--locale", "de", "--time-zone", "Europe/Zurich"]
    teacher = stack.command("user", *words).strip()
    stack.command("enroll", "--course", str(sample), "--user", teacher, "--role", "teacher")
    client = Client(stack.base_url, stack.token(int(teacher)))
    stack.stop("notifier")  # it has no mail server, and would take the events
    try:
        with mail_server(tmp_path / "mails") as server:
            addresses = {"DATABASE_URL": stack.database_url, "AMQP_URL": stack.system.servers.amqp_url}
            with notifier(tmp_path / "log", **addresses, SMTP_URL=server.url, MAIL_EXPORT_URL=PAGE):
                done = client.finished(client.create(sample, "qti"))
                assert wait_until(lambda: bool(server.mails()), 60), (tmp_path / "log").read_text()
            (mail,) = server.mails()
    finally:
        stack.start("notifier")
    assert mail["To"] == "Ada <ada@school.edu>"
    assert mail["Subject"].endswith("ist fertig: Quizze (QTI)")
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"https://lms.school.edu/courses/{sample}/exports/{done['id']}" in body.get_content()
    assert done["attachment"]["filename"] in body.get_content()
