"""A real S3 server on this machine: moto's, as a thread or a process of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing/secret"}


@dataclass(frozen=True)
class Bucket:
    """A bucket of an S3 server."""

    endpoint: str
    name: str

    @property
    def url(self) -> str:
        """As `STORE_URL` names it."""
        return f"s3://{self.name}/tenant?endpoint={self.endpoint}&region={REGION}"

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def uploads(self) -> list[str]:
        """The keys of unfinished multipart uploads."""
        return [upload["Key"] for upload in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]

    def keys(self, prefix: str) -> list[str]:
        """The keys of objects below the tenant's prefix."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=f"tenant/{prefix}").get("Contents", [])
        return [item["Key"].removeprefix("tenant/") for item in found]


@contextmanager
def s3_server() -> Iterator[str]:
    """Its endpoint; the credentials are in the environment while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.stop()


def new_bucket(endpoint: str) -> Bucket:
    """An empty bucket."""
    bucket = Bucket(endpoint, f"exports-{uuid.uuid4().hex[:12]}")
    bucket.client.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket
