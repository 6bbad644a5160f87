"""Settings: read once from the environment at start-up, checked, and handed on as a frozen object."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from shared.runtime.environment import Bounds, exit_for_mistakes, read_environment

_KEY_BYTES = 32
_ACCESS_LOG = re.compile(r"off|errors|all|sample:(?:0(?:\.\d+)?|1(?:\.0+)?)")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _address(*schemes: str, host: bool = True) -> Callable[[str], str]:
    """A check that accepts a URL of one of these schemes and returns it unchanged."""

    def checked(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in schemes or (host and not parts.hostname):
            raise ValueError(f"not an address of the form {schemes[0]}://host")
        return url

    return checked


def _addresses(*schemes: str) -> Callable[[str], str]:
    """A check of a list of URLs of these schemes, separated by commas or spaces. Returns it unchanged."""
    checked = _address(*schemes)

    def all_checked(urls: str) -> str:
        for url in urls.replace(",", " ").split() or [urls]:
            checked(url)
        return urls

    return all_checked


def _level(name: str) -> str:
    if name.upper() not in _LEVELS:
        raise ValueError(f"must be one of {', '.join(_LEVELS)}")
    return name.upper()


def _sampled(text: str) -> str:
    if not _ACCESS_LOG.fullmatch(text):
        raise ValueError("must be off, errors, all, or sample: and a share from 0 to 1, such as sample:0.01")
    return text


def long_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The check of keys that sign: a short one could be guessed from any link that it has signed."""
    if not keys or min(len(key.encode()) for key in keys) < _KEY_BYTES:
        raise ValueError(f"each key must have {_KEY_BYTES} bytes or more; `openssl rand -hex 32` makes one")
    return keys


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        ip_network(text)  # its ValueError says what is wrong
    return texts


UserId = Literal["id", "sis_user_id", "integration_id", "lti_user_id", "login_id", "uuid"]
HttpAddress = Annotated[str, _address("https", "http")]
Positive = Annotated[float, Bounds(gt=0)]
NotNegative = Annotated[float, Bounds(ge=0)]
PositiveInt = Annotated[int, Bounds(gt=0)]


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The settings of a process that serves HTTP. The environment variables have the same names in upper case."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Bounds(ge=0, le=65535)] = 8080
    ops_port: Annotated[int, Bounds(ge=0, le=65535)] = 0  # for metrics and readiness in detail, of an API; 0: none
    drain_s: NotNegative = 0.0  # how long an API is unready, but serves on, before it closes its port
    public_url: HttpAddress | None = None  # scheme, host and port that clients use; else from the request
    trust_forwarded: bool = False  # believe X-Forwarded-Host and -Proto: only behind a proxy that sets them
    trusted_proxies: Annotated[int, Bounds(ge=0)] = (
        0  # proxies of yours in front: as many addresses of X-Forwarded-For are believed
    )
    allowed_hosts: tuple[str, ...] = ()  # comma-separated hosts that links may name, no ports; (): any
    stop_grace_s: NotNegative = 30.0  # how long exports in flight may run on after SIGTERM
    head_timeout_s: Positive = 10.0  # how long the head of a request may take to arrive
    body_timeout_s: Positive = 20.0  # how long the body of a request may make no progress
    idle_timeout_s: Positive = 75.0  # how long a connection may be silent between requests
    max_connections: PositiveInt = 10_000  # of a process; half of the files it may open, if that is less
    max_body_bytes: PositiveInt = 1_048_576  # largest request body
    otel_exporter_otlp_endpoint: str | None = None  # collector of traces (OTLP over HTTP); unset: no traces
    trace_url: str | None = None  # of a trace in a browser, with {trace_id} in it; unset: traces have no links
    log_level: Annotated[str, _level] = "INFO"
    access_log: Annotated[str, _sampled] = "errors"  # the requests that have a log line: off, errors, sample:0.01, all

    @property
    def is_https(self) -> bool:
        """Whether clients reach the process over TLS."""
        return (self.public_url or "").startswith("https:")


@dataclass(frozen=True, kw_only=True)
class Settings(ServerSettings):
    """The settings of every process that has the database. The environment variables have the same names in upper case."""

    database_url: Annotated[str, _address("postgresql", "postgres", host=False)]  # postgresql://user@host:port/database
    # RabbitMQ: the address of the broker, or those of the nodes of a cluster
    amqp_url: Annotated[str, _addresses("amqp", "amqps")] = "amqp://guest:guest@127.0.0.1:5672/"
    store_url: str = "./.run/store"  # object store: a folder, or a bucket of s3://, gs:// or az://
    progress_url: HttpAddress = "http://127.0.0.1:8081"  # where the gateway finds the progress service
    canvas_url: HttpAddress | None = None  # the site of the courses, put before relative links in packages
    secret_key: Annotated[
        tuple[str, ...], long_keys
    ]  # comma-separated keys of download links: the first signs, all verify
    download_ttl_s: Positive = 86_400.0  # how long a download link is valid
    download_redirect: bool = False  # send downloads to the bucket by signed URL, if the store is one
    redirect_ttl_s: Annotated[float, Bounds(gt=0, le=604_800)] = 60.0  # how long such a signed URL is valid
    lease_s: Positive = 30.0  # how long a silent worker keeps an export
    slots: Annotated[int, Bounds(ge=1, le=64)] = 1  # exports that one worker process builds at a time
    plan_slots: Annotated[int, Bounds(ge=1, le=64)] = 2  # dry runs that one worker process plans at a time
    exports_per_owner: Annotated[int, Bounds(ge=0)] = (
        8  # exports of a type and priority that an owner has in flight at most; 0: any number
    )
    large_export_s: Positive = 10.0  # estimated seconds from which an export is large: these leave a slot to the others
    waiting_per_owner: Annotated[int, Bounds(ge=0)] = 0  # exports of an owner that may wait or run; 0: any number
    waiting_per_context: Annotated[int, Bounds(ge=0)] = 0  # the same of a course, group or user; 0: any number
    kept_bytes_per_owner: Annotated[int, Bounds(ge=0)] = 0  # bytes of packages from which an owner gets no more; 0: any
    kept_bytes_per_context: Annotated[int, Bounds(ge=0)] = 0  # the same of a course, group or user; 0: any
    max_kept_bytes: Annotated[int, Bounds(ge=0)] = 0  # bytes of all packages, over which the oldest expire; 0: any
    min_keep_days: NotNegative = 1.0  # days that a package is kept in any case
    max_attempts: Annotated[int, Bounds(ge=1)] = 5  # attempts that lose their worker before an export is given up
    quarantine_after: Annotated[int, Bounds(ge=0)] = 5  # workers that exports of a context lose until they wait; 0: any
    quarantine_within_s: Positive = 3600.0  # of the workers lost within this time
    retry_backoff_s: NotNegative = 2.0  # wait before the second attempt; doubles with each further one
    stall_s: Positive = 300.0  # how long an attempt may make no progress before it is given up
    unfit_after_s: Positive = 60.0  # how long a worker may be short of memory, threads, files or disk before it ends
    sweep_s: Positive = 1.0  # how often relay and janitor look for leftovers, and a paused worker at its servers
    requeue_after_s: Positive = 60.0  # how long an export waits until its message is sent again
    verify_sha256: bool = False  # check packed files by their SHA-256 too, not by CRC-32 and size alone
    expire_after_days: NotNegative = 30.0  # days after which a finished package is removed; 0: never
    cleanup_s: Positive = 300.0  # how often the janitor removes what is not needed any more
    scrub_bytes_per_s: NotNegative = 5_000_000.0  # at which packages in the store are read again; 0: never
    scrub_after_days: NotNegative = 7.0  # days after which a package is read again
    orphan_after_s: NotNegative = 3600.0  # how old an object that nothing refers to must be to count as a leftover
    sync_idle_s: Positive = 86_400.0  # how long a sync of content may rest until what it has staged is removed
    keep_events_days: Positive = 30.0  # days that the event log of finished exports is kept
    keep_exports_days: NotNegative = 0.0  # days after its request that an export which has ended is kept; 0: for ever
    keep_reports_days: NotNegative = 0.0  # the same of what an export packed and left out; 0: as long as the export
    idempotency_key_ttl_s: Positive = 86_400.0  # how long an Idempotency-Key is remembered
    keep_audit_days: NotNegative = 365.0  # days that the audit log is kept; 0: for ever
    webhook_http: bool = False  # let webhooks be http too: their bodies are signed, and can be read on the way
    webhook_networks: Annotated[
        tuple[str, ...], _networks
    ] = ()  # comma-separated networks of our own that webhooks may reach
    webhook_retry_scale: Positive = 1.0  # the waits between tries of a webhook are multiplied by it
    keep_deliveries_days: Positive = 30.0  # days that the notifier keeps what became of webhooks and mails
    sse_comment_s: Positive = 15.0  # how often a silent event stream sends a comment line
    jwt_keys: str | None = None  # JWKS of an identity provider whose tokens are accepted: a URL, or a file
    jwt_issuer: str | None = None  # required iss of such a token
    jwt_audience: str | None = None  # required aud of such a token
    jwt_user_claim: str = "sub"  # the claim that names the user
    jwt_user_id: UserId = "sis_user_id"  # which identifier of the user the claim holds
    jwt_scopes_claim: str | None = None  # the claim with scopes; if unset, tokens have no limit of scope
    cors_origins: tuple[str, ...] = ()  # comma-separated origins whose pages may read responses; * for all
    max_upload_bytes: PositiveInt = 20 * 1024**3  # largest package or file that a site admin uploads
    uploads_per_token: PositiveInt = 4  # uploads of a token that run at once, in a process
    max_selected: PositiveInt = 10_000  # most objects that one request may select by name
    rate_limit_per_s: NotNegative = 500.0  # request cost that a token may spend per second in each process; 0: no limit
    rate_limit_burst: Positive = 5_000.0  # request cost that a token may spend at once after a pause
    guesses_per_minute: NotNegative = 60.0  # unknown tokens and wrong links of an address, in each process; 0: no limit
    streams_per_token: PositiveInt = 50  # event streams that a token holds open at once, in a process
    waits_per_token: PositiveInt = 50  # requests with ?wait= that a token holds open at once, in a process
    dry_run_s: Positive = 60.0  # how long a dry run may take

    @property
    def keep_s(self) -> float | None:
        """Seconds that a finished package is kept; None: for ever."""
        return self.expire_after_days * 86_400 or None

    def __post_init__(self) -> None:
        """Raise ValueError for keys of an identity provider without its name and ours."""
        if self.jwt_keys and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("JWT_KEYS needs JWT_ISSUER and JWT_AUDIENCE: keys alone do not say for whom a token is")


def read_settings() -> Settings:
    """The settings of this process. Ends it with exit code 78 and a line for each invalid environment variable."""
    with exit_for_mistakes():
        return read_environment(Settings)
