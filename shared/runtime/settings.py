"""Settings: read once from the environment at start-up, checked, and handed on as a frozen object."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _address(*schemes: str, host: bool = True) -> AfterValidator:
    """A URL of one of these schemes, as it was given."""

    def checked(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in schemes or (host and not parts.hostname):
            raise ValueError(f"not an address of the form {schemes[0]}://host")
        return url

    return AfterValidator(checked)


HttpAddress = Annotated[str, _address("https", "http")]


class Settings(BaseSettings):
    """What every process may be told; the environment has the upper-case names."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: Annotated[str, _address("postgresql", "postgres", host=False)] = Field(
        description="PostgreSQL: postgresql://user@host:port/database"
    )
    amqp_url: Annotated[str, _address("amqp", "amqps")] = Field(
        "amqp://guest:guest@127.0.0.1:5672/", description="RabbitMQ"
    )
    store_url: str = Field("./.run/store", description="object store: a folder, file:///folder or s3://bucket/prefix")
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    public_url: HttpAddress | None = Field(
        None, description="scheme, host and port that clients use; else from the request"
    )
    trust_forwarded: bool = Field(
        False, description="believe X-Forwarded-Host and -Proto: only behind a proxy that sets them"
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        description="how many proxies of yours stand in front: so many addresses of X-Forwarded-For are believed",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="comma-separated hosts that links may name, without ports; none: whatever a client asks for"
    )
    progress_url: HttpAddress = Field(
        "http://127.0.0.1:8081", description="where the gateway finds the progress service"
    )
    canvas_url: HttpAddress = Field("https://canvas.example.edu", description="put before relative links in packages")
    secret_key: Annotated[tuple[str, ...], NoDecode] = Field(
        description="comma-separated keys of download links: the first signs, all verify"
    )
    download_ttl_s: float = Field(86_400.0, gt=0, description="how long a download link is good")
    download_redirect: bool = Field(
        False, description="send downloads to the bucket by signed URL, where the store is one"
    )
    redirect_ttl_s: float = Field(60.0, gt=0, le=604_800, description="how long such a signed URL is good")
    stop_grace_s: float = Field(30.0, ge=0, description="how long exports in flight may run on after SIGTERM")
    lease_s: float = Field(30.0, gt=0, description="how long a silent worker keeps an export")
    slots: int = Field(1, ge=1, le=64, description="exports that one worker process builds at a time")
    max_attempts: int = Field(5, ge=1, description="attempts before an export is given up")
    retry_backoff_s: float = Field(2.0, ge=0, description="wait before the second attempt; doubles with each more")
    sweep_s: float = Field(1.0, gt=0, description="how often relay and janitor look for what was left over")
    requeue_after_s: float = Field(60.0, gt=0, description="when the message of a waiting export is sent again")
    verify_sha256: bool = Field(
        False, description="hold packed files against their SHA-256 too, not CRC-32 and size alone"
    )
    expire_after_days: float = Field(30.0, ge=0, description="days after which a finished package goes; 0: never")
    cleanup_s: float = Field(300.0, gt=0, description="how often the janitor removes what nobody needs any more")
    orphan_after_s: float = Field(3600.0, ge=0, description="how old an object must be to be taken for left over")
    keep_events_days: float = Field(30.0, gt=0, description="days that the event log of finished exports is kept")
    sse_comment_s: float = Field(15.0, gt=0, description="how often a silent event stream sends a comment line")
    jwt_keys: str | None = Field(
        None, description="JWKS of an identity provider whose tokens are good: a URL, or a file"
    )
    jwt_issuer: str | None = Field(None, description="iss of such a token")
    jwt_audience: str | None = Field(None, description="aud of such a token")
    jwt_user_claim: str = Field("sub", description="the claim that names the user")
    jwt_user_id: Literal["id", "sis_user_id", "integration_id", "lti_user_id", "login_id", "uuid"] = Field(
        "sis_user_id", description="what of the user the claim holds"
    )
    jwt_scopes_claim: str | None = Field(None, description="the claim with scopes; without it tokens reach everything")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="comma-separated origins whose pages may read answers; * for all"
    )
    head_timeout_s: float = Field(10.0, gt=0, description="how long the head of a request may take to arrive")
    body_timeout_s: float = Field(20.0, gt=0, description="how long the body of a request may make no progress")
    idle_timeout_s: float = Field(75.0, gt=0, description="how long a connection may be silent between requests")
    max_connections: int = Field(
        10_000,
        gt=0,
        description="most connections that a process holds; half of the files it may open, if that is less",
    )
    max_body_bytes: int = Field(1_048_576, gt=0, description="largest request body")
    max_selected: int = Field(10_000, gt=0, description="most objects that one request may select by name")
    rate_limit_per_s: float = Field(
        500.0, ge=0, description="what a token may spend a second, in a process; 0 for no limit"
    )
    rate_limit_burst: float = Field(5_000.0, gt=0, description="what a token may spend at once after a rest")
    dry_run_s: float = Field(60.0, gt=0, description="how long a dry run may take")
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="collector of traces (OTLP over HTTP); none: none"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)] = "INFO"

    @property
    def keep_s(self) -> float | None:
        """How long a finished package is kept; None: for ever."""
        return self.expire_after_days * 86_400 or None

    @model_validator(mode="after")
    def _whole_jwt(self) -> Self:
        if self.jwt_keys and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("JWT_KEYS needs JWT_ISSUER and JWT_AUDIENCE: keys alone do not say for whom a token is")
        return self

    @field_validator("secret_key", "cors_origins", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def read_settings() -> Settings:
    """The settings of this process. Ends it with one line per mistake where the environment is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # the environment gives the rest
    except ValidationError as error:
        for mistake in error.errors():
            name = "_".join(str(part) for part in mistake["loc"]).upper() or "SETTINGS"
            print(f"{name}: {mistake['msg']}", file=sys.stderr)  # noqa: T201  (logs are not set up yet)
        raise SystemExit(78) from error  # EX_CONFIG of sysexits.h
