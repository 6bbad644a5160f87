"""What a cluster gets: every setting is known, every probe a route, every image a release, and no right too many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
import yaml

from deploy.cluster.rendering import FOLDER, MISSING, OVERLAYS, Document, is_native, rendered, tool
from deploy.observability.prometheus_rule import RULE
from deploy.observability.prometheus_rule import rendered as rule
from deploy.stack.checkout import ROOT
from deploy.stack.service_processes import APIS, CLIENTS, SERVICES
from services.console.settings import ConsoleSettings
from shared.contracts.topology import QUEUES
from shared.intake.limits import LoadSettings
from shared.runtime.mail_settings import MailSettings
from shared.runtime.settings import Settings

pytestmark = pytest.mark.skipif(tool() is None, reason=MISSING)
EACH = pytest.mark.parametrize("overlay", OVERLAYS)
PROCESSES = {service.name for service in SERVICES}
OVERTIME_S = 9  # after the grace time, as shared/runtime/lifecycle.py has it


@cache
def documents(overlay: str) -> tuple[Document, ...]:
    return tuple(rendered(overlay))


def of_kind(overlay: str, kind: str) -> dict[str, Document]:
    """The documents of a kind by their names."""
    return {each["metadata"]["name"]: each for each in documents(overlay) if each["kind"] == kind}


def ours(overlay: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods that run our image, each by the name of its process."""
    for each in (*of_kind(overlay, "Deployment").values(), of_kind(overlay, "Job")["migrate"]):
        yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def settings_of(overlay: str) -> dict[str, str]:
    """The settings that all processes get."""
    (found,) = [each["data"] for name, each in of_kind(overlay, "ConfigMap").items() if name.startswith("settings")]
    return dict(found)


@EACH
def test_every_process_runs_and_no_other(overlay: str) -> None:
    assert {name for name, _ in ours(overlay)} == PROCESSES | {"migrate"}
    assert {name: pod["containers"][0]["args"] for name, pod in ours(overlay)} == {
        name: [name] for name in PROCESSES | {"migrate"}
    }


@EACH
def test_every_setting_is_known(overlay: str) -> None:
    known = {field.name.upper() for kind in (Settings, MailSettings, ConsoleSettings) for field in fields(kind)}
    known |= {f"LOAD_MAX_{field.name.upper()}" for field in fields(LoadSettings)}
    known |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(settings_of(overlay)) <= known
    for _, pod in ours(overlay):
        assert {each["name"] for each in pod["containers"][0]["env"]} <= known


@EACH
def test_every_probe_is_a_route_on_a_port_that_the_process_has(overlay: str) -> None:
    for name, pod in ours(overlay):
        if name == "migrate":
            continue
        container = pod["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {kind: probe["path"] for kind, probe in probes.items()} == {
            "startup": "/healthz",
            "liveness": "/healthz",
            "readiness": "/readyz",
        }
        assert {probe["port"] for probe in probes.values()} <= set(ports)
        assert ports == ({"http": 8080, "ops": 8081} if name in APIS else {"http": 8080})


@EACH
def test_every_image_has_the_tag_of_a_release(overlay: str) -> None:
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    for _, pod in ours(overlay):
        assert pod["containers"][0]["image"].rpartition(":")[2] in releases
    for each in of_kind(overlay, "StatefulSet").values():
        tag = each["spec"]["template"]["spec"]["containers"][0]["image"].partition(":")[2]
        assert re.match(r"\d|RELEASE\.\d", tag)


@EACH
def test_a_process_has_no_right_that_it_does_not_need(overlay: str) -> None:
    for _, pod in ours(overlay):
        security = pod["containers"][0]["securityContext"]
        assert pod["automountServiceAccountToken"] is False
        assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, True)
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert pod["containers"][0]["resources"]["limits"]["memory"]


@EACH
def test_a_process_is_given_the_time_that_it_needs_to_stop(overlay: str) -> None:
    settings = settings_of(overlay)
    needed = float(settings["DRAIN_S"]) + float(settings["STOP_GRACE_S"]) + OVERTIME_S
    for each in of_kind(overlay, "Deployment").values():
        pod = each["spec"]["template"]["spec"]
        (_, pause) = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
        assert needed + float(pause) < pod["terminationGracePeriodSeconds"]
        assert each["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


@EACH
def test_a_way_through_the_ingress_buffers_nothing_and_waits_for_streams(overlay: str) -> None:
    ingress = of_kind(overlay, "Ingress")["gateway"]
    of_nginx = {name.rpartition("/")[2]: value for name, value in ingress["metadata"]["annotations"].items()}
    assert (of_nginx["proxy-buffering"], of_nginx["proxy-request-buffering"]) == ("off", "off")
    assert float(of_nginx["proxy-read-timeout"]) >= 3600
    assert of_nginx["proxy-body-size"] == "0"
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert [(each["path"], each["backend"]["service"]["name"]) for each in paths] == [
        ("/console", "console"),
        ("/", "gateway"),
    ]
    for path in paths:
        service = of_kind(overlay, "Service")[path["backend"]["service"]["name"]]
        assert path["backend"]["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}


@EACH
def test_nobody_may_call_anybody_who_is_not_named(overlay: str) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    assert policies["deny-all"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    selected = [
        policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/component")
        for policy in policies.values()
    ]
    assert {name for name in selected if name} <= PROCESSES


def test_production_has_no_secret_in_its_files_and_development_has_its_own() -> None:
    assert of_kind("production", "Secret") == {}
    for name, pod in ours("production"):
        values = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef") for each in pod["containers"][0]["env"]}
        assert all(values[key] for key in values if key not in ("OPS_PORT", "API_URL")), name
    names = {re.sub(r"-\w{10}$", "", name) for name in of_kind("dev", "Secret")}
    assert names == {"content-exports", "content-exports-owner"}


def test_only_the_migrations_have_the_role_that_owns_the_tables() -> None:
    for name, pod in ours("production"):
        if name in CLIENTS:
            assert {each["name"] for each in pod["containers"][0]["env"]} == {"API_URL", "CONSOLE_KEY", "OPS_PORT"}
            continue
        (url,) = [each for each in pod["containers"][0]["env"] if each["name"] == "DATABASE_URL"]
        role = url["valueFrom"]["secretKeyRef"]["name"]
        assert role == ("database-app" if name == "migrate" else "database-services")
    database = of_kind("production", "Cluster")["database"]["spec"]
    (role,) = database["managed"]["roles"]
    assert role["passwordSecret"]["name"] == "database-services"
    grants = [line for line in database["bootstrap"]["initdb"]["postInitApplicationSQL"] if "GRANT" in line]
    assert len(grants) == 3
    assert all(line.endswith(f"TO {role['name']}") and "CREATE ON" not in line for line in grants)


def test_production_outlives_the_loss_of_a_machine() -> None:
    assert of_kind("production", "RabbitmqCluster")["broker"]["spec"]["replicas"] == 3
    assert of_kind("production", "Cluster")["database"]["spec"]["postgresql"]["synchronous"]["number"] == 1
    budgets = of_kind("production", "PodDisruptionBudget")
    for name, each in of_kind("production", "Deployment").items():
        if each["spec"]["replicas"] > 1:
            assert budgets[name]["spec"]["selector"]["matchLabels"] == {"app.kubernetes.io/component": name}
            assert len(each["spec"]["template"]["spec"]["topologySpreadConstraints"]) == 2


def test_workers_are_scaled_by_what_waits_for_them() -> None:
    scaled = of_kind("production", "ScaledObject")
    assert set(scaled) == {"cartridge", "qti", "zip"}
    queues = {queue.name for queue in QUEUES}
    for name, each in scaled.items():
        exports, messages = each["spec"]["triggers"]
        assert each["spec"]["scaleTargetRef"]["name"] == name
        assert "content_exports_unfinished{" in exports["metadata"]["query"]
        assert messages["metadata"]["queueName"] in queues
        assert name.replace("cartridge", "common_cartridge") in messages["metadata"]["queueName"]


def test_every_process_is_scraped_once() -> None:
    monitors = of_kind("production", "PodMonitor")
    ports = {name: each["spec"]["podMetricsEndpoints"][0]["port"] for name, each in monitors.items()}
    assert ports == {"content-exports": "http", "content-exports-api": "ops"}
    labels = {
        name: each["spec"]["template"]["metadata"]["labels"]
        for name, each in of_kind("production", "Deployment").items()
    }
    assert {name for name, own in labels.items() if "content-exports/api" in own} == set(APIS)
    assert {own["app.kubernetes.io/part-of"] for own in labels.values()} == {"content-exports"}


def test_the_alerts_of_the_cluster_are_those_of_prometheus() -> None:
    assert RULE.read_text() == rule(), "run python -m deploy.observability.prometheus_rule"
    alerts = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yaml").read_text())
    assert yaml.safe_load(rule())["spec"] == alerts


def test_every_manifest_is_part_of_an_overlay() -> None:
    for file in FOLDER.rglob("*.yaml"):
        if file.name != "kustomization.yaml":
            assert file.name in (file.parent / "kustomization.yaml").read_text(), file


def test_what_operators_of_the_cluster_define_is_told_apart() -> None:
    assert {each["kind"] for each in documents("production") if not is_native(each)} == {
        "Cluster",
        "PodMonitor",
        "PrometheusRule",
        "RabbitmqCluster",
        "ScaledObject",
        "ScheduledBackup",
        "TriggerAuthentication",
    }
