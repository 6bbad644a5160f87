"""The images: ours is built; those of the servers come from a registry, or are built from Debian's packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.stack.checkout import ROOT
from deploy.stack.compose import FILE
from tests.containers.engine import CLIENT, CommandFailed, docker, run
from tests.support.servers import IMAGES

BASE = "debian:bookworm-slim"
STAND_INS = Path(__file__).parent


def ensure_images(name: str) -> dict[str, str]:
    """Build our image under this name; the names of the images of PostgreSQL and RabbitMQ."""
    _ensure_base()
    build_image(name)
    return {server: _pulled(image) or _stand_in(server) for server, image in IMAGES.items()}


def ensure_images_of_profiles() -> dict[str, str]:
    """The names of the images that profiles need, by the names of their variables without `_IMAGE`."""
    defaults = dict(re.findall(r"image: \$\{(\w+)_IMAGE:-(.*)\}", FILE.read_text()))
    stand_ins = {"PROXY": "proxy", "S3": "s3", "MC": "s3", "PROMETHEUS": "prometheus", "BLACKBOX": "blackbox"}
    return {name: _pulled(defaults[name]) or _stand_in(folder) for name, folder in stand_ins.items()}


def build_image(name: str, checkout: Path = ROOT) -> None:
    """`make image`, as operators build it."""
    run("make", "--directory", str(checkout), "image", f"IMAGE={name}", f"DOCKER={CLIENT}")


def size_mb(name: str) -> float:
    """The size of an image in MB, with its base."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", name)) / 1e6


def _ensure_base() -> None:
    """Debian as an image: from this engine, from the registry, or made by debootstrap."""
    if _has(BASE) or _pulled(BASE):
        return
    if shutil.which("debootstrap") is None:
        raise CommandFailed(f"No registry has {BASE}, and debootstrap is not installed.")
    with TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        run("debootstrap", "--variant=minbase", "bookworm", str(root))
        for mounted in ("proc", "sys"):
            subprocess.run(["umount", str(root / mounted)], check=False, capture_output=True)
        left_out = [f"--exclude=./{name}/*" for name in ("proc", "sys", "dev", "var/cache/apt/archives")]
        run("tar", "-C", str(root), *left_out, "-cf", f"{folder}/root.tar", ".")
        docker("import", f"{folder}/root.tar", BASE)


def _stand_in(server: str) -> str:
    name = f"content-exports-test-{server}"
    certificate = os.environ.get("PIP_CERT")
    secret = ["--secret", f"id=pip_cert,src={certificate}"] if certificate else []
    docker("build", "--tag", name, "--build-arg", f"BASE={BASE}", *secret, str(STAND_INS / server))
    return name


def _has(name: str) -> bool:
    try:
        docker("image", "inspect", name)
    except CommandFailed:
        return False
    return True


def _pulled(name: str) -> str | None:
    """The name, where a registry has the image; None without one. `REGISTRY=no` asks none."""
    if os.environ.get("REGISTRY") == "no":
        return None
    try:
        docker("pull", "--quiet", name)
    except CommandFailed:
        return None
    return name
