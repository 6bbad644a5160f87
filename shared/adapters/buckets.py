"""Opens buckets by their URLs: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`.

Credentials come from the usual environment of each: AWS_*, GOOGLE_*, AZURE_STORAGE_*. A parameter `endpoint` names a
server other than the provider's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from shared.adapters.bucket_store import Bucket, BucketStore
from shared.runtime.environment import Mistakes

if TYPE_CHECKING:  # obstore has these names for type checkers only
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, RetryConfig, S3Config

_CLIENT: ClientConfig = {"timeout": timedelta(seconds=60), "connect_timeout": timedelta(seconds=5)}
_RETRY: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}

Parameters = Mapping[str, str]


def open_bucket(url: str) -> BucketStore:
    """The store of a bucket, which is not contacted. Raises Mistakes for a URL that names none, or has other parameters.

    `s3` takes `endpoint` and `region`, `gs` takes `endpoint`, `az` takes `endpoint` and `account`.
    """
    parts = urlsplit(url)
    opener, allowed = BUCKETS[parts.scheme]
    parameters = dict(parse_qsl(parts.query))
    if unknown := parameters.keys() - allowed:
        raise Mistakes([f"STORE_URL: {parts.scheme}:// has no parameter {', '.join(sorted(unknown))}"])
    try:
        return BucketStore(opener(parts.netloc, parts.path.strip("/") or None, parameters))
    except (BaseError, ValueError) as error:  # ValueError: credentials of the environment that cannot be read
        reason = str(error).partition("\n")[0]
        raise Mistakes(
            [f"STORE_URL: the bucket of {parts.scheme}://{parts.netloc} cannot be opened: {reason}"]
        ) from error


def _client(parameters: Parameters) -> ClientConfig:
    """The options of the connection. Plain HTTP is for an endpoint that says so, such as a test server."""
    return {**_CLIENT, "allow_http": parameters.get("endpoint", "").startswith("http://")}


def _s3(bucket: str, prefix: str | None, parameters: Parameters) -> S3Store:
    """Without an endpoint the bucket is at Amazon; without a region the environment's is used."""
    config: S3Config = {}
    if endpoint := parameters.get("endpoint"):
        config["endpoint"] = endpoint
    if region := parameters.get("region"):
        config["region"] = region
    return S3Store(bucket, prefix=prefix, config=config, client_options=_client(parameters), retry_config=_RETRY)


def _gs(bucket: str, prefix: str | None, parameters: Parameters) -> GCSStore:
    config: GCSConfig = {}
    if endpoint := parameters.get("endpoint"):
        config["base_url"] = endpoint
    return GCSStore(bucket, prefix=prefix, config=config, client_options=_client(parameters), retry_config=_RETRY)


def _az(container: str, prefix: str | None, parameters: Parameters) -> AzureStore:
    """Without an account AZURE_STORAGE_ACCOUNT_NAME names it."""
    config: AzureConfig = {}
    if endpoint := parameters.get("endpoint"):
        config["endpoint"] = endpoint
    if account := parameters.get("account"):
        config["account_name"] = account
    return AzureStore(container, prefix=prefix, config=config, client_options=_client(parameters), retry_config=_RETRY)


# Scheme -> (what opens a bucket, the parameters that it takes).
BUCKETS: Mapping[str, tuple[Callable[[str, str | None, Parameters], Bucket], frozenset[str]]] = {
    "s3": (_s3, frozenset({"endpoint", "region"})),
    "gs": (_gs, frozenset({"endpoint"})),
    "az": (_az, frozenset({"endpoint", "account"})),
}
