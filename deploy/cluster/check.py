"""`make cluster-check`: renders each overlay and checks it against the schemas of Kubernetes.

The schemas are those of the PyPI package kubernetes-validate, in an environment of its own below .run/.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from deploy.cluster.rendering import MISSING, OVERLAYS, Document, NotRendered, is_native, rendered, tool
from deploy.stack.checkout import RUN

PACKAGE = "kubernetes-validate==1.37.0"


def main() -> int:
    """Exit code 0 where all is right, or the tools are missing, with a line that says so; 1 with what is wrong."""
    if tool() is None:
        print(f"skipped: {MISSING}")
        return 0
    validator = _validator(RUN / "kubernetes-validate")
    wrong = ""
    for overlay in OVERLAYS:
        try:
            documents = rendered(overlay)
        except NotRendered as error:
            print(f"{overlay}: {error}", file=sys.stderr)
            return 1
        native = [document for document in documents if is_native(document)]
        print(f"{overlay}: {len(documents)} documents, {len(native)} with schemas of Kubernetes")
        wrong += _invalid(validator, native) if validator else ""
    print(wrong, end="", file=sys.stderr)
    return 1 if wrong else 0


def _validator(folder: Path) -> Path | None:
    """The program that knows the schemas, installed where it is missing; None where no registry has it."""
    program = folder / "bin" / "kubernetes-validate"
    if program.exists():
        return program
    print(f"installing {PACKAGE} into {folder}")
    venv.create(folder, with_pip=True)
    words = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"schemas skipped: {PACKAGE} cannot be installed: {done.stderr.strip()[-300:]}")
        return None
    return program


def _invalid(program: Path, documents: list[Document]) -> str:
    """What the validator says against the documents; empty where all are valid."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "documents.yaml"
        file.write_text(yaml.safe_dump_all(documents))
        words = [str(program), "--strict", "--quiet", str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
