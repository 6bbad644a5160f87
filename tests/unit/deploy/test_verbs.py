"""Verbs print what they do, do nothing with DRY=1, and end with a sentence where they cannot be done."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.service_processes import SERVICES
from deploy.verbs.__main__ import VERBS, main
from deploy.verbs.figures import lines_of, status
from deploy.verbs.releasing import faults
from deploy.verbs.sbom import bill
from deploy.verbs.steps import Step, VerbRefused, carry_out
from deploy.verbs.targets import ClusterTarget, ComposeTarget, NativeTarget, with_tag

COMPOSE = {"TARGET": "compose", "COMPOSED": "docker compose --file deploy/compose.yaml"}
CLUSTER = {"TARGET": "cluster"}
MAKEFILE = (ROOT / "Makefile").read_text()


def compose(folder: Path) -> ComposeTarget:
    return ComposeTarget(["true"], notes=folder / "deployed")


def test_the_makefile_has_every_verb_and_what_it_needs() -> None:
    (words,) = re.findall(r"^DEPLOYMENT := (.*)$", MAKEFILE, re.MULTILINE)
    assert {*words.split(), "release"} == set(VERBS)
    assert all(re.search(rf"^{verb}: .*## ", MAKEFILE, re.MULTILINE) for verb in VERBS)


@pytest.mark.parametrize(
    ("verb", "given", "sentence"),
    [
        ("deploy", COMPOSE, "VERSION=...: name a release"),
        ("deploy", COMPOSE | {"VERSION": "latest"}, "VERSION=latest: name a release"),
        ("deploy", {"TARGET": "native", "VERSION": "0.2.0"}, "runs this checkout"),
        ("scale", COMPOSE | {"WORKER": "worker", "N": "2"}, "WORKER=worker: name a process, one of gateway, inbox"),
        ("scale", COMPOSE | {"WORKER": "qti", "N": "two"}, "N=two: how many?"),
        ("scale", COMPOSE | {"WORKER": "gateway", "N": "2"}, "one gateway has the published port"),
        ("scale", COMPOSE, "WORKER=...: name a process"),
        ("logs", COMPOSE, "SERVICE=...: name a process"),
        ("logs", COMPOSE | {"SERVICE": "qti", "EXPORT": "seven"}, "EXPORT=seven: give a number"),
        ("token", COMPOSE | {"USER_ID": "ada"}, "USER_ID=ada: give a number"),
        ("deploy", CLUSTER | {"VERSION": "0.3.0", "OVERLAY": "moon"}, "OVERLAY=moon: name a folder"),
        ("restore", COMPOSE, "FROM=...: name the folder of a backup"),
        ("backup", CLUSTER, "CloudNativePG backs up the database"),
        ("smoke", CLUSTER, "CONTENT_EXPORTS_URL=...: where"),
        ("release", COMPOSE | {"VERSION": "99.0.0"}, "CHANGELOG.md has no section [99.0.0] with a date"),
        ("status", {"TARGET": "mars"}, "TARGET=mars: choose compose, cluster or native"),
    ],
)
def test_a_verb_that_cannot_be_done_ends_with_a_sentence(
    verb: str, given: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb], given) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "given", "words"),
    [
        ("deploy", COMPOSE | {"VERSION": "0.3.0"}, "IMAGE=content-exports:0.3.0 docker compose"),
        ("scale", COMPOSE | {"WORKER": "qti", "N": "3"}, "--scale qti=3 qti"),
        ("token", COMPOSE, "exec -T gateway content-exports token --user 1 --create --site-admin"),
        ("token", CLUSTER, "kubectl --namespace=content-exports exec deployment/gateway -- content-exports token"),
        ("migrate", CLUSTER, "wait --for=condition=complete"),
        ("deploy", CLUSTER | {"VERSION": "0.3.0"}, "rollout status deployment/notifier"),
        ("rollback", CLUSTER, "rollout undo deployment/gateway"),
        ("scale", CLUSTER | {"WORKER": "qti", "N": "3"}, "scaledobject/qti autoscaling.keda.sh/paused-replicas=3"),
        ("scale", CLUSTER | {"WORKER": "relay", "N": "3"}, "scale deployment/relay --replicas=3"),
        ("logs", COMPOSE | {"SERVICE": "qti", "EXPORT": "7"}, "the log of qti about export 7"),
        ("smoke", COMPOSE, "http://127.0.0.1:8080"),
    ],
)
def test_a_dry_verb_prints_what_it_would_do_and_does_nothing(
    verb: str, given: dict[str, str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Step, "do", lambda _: pytest.fail("it was done"))
    assert main([verb], given | {"DRY": "1"}) == 0
    printed = capsys.readouterr().out
    assert words in printed
    assert all(line.startswith("would ") for line in printed.splitlines())


@pytest.mark.parametrize(
    ("database_url", "sentence"),
    [
        ("postgresql://nobody:secret@/x?host=/no/such/folder", "the database cannot be read: "),
        ("nonsense:secret", "DATABASE_URL: not an address of the form"),
    ],
)
def test_a_backup_that_fails_ends_with_a_sentence_and_leaves_no_part_of_it(
    database_url: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    given = {"TARGET": "native", "DATABASE_URL": database_url, "OUT": str(tmp_path / "backup")}
    assert main(["backup"], given) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert "secret" not in printed
    assert list(tmp_path.iterdir()) == []


def test_a_scrub_reads_the_packages_of_its_target_and_with_dry_records_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(Step, "do", lambda step: done.append(" ".join(step.words)))
    for given in (COMPOSE, COMPOSE | {"DRY": "1"}, CLUSTER | {"DRY": "1"}):
        assert main(["scrub"], given) == 0
    assert done == [
        "docker compose --file deploy/compose.yaml exec -T janitor python -m services.janitor --scrub",
        "docker compose --file deploy/compose.yaml exec -T janitor python -m services.janitor --scrub --dry-run",
        "kubectl --namespace=content-exports exec deployment/janitor -- python -m services.janitor --scrub --dry-run",
    ]
    assert "print what is damaged" in capsys.readouterr().out


def test_migrations_come_before_the_processes_of_a_release_and_not_before_a_way_back(tmp_path: Path) -> None:
    target = compose(tmp_path)
    carry_out(target.deploy("0.2.0")[-1:], dry=False)
    carry_out(target.deploy("0.3.0")[-1:], dry=False)
    assert [step.does for step in target.deploy("0.4.0")][1:3] == ["apply the migrations of 0.4.0", "deploy 0.4.0"]
    back = target.rollback()
    assert (back[1].does, back[1].env["IMAGE"]) == ("go back to 0.2.0", "content-exports:0.2.0")
    assert target.scale("qti", 2)[0].env["IMAGE"] == "content-exports:0.3.0", "not the one of make up"


def released(folder: Path, text: str) -> ComposeTarget:
    """A target whose checkout has this compose file."""
    file = folder / "checkout" / "compose.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return ComposeTarget(["true", "--file", str(file), "--env-file", "secrets"], notes=folder / "deployed")


def test_a_way_back_has_the_compose_file_that_the_version_was_deployed_with(tmp_path: Path) -> None:
    older, newer = "services:\n  gateway:\n  qti:\n", "services:\n  gateway:\n  qti:\n  console:\n"
    carry_out(released(tmp_path, older).deploy("0.2.0")[-1:], dry=False)
    target = released(tmp_path, newer)
    carry_out(target.deploy("0.3.0")[-1:], dry=False)
    assert target.processes() == ["gateway", "qti", "console"]
    back = target.rollback()
    words = ["true", "--file", f"{tmp_path}/deployed-compose/0.2.0.yaml", "--project-directory", f"{tmp_path}/checkout"]
    assert back[1].words == [*words, "--env-file", "secrets", "up", "--detach", "--remove-orphans"]
    assert (tmp_path / "deployed-compose" / "0.2.0.yaml").read_text() == older
    carry_out(back[1:2] + back[-1:], dry=False)
    assert list(target.scale("qti", 2)[0].words)[:5] == words, "what looks after the version has its file, too"
    assert target.processes() == ["gateway", "qti"], "a status does not miss what the version does not have"
    again = target.rollback()
    assert again[1].words[2] == f"{tmp_path}/deployed-compose/0.3.0.yaml"
    assert target.deploy("0.3.0")[2].words[2] == f"{tmp_path}/checkout/compose.yaml", "as the checkout has it"


def test_a_dry_way_back_names_the_file_and_keeps_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = released(tmp_path, "services:\n")
    for version in ("0.2.0", "0.3.0"):
        carry_out(target.deploy(version)[-1:], dry=False)
    before = sorted(tmp_path.rglob("*"))
    given = COMPOSE | {"COMPOSED": " ".join(target.words), "DEPLOYED": str(target.notes), "DRY": "1"}
    assert main(["rollback"], given) == 0
    assert f"--file {tmp_path}/deployed-compose/0.2.0.yaml --project-directory" in capsys.readouterr().out
    assert main(["deploy"], given | {"VERSION": "0.4.0"}) == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_the_compose_file_of_this_checkout_has_every_process(tmp_path: Path) -> None:
    target = released(tmp_path, (ROOT / "deploy" / "compose.yaml").read_text())
    carry_out(target.deploy("0.3.0")[-1:], dry=False)
    assert target.processes() == [service.name for service in SERVICES]


def test_a_version_whose_compose_file_was_not_kept_goes_back_by_that_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "deployed").write_text("0.1.0\n0.2.0\n")
    target = released(tmp_path, "services:\n")
    assert target.rollback()[1].words[:3] == ["true", "--file", f"{tmp_path}/checkout/compose.yaml"]
    assert len(target.processes()) == len(SERVICES)


def test_there_is_no_way_back_from_the_first_version(tmp_path: Path) -> None:
    with pytest.raises(VerbRefused, match="no version to go back to"):
        compose(tmp_path).rollback()


def test_the_first_step_that_fails_is_the_last(tmp_path: Path) -> None:
    with pytest.raises(VerbRefused, match="break: failed, false ended with 1"):
        carry_out([Step("break", ["false"]), Step("go on", ["touch", str(tmp_path / "on")])], dry=False)
    assert not (tmp_path / "on").exists()
    with pytest.raises(VerbRefused, match="cannot be started"):
        carry_out([Step("start", ["/no/such/program"])], dry=False)


def test_the_tag_of_the_base_is_what_a_cluster_is_given() -> None:
    base = (ROOT / "deploy" / "cluster" / "base" / "kustomization.yaml").read_text()
    assert "newTag: 0.3.0}" in with_tag(base, "0.3.0")
    with pytest.raises(VerbRefused):
        with_tag("images: []", "0.3.0")
    assert ClusterTarget("content-exports", "dev").scale("qti", 2)[0].words[-1] == "--replicas=2", "without KEDA"


METRICS = """# TYPE content_exports_build_info gauge
content_exports_build_info{python="3.11",service="qti-worker",version="0.2.0"} 1.0
# TYPE content_exports_unfinished gauge
content_exports_unfinished{export_type="qti",workflow_state="created"} 4.0
content_exports_unfinished{export_type="zip",workflow_state="created"} 0.0
"""


class Answering(NativeTarget):
    """A target whose processes all answer, but for one."""

    def fetch(self, process: str, path: str) -> str | None:
        if process == "relay":
            return None
        if path == "/metrics" and process in ("inbox", "ingest"):
            return f"content_exports_commands_oldest_seconds {7.0 if process == 'inbox' else 0.0}\n"
        return METRICS if path == "/metrics" and process == "qti" else ""


def test_a_status_has_each_process_its_version_and_what_waits() -> None:
    lines, well = status(Answering())
    assert not well
    assert len([line for line in lines if "ready" in line or "answer" in line]) == len(SERVICES)
    assert "qti          ready            0.2.0" in lines
    assert "relay        does not answer" in lines
    assert "exports that wait or run: 4 qti created" in lines
    assert {"the oldest command in work, inbox: 7 s", "the oldest command in work, ingest: 0 s"} <= set(lines)


def test_the_log_of_one_export_has_no_line_of_another() -> None:
    log = "\n".join(f"qti_1 | {json.dumps({'event': 'e', 'export_id': number})}" for number in (7, 70, 17, 7))
    assert len(lines_of(log, "7")) == 2
    assert len(lines_of(log, "")) == 4


def test_a_release_needs_its_version_everywhere_and_nothing_that_is_not_committed() -> None:
    project, changelog = '[project]\nversion = "0.3.0"\n', "## [0.3.0] - 2026-12-01\n"
    assert faults("0.3.0", project, changelog, "", "") == []
    assert len(faults("0.4.0", project, changelog, " M x", "v0.4.0")) == 4


DPKG = """Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u13
Description: GNU C Library
 Version: is what a description may have in a line that goes on

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: tini
Status: install ok installed
Architecture: amd64
Version: 1:0.19.0-1
"""


def test_the_bill_of_materials_has_every_package_of_the_lock_with_its_hashes() -> None:
    lock = (ROOT / "requirements-traces.lock").read_text()
    document = bill(lock, "", "0.2.0")
    names = {each["name"].lower() for each in document["components"]}
    assert {"aiohttp", "asyncpg", "msgspec", "opentelemetry-sdk"} <= names
    assert len(names) == len(re.findall(r"^[A-Za-z0-9._-]+==", lock, re.MULTILINE))
    assert all(each["hashes"] for each in document["components"])
    assert document == bill(lock, "", "0.2.0")


def test_the_bill_of_materials_has_the_packages_of_debian_that_the_image_has() -> None:
    components = bill("", DPKG, "0.2.0")["components"]
    assert [each["purl"] for each in components] == [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64",
        "pkg:deb/debian/tini@1:0.19.0-1?arch=amd64",
    ]
    assert components[0]["properties"] == [{"name": "debian:source", "value": "glibc"}]
