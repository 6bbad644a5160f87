"""The profiles of compose.yaml: exports go through an object store and a proxy with TLS, and all processes are watched."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import urllib.request
from typing import Any

import aiohttp
import httpx2

from deploy.stack.child_processes import wait_until
from deploy.stack.ports import free_port
from deploy.stack.service_processes import SERVICES
from tests.containers.engine import docker
from tests.containers.project import PASSWORD, TYPES, Project, load_and_export, project
from tests.support.client import Client
from tests.support.sse import open_stream

SCRAPED_S = 60.0
ROOT_CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt"


def profiles(images: dict[str, str], tool: str) -> None:
    """Start all of them but for Grafana, and export each type."""
    https, prometheus = free_port(hold=False), free_port(hold=False)
    os.environ |= {
        "HTTPS_PUBLIC_PORT": str(https),
        "HTTP_PUBLIC_PORT": str(free_port(hold=False)),
        "PROMETHEUS_PORT": str(prometheus),
    }
    settings = {
        "STORE_URL": "s3://content-exports?endpoint=http://s3:9000&region=us-east-1",
        "AWS_ACCESS_KEY_ID": "app",
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "PUBLIC_URL": f"https://localhost:{https}",
        "TRUST_FORWARDED": "true",
        "TRUSTED_PROXIES": "1",
    }
    with project(images, tool, **settings) as running:
        running.note(f"ready with the profiles, by {tool}", f"{running.up(profiles=('s3', 'proxy')):.1f} s")
        running.up("prometheus", "blackbox", profiles=("s3", "proxy", "monitoring"))
        certificate = docker("exec", running.container("proxy"), "cat", ROOT_CERTIFICATE)
        trusted = ssl.create_default_context(cadata=certificate)
        client = Client(settings["PUBLIC_URL"], running.client().token)
        headers = {"Authorization": f"Bearer {client.token}"}
        client.http = httpx2.Client(
            base_url=client.base_url, headers=headers, timeout=30, verify=trusted, trust_env=False
        )
        course = load_and_export(running, client)
        in_the_bucket(running)
        through_the_proxy(running, client, course, trusted)
        watched(running, f"http://127.0.0.1:{prometheus}")


def in_the_bucket(running: Project) -> None:
    """Packages that were downloaded and files that were loaded are not in the folder."""
    for service in ("gateway", "zip"):
        assert not docker("exec", running.container(service), "find", "/data/store", "-type", "f").strip()
    running.note("s3", "exports of each type are in the bucket, and nothing is in the folder")


def through_the_proxy(running: Project, client: Client, course: int, trusted: ssl.SSLContext) -> None:
    """Exports over TLS with links to the proxy, a download in parts, and a stream whose events come as they happen."""
    for export_type in TYPES:
        package = client.exported(course, export_type)["attachment"]
        assert package["url"].startswith(f"{client.base_url}/files/")
        whole = client.http.get(package["url"])
        assert len(whole.content) == package["size"]
        part = client.http.get(package["url"], headers={"Range": "bytes=100-299"})
        assert (part.status_code, part.content) == (206, whole.content[100:300])
    asyncio.run(_stream(running, client, course, trusted))
    running.note("proxy", "exports of each type over TLS, parts of downloads, and events as they happen")


async def _stream(running: Project, client: Client, course: int, trusted: ssl.SSLContext) -> None:
    """The worker is suspended, so that the first event must have come before the answer is whole."""
    worker = running.container("zip")
    docker("pause", worker)
    try:
        export = client.create(course, "zip")
        connector = aiohttp.TCPConnector(ssl=trusted)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            open_stream(session, f"{export['progress_url']}/events", client.token) as stream,
        ):
            assert (await stream.next()).state == "created"
            docker("unpause", worker)
            assert (await stream.rest(60))[-1].state == "exported"
    except TimeoutError as error:
        docker("unpause", worker)  # a suspended container cannot be stopped
        raise AssertionError("the proxy keeps events back, or the export does not end") from error


def watched(running: Project, prometheus: str) -> None:
    """Each target of Prometheus is up, and each process of ours is among them."""

    def targets() -> dict[str, str]:
        found = _answer(f"{prometheus}/api/v1/targets?state=active")["activeTargets"]
        return {f"{each['labels']['job']} {each['labels']['instance']}": each["health"] for each in found}

    assert wait_until(lambda: set(targets().values()) == {"up"}, SCRAPED_S, pause_s=1.0), targets()
    assert len(targets()) == len(SERVICES) + 2, "the broker, and the certificate"
    finished = _answer(f"{prometheus}/api/v1/query?query=content_exports_build_info")["result"]
    assert len(finished) == len(SERVICES)
    running.note("monitoring", f"{len(targets())} targets are up")


def _answer(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return dict(json.load(answer)["data"])
