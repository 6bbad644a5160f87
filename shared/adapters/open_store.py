"""Chooses the object store for a URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.adapters.buckets import BUCKETS, open_bucket
from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import ObjectStore
from shared.runtime.environment import Mistakes


def open_store(url: str) -> ObjectStore:
    """A folder for a plain path or `file:///path`, a bucket for `s3://`, `gs://` or `az://bucket/prefix`.

    Raises Mistakes for another scheme, or a bucket without a name. The store itself is not contacted.
    """
    parts = urlsplit(url)
    if parts.scheme in BUCKETS and parts.netloc:
        return open_bucket(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return FolderStore(Path(unquote(parts.path)))
    if "://" in url or not url:
        schemes = "/prefix, ".join(f"{scheme}://bucket" for scheme in BUCKETS)
        raise Mistakes([f"STORE_URL: not an address of an object store: a folder, file:///folder, {schemes}/prefix"])
    return FolderStore(Path(url))
