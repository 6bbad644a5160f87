"""Chooses the object store for a URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import ObjectStore
from shared.adapters.s3_store import S3Store


def open_store(url: str) -> ObjectStore:
    """A folder for a plain path or `file:///path`, a bucket for `s3://bucket/prefix?endpoint=...&region=...`.

    Raises ValueError for another scheme, or a bucket without a name. The store itself is not contacted.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        return S3Store.from_url(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return FolderStore(Path(unquote(parts.path)))
    if "://" in url or not url:
        raise ValueError(
            f"{url!r} is not an address of an object store: a folder, file:///folder or s3://bucket/prefix"
        )
    return FolderStore(Path(url))
