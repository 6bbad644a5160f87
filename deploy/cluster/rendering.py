"""Overlays as the documents that a cluster gets, rendered by kubectl or kustomize."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
OVERLAYS = ("dev", "production")
MISSING = "neither kubectl nor kustomize is installed"

Document = dict[str, Any]


class NotRendered(Exception):
    """An overlay could not be rendered; the text is the output of the tool."""


def tool() -> list[str] | None:
    """The command that renders a folder; None where neither is installed."""
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    return ["kustomize", "build"] if shutil.which("kustomize") else None


def rendered(overlay: str) -> list[Document]:
    """The documents of an overlay. Raises NotRendered."""
    command = tool()
    if command is None:
        raise NotRendered(MISSING)
    words = [*command, str(FOLDER / "overlays" / overlay)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRendered(done.stderr)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def is_native(document: Document) -> bool:
    """Whether Kubernetes itself has the schema, rather than an operator."""
    group = document["apiVersion"].partition("/")[0]
    return "." not in group or group.endswith(".k8s.io")
