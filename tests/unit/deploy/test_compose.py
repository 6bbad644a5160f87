"""compose.yaml: every setting reaches the processes, and nothing has more rights, memory or neighbours than it needs."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
import yaml

from deploy.stack.checkout import ROOT
from deploy.stack.compose import FILE
from deploy.stack.containers import is_well
from deploy.stack.service_processes import SERVICES
from services.console.settings import ConsoleSettings
from shared.intake.limits import LoadSettings
from shared.runtime.environment import read_environment
from shared.runtime.mail_settings import MailSettings
from shared.runtime.settings import Settings

FOLDER = ROOT / "deploy"
SERVICES_OF_FILE: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
EVERY_CONTAINER = pytest.mark.parametrize("name", SERVICES_OF_FILE)
OURS = [*(service.name for service in SERVICES), "migrate"]
BY_COMPOSE = {
    "DATABASE_URL",
    "AMQP_URL",
    "PROGRESS_URL",
    "SECRET_KEY",
    "OPS_PORT",
    "HTTP_HOST",
    "HTTP_PORT",
    "API_URL",
    "CONSOLE_KEY",
}
OF_LIBRARIES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def settings_file() -> dict[str, str]:
    """The settings of the template, those behind a # too."""
    lines = re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", (FOLDER / "settings.env").read_text(), re.MULTILINE)
    assert len(dict(lines)) == len(lines), "a setting stands there twice"
    return dict(lines)


def test_the_template_has_only_settings_that_exist_and_that_compose_does_not_set() -> None:
    known = {field.name.upper() for kind in (Settings, MailSettings, ConsoleSettings) for field in fields(kind)}
    limits = {f"LOAD_MAX_{field.name.upper()}" for field in fields(LoadSettings)}
    assert set(settings_file()) <= (known | limits | OF_LIBRARIES) - BY_COMPOSE
    assert len(settings_file()) > 70


def test_the_template_has_the_default_of_each_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    required = {"DATABASE_URL": "postgresql://a@b/c", "SECRET_KEY": "k" * 32}
    for name in {field.name.upper() for field in fields(Settings)}:
        monkeypatch.delenv(name, raising=False)
    for name, value in required.items():
        monkeypatch.setenv(name, value)
    defaults = read_environment(Settings)
    examples = {
        "DRAIN_S",
        "TRUST_FORWARDED",
        "TRUSTED_PROXIES",
        "PUBLIC_URL",
        "STORE_URL",
    }  # of compose, and of profiles
    for name, value in settings_file().items():
        if name not in examples:
            monkeypatch.setenv(name, value)
    assert read_environment(Settings) == defaults


@pytest.mark.parametrize("name", OURS)
def test_a_process_gets_every_setting_from_one_file(name: str) -> None:
    service = SERVICES_OF_FILE[name]
    assert service["env_file"] == ["${SETTINGS:-settings.env}"]
    assert (FOLDER / "settings.env").exists()
    assert set(service["environment"]) <= BY_COMPOSE, "it would win over the file"


@EVERY_CONTAINER
def test_a_container_cannot_gain_rights_and_has_limits(name: str) -> None:
    service = SERVICES_OF_FILE[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] <= 512
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service


@EVERY_CONTAINER
def test_an_image_of_others_has_a_version(name: str) -> None:
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", SERVICES_OF_FILE[name]["image"])
    assert image == "content-exports" or re.search(r":(v?\d|RELEASE\.\d)", image), image


def test_the_proxy_reaches_the_gateway_and_no_server() -> None:
    networks = {name: set(service["networks"]) for name, service in SERVICES_OF_FILE.items()}
    assert networks["proxy"] & networks["gateway"]
    reachable = {name for name, others in networks.items() if networks["proxy"] & others}
    assert reachable == {"proxy", "gateway", "console", "blackbox"}


def test_only_the_proxy_is_open_to_other_machines() -> None:
    published = {name: service["ports"] for name, service in SERVICES_OF_FILE.items() if "ports" in service}
    strangers = {name for name, ports in published.items() for port in ports if not port.startswith("127.0.0.1:")}
    assert strangers == {"proxy"}


def test_every_volume_is_named_once_and_used() -> None:
    used = {
        mount.partition(":")[0]
        for service in SERVICES_OF_FILE.values()
        for mount in service.get("volumes", ())
        if not mount.startswith((".", "$"))
    }
    assert used == set(yaml.safe_load(FILE.read_text())["volumes"])


def test_every_file_that_is_mounted_exists() -> None:
    for service in SERVICES_OF_FILE.values():
        for mount in service.get("volumes", ()):
            if mount.startswith("./"):
                assert (FOLDER / mount.partition(":")[0]).exists(), mount


def test_no_health_check_of_ours_starts_an_interpreter() -> None:
    checks = [str(service["healthcheck"]["test"]) for service in SERVICES_OF_FILE.values() if "healthcheck" in service]
    checks += re.findall(r"^HEALTHCHECK .*\\\n.*$", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)
    assert len(checks) == 4
    assert not [check for check in checks if "python" in check]


def test_profiles_are_those_that_the_page_names() -> None:
    profiles = {profile for service in SERVICES_OF_FILE.values() for profile in service.get("profiles", ())}
    page = (FOLDER / "README.md").read_text()
    assert profiles == {"proxy", "s3", "monitoring"}
    assert all(f"| `{profile}` |" in page for profile in profiles)


def test_what_makes_the_bucket_has_done_its_work_when_it_has_ended() -> None:
    assert is_well("/x_s3-bucket_1 s3-bucket exited 0")
    assert not is_well("/x_s3-bucket_1 s3-bucket exited 1")


def test_the_proxy_neither_buffers_nor_trusts_addresses_of_its_clients() -> None:
    text = (FOLDER / "proxy" / "Caddyfile").read_text()
    assert "flush_interval -1" in text
    assert "trusted_proxies" not in text
    assert "encode" not in text
