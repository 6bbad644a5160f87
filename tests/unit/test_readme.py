"""The pages of documentation agree with the code."""

from __future__ import annotations

import re
from dataclasses import fields

from services.cli.errors import CommandError
from services.console.settings import ConsoleSettings
from shared.contracts.commands import CommandType, ReplyType
from shared.contracts.messages import (
    ExportRequested,
    LoadRequested,
    PlanFailed,
    PlanMade,
    PlanRequested,
)
from shared.contracts.topology import EXCHANGES
from shared.domain.export import NEXT
from shared.domain.services import Right
from shared.intake.limits import LoadSettings
from shared.runtime.mail_settings import MailSettings
from shared.runtime.settings import Settings
from tests.support.metrics import metric_types
from tests.support.pages import COMMAND_LINE, FORMATS, GATEWAY, HOUSE, OPERATION, SETTINGS, section


def test_the_page_of_the_house_is_short() -> None:
    assert len(HOUSE.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_exit_code_of_the_command_line_stands_in_its_table() -> None:
    rows = {int(code) for code in re.findall(r"^\| (\d+) \|", section(COMMAND_LINE, "## Output"), re.MULTILINE)}
    assert rows == {0, 2, *(kind.exit_code for kind in (CommandError, *CommandError.__subclasses__()))}


def test_every_setting_stands_in_the_table_and_every_row_is_a_setting() -> None:
    rows = {
        name
        for line in section(SETTINGS, "# Settings").splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([A-Z0-9_]+)`", line.split("|")[1])
    }
    assert rows == {field.name.upper() for each in (Settings, MailSettings, ConsoleSettings) for field in fields(each)}


def test_every_limit_of_a_load_stands_in_its_table_with_its_default() -> None:
    page = section(FORMATS, "## What can be loaded")
    rows = dict(re.findall(r"^\| `(LOAD_MAX_[A-Z0-9_]+)` \| `(\d+)` \|", page, re.MULTILINE))
    assert rows == {f"LOAD_MAX_{field.name.upper()}": str(field.default) for field in fields(LoadSettings)}


def test_the_table_of_states_is_the_table_of_transitions() -> None:
    documented = {}
    for line in section(GATEWAY, "## States").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[0].startswith("`") and cells[0] != "`workflow_state`":
            documented[cells[0].strip("`")] = set(re.findall(r"`(\w+)`", cells[2]))
    assert documented == {state.value: {to.value for to in following} for state, following in NEXT.items()}


def test_the_table_of_metrics_has_every_metric() -> None:
    documented = {
        name
        for line in section(OPERATION, "## Monitoring").splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert documented == set(metric_types())


def test_every_metric_has_the_prefix_of_the_system_and_a_unit_of_openmetrics() -> None:
    for name, kind in metric_types().items():
        assert name.startswith("content_exports_")
        assert name.endswith("_total") == (kind == "counter"), name
        assert kind != "histogram" or name.endswith(("_seconds", "_bytes")), name
        assert not name.endswith(("_ms", "_milliseconds", "_mb", "_minutes", "_count", "_sum", "_bucket")), name


def test_every_command_and_reply_is_named_and_the_right_that_it_needs() -> None:
    page = section(GATEWAY, "## Commands of internal services")
    for word in (*CommandType, *ReplyType):
        assert f"`{word}`" in page
    for right in Right:
        assert f"--may {right}" in page


def test_every_message_and_exchange_is_named() -> None:
    page = section(GATEWAY, "## Messages")
    messages = (ExportRequested, LoadRequested, PlanRequested, PlanMade, PlanFailed)
    for word in (*(exchange.name for exchange in EXCHANGES), *(each.__struct_config__.tag for each in messages)):
        assert f"`{word}`" in page
    assert [each.__struct_config__.tag for each in messages] == [
        "export.requested.v1",
        "load.requested.v1",
        "plan.requested.v1",
        "plan.made.v1",
        "plan.failed.v1",
    ]
