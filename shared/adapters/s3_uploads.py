"""Multipart uploads that a killed writer left in a bucket: found and aborted, since S3 keeps (and bills) their parts.

obstore cannot list uploads, so these two requests are made here, signed with AWS Signature Version 4. They need
static credentials in the environment; with others (instance roles) nothing is removed, and the bucket should have
a lifecycle rule `AbortIncompleteMultipartUpload`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

import httpx
from lxml import etree

from shared.adapters.translate import translated
from shared.domain.errors import StoreUnavailable

_EMPTY = hashlib.sha256(b"").hexdigest()
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Upload:
    key: str
    upload_id: str
    started: datetime


@dataclass(frozen=True, slots=True)
class _Account:
    key_id: str
    secret: str
    token: str | None
    region: str

    @classmethod
    def from_environment(cls, region: str | None) -> Self | None:
        key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            return None
        region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        return cls(key_id, secret, os.environ.get("AWS_SESSION_TOKEN"), region)

    def headers(self, method: str, url: str, query: str, now: datetime) -> dict[str, str]:
        """The headers that sign a request without a body (Signature Version 4, all of them signed)."""
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        parts = urlsplit(url)
        headers = {"host": parts.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp}
        if self.token:
            headers["x-amz-security-token"] = self.token
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = f"{method}\n{parts.path}\n{query}\n{lines}\n{names}\n{_EMPTY}"
        scope = f"{day}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for step in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, step.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}"
        return {**headers, "authorization": f"{credential},SignedHeaders={names},Signature={signature}"}


def abandoned_uploads(bucket: str, endpoint: str | None, region: str | None, prefix: str, before: datetime) -> int:
    """Abort the uploads of keys below `prefix` that began before `before` (aware); how many there were."""
    account = _Account.from_environment(region)
    if account is None:
        return 0
    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL") or f"https://s3.{account.region}.amazonaws.com"
    base = f"{endpoint.rstrip('/')}/{bucket}"
    with translated({httpx.HTTPError: StoreUnavailable}, prefix), httpx.Client(timeout=_TIMEOUT_S) as client:
        old = [upload for upload in _uploads(client, account, base, prefix) if upload.started < before]
        for upload in old:
            _ask(client, account, "DELETE", f"{base}/{quote(upload.key)}", {"uploadId": upload.upload_id})
    return len(old)


def _uploads(client: httpx.Client, account: _Account, base: str, prefix: str) -> Iterator[_Upload]:
    query = {"uploads": "", "prefix": prefix}
    while True:
        answer = _ask(client, account, "GET", base, query)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(answer.content, parser)
        for item in root.findall("{*}Upload"):
            key, upload_id, started = (item.findtext(f"{{*}}{name}", "") for name in ("Key", "UploadId", "Initiated"))
            yield _Upload(key, upload_id, datetime.fromisoformat(started).astimezone(UTC))
        if root.findtext("{*}IsTruncated", "") != "true":
            return
        query["key-marker"] = root.findtext("{*}NextKeyMarker", "")
        query["upload-id-marker"] = root.findtext("{*}NextUploadIdMarker", "")


def _ask(client: httpx.Client, account: _Account, method: str, url: str, query: Mapping[str, str]) -> httpx.Response:
    text = urlencode(sorted(query.items()), quote_via=quote, safe="")
    answer = client.request(method, f"{url}?{text}", headers=account.headers(method, url, text, datetime.now(UTC)))
    if not (method == "DELETE" and answer.status_code == httpx.codes.NOT_FOUND):  # another janitor was faster
        answer.raise_for_status()
    return answer
