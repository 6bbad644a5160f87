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
import stamina
from lxml import etree

from shared.adapters.translate import translated
from shared.domain.errors import StoreUnavailable

_EMPTY = hashlib.sha256(b"").hexdigest()
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that has begun; its key in the bucket, and when, aware."""

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


@dataclass(frozen=True, slots=True)
class Uploads:
    """The unfinished uploads of a bucket; none of them without static credentials."""

    bucket: str
    endpoint: str | None
    region: str | None

    def below(self, prefix: str) -> list[Upload]:
        """The uploads of keys that begin with `prefix`."""
        account = _Account.from_environment(self.region)
        if account is None:
            return []
        with translated({httpx.HTTPError: StoreUnavailable}, prefix), httpx.Client(timeout=_TIMEOUT_S) as client:
            return list(_uploads(client, account, self._base(account), prefix))

    def abort(self, key: str, upload_id: str) -> None:
        """End an upload and drop its parts; one that is gone already is fine."""
        account = _Account.from_environment(self.region)
        if account is not None:
            with translated({httpx.HTTPError: StoreUnavailable}, key), httpx.Client(timeout=_TIMEOUT_S) as client:
                _ask(client, account, "DELETE", f"{self._base(account)}/{quote(key)}", {"uploadId": upload_id})

    def _base(self, account: _Account) -> str:
        amazon = f"https://s3.{account.region}.amazonaws.com"
        return f"{(self.endpoint or os.environ.get('AWS_ENDPOINT_URL') or amazon).rstrip('/')}/{self.bucket}"


def _uploads(client: httpx.Client, account: _Account, base: str, prefix: str) -> Iterator[Upload]:
    query = {"uploads": "", "prefix": prefix}
    while True:
        answer = _ask(client, account, "GET", base, query)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(answer.content, parser)
        for item in root.findall("{*}Upload"):
            key, upload_id, started = (item.findtext(f"{{*}}{name}", "") for name in ("Key", "UploadId", "Initiated"))
            yield Upload(key, upload_id, datetime.fromisoformat(started).astimezone(UTC))
        if root.findtext("{*}IsTruncated", "") != "true":
            return
        query["key-marker"] = root.findtext("{*}NextKeyMarker", "")
        query["upload-id-marker"] = root.findtext("{*}NextUploadIdMarker", "")


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.TransportError)


@stamina.retry(on=_may_pass, attempts=4)
def _ask(client: httpx.Client, account: _Account, method: str, url: str, query: Mapping[str, str]) -> httpx.Response:
    text = urlencode(sorted(query.items()), quote_via=quote, safe="")
    answer = client.request(method, f"{url}?{text}", headers=account.headers(method, url, text, datetime.now(UTC)))
    if not (method == "DELETE" and answer.status_code == httpx.codes.NOT_FOUND):  # another janitor was faster
        answer.raise_for_status()
    return answer
