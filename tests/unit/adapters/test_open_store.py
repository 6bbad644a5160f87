"""The URL of a store opens a store of its kind, with its options; nothing is contacted."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from obstore.store import AzureStore, GCSStore, S3Store

from shared.adapters.bucket_store import BucketStore
from shared.adapters.folder_store import FolderStore
from shared.adapters.open_store import open_store
from shared.adapters.translate import translated
from shared.domain.errors import StoreFull, StoreUnavailable
from shared.runtime.environment import Mistakes
from shared.worker.verdict import Retry, verdict

ENDPOINT = "http://127.0.0.1:9"
KEY = "c2VjcmV0"  # base64, as Azure's keys are


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)


def bucket_of(url: str) -> S3Store | GCSStore | AzureStore:
    store = open_store(url)
    assert isinstance(store, BucketStore)
    return store._bucket


def test_an_s3_url_has_endpoint_and_region() -> None:
    bucket = bucket_of(f"s3://exports/tenant a?endpoint={ENDPOINT}&region=eu-1")
    assert isinstance(bucket, S3Store)
    assert bucket.prefix == "tenant a"
    assert (bucket.config["bucket"], bucket.config["endpoint"], bucket.config["region"]) == (
        "exports",
        ENDPOINT,
        "eu-1",
    )


def test_a_gs_url_is_a_bucket_of_google_and_its_endpoint_may_be_another_server() -> None:
    bucket = bucket_of(f"gs://exports/one/two?endpoint={ENDPOINT}")
    assert isinstance(bucket, GCSStore)
    assert bucket.prefix == "one/two"
    assert (bucket.config["bucket"], bucket.config["base_url"]) == ("exports", ENDPOINT)


def test_an_az_url_is_a_container_of_an_account() -> None:
    bucket = bucket_of(f"az://exports?account=school&endpoint={ENDPOINT}")
    assert isinstance(bucket, AzureStore)
    assert bucket.prefix is None
    assert (bucket.config["container_name"], bucket.config["account_name"]) == ("exports", "school")


@pytest.mark.parametrize(("endpoint", "plain"), [(ENDPOINT, True), ("https://127.0.0.1:9", False)])
@pytest.mark.parametrize("url", ["s3://b?", "gs://b?", "az://b?account=school&"])
def test_plain_http_is_for_an_endpoint_that_says_so(url: str, endpoint: str, plain: bool) -> None:
    options = bucket_of(f"{url}endpoint={endpoint}").client_options
    assert options is not None
    assert str(options["allow_http"]).lower() == str(plain).lower()


def test_a_path_and_a_file_url_are_folders(tmp_path: Path) -> None:
    assert isinstance(open_store(str(tmp_path)), FolderStore)
    assert isinstance(open_store(tmp_path.as_uri()), FolderStore)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://secret@host/x",
        "s3:///no-bucket?secret",
        "file://elsewhere/secret",
        "s3://bucket?secret_access_key=secret",
        "gs://bucket?region=eu",
        "az://container",
    ],
)
def test_a_wrong_url_is_a_line_that_names_the_setting_and_shows_no_secret(url: str) -> None:
    with pytest.raises(Mistakes, match=r"^STORE_URL: ") as raised:
        open_store(url)
    assert len(str(raised.value).splitlines()) == 1
    assert "=secret" not in str(raised.value)
    assert "secret@" not in str(raised.value)


def test_credentials_that_cannot_be_read_are_a_line_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    with pytest.raises(Mistakes, match=r"^STORE_URL: the bucket of gs://exports cannot be opened: "):
        open_store("gs://exports")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_store_says_so_and_is_tried_again_like_one_that_does_not_answer(number: int) -> None:
    with pytest.raises(StoreFull, match="is full") as raised, translated({OSError: StoreUnavailable}, "k"):
        raise OSError(number, "no")
    assert verdict(raised.value, 1, 1.0) == Retry(1.0, "store_full")


def test_another_error_of_a_store_is_not_a_full_one() -> None:
    with pytest.raises(StoreUnavailable) as raised, translated({OSError: StoreUnavailable}):
        raise OSError(errno.EIO, "broken")
    assert not isinstance(raised.value, StoreFull)
