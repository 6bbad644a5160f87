"""What of a service's log a person at the terminal reads."""

from __future__ import annotations

import json

from deploy.stack.logs import terminal_line


def test_routine_events_stay_in_the_file() -> None:
    assert terminal_line(json.dumps({"level": "info", "event": "export_finished", "entries": 4})) is None


def test_a_warning_is_shown_with_its_fields() -> None:
    line = {"level": "warning", "event": "broker_lost", "wait_s": 2, "service": "relay", "timestamp": "2026-01-01"}
    assert terminal_line(json.dumps(line)) == "warning broker_lost wait_s=2"


def test_an_error_is_shown_with_its_traceback() -> None:
    line = {"level": "error", "event": "crashed", "exception": "Traceback ...\nValueError"}
    assert terminal_line(json.dumps(line)) == "error crashed Traceback ...\nValueError"


def test_a_line_that_is_no_event_is_shown_as_it_is() -> None:
    assert terminal_line("Traceback (most recent call last):") == "Traceback (most recent call last):"
    assert terminal_line("[1, 2]") == "[1, 2]"
    assert terminal_line("") is None
