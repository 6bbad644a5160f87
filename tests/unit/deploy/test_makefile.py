"""The verbs of the Makefile: in groups, each with a line of help; those of operators are commands of the command line."""

from __future__ import annotations

import re

from deploy.stack.checkout import ROOT
from services.cli.__main__ import COMMANDS

TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
GROUPS = re.split(r"^##@ ", TEXT, flags=re.MULTILINE)[1:]


def test_every_verb_has_a_line_of_help_in_a_group() -> None:
    phony = re.search(r"^\.PHONY: \$\(OPERATIONS\) (.*)$", TEXT, re.MULTILINE)
    operations = re.search(r"^OPERATIONS := (.*)$", TEXT, re.MULTILINE)
    deployment = re.search(r"^DEPLOYMENT := (.*)$", TEXT, re.MULTILINE)
    assert phony is not None
    assert operations is not None
    assert deployment is not None
    verbs = {verb for group in GROUPS for verb in re.findall(r"^([a-z0-9-]+):.*## ", group, re.MULTILINE)}
    assert verbs == {*phony[1].split(), *operations[1].split(), *deployment[1].split(), "release"}


def test_the_verbs_of_operators_are_commands_of_the_command_line() -> None:
    (group,) = [each for each in GROUPS if each.startswith("To operate")]
    verbs = set(re.findall(r"^([a-z0-9-]+):.*## ", group, re.MULTILINE))
    assert len(verbs) >= 10
    assert verbs <= set(COMMANDS)
