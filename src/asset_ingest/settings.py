"""Every setting, in one place; the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class StudioQuota(BaseModel, frozen=True, extra="forbid"):
    """What one studio may have in place of the usual; 0 is no limit."""

    bytes: int = Field(default=0, ge=0)
    uploads: int = Field(default=0, ge=0)


class Settings(BaseSettings):
    """Each field is `ASSET_INGEST_<FIELD>` in the environment; `serve` has flags for the common ones."""

    model_config = SettingsConfigDict(env_prefix="ASSET_INGEST_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(default=Path("storage"), description="Folder of everything that is kept.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    public_url: str | None = Field(default=None, description="Address that browsers use, behind a proxy.")
    cors_origins: tuple[str, ...] = Field(default=(), description="Origins that may call the API from a browser.")

    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL 15 or newer; without it the program starts its own."
    )

    @field_validator("public_url", "s3_endpoint", "s3_public_endpoint", "strapi_url", "store_page_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("should be http:// or https:// and a host")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_url(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what no driver understands here, where the message cannot quote a password."""
        if value is None:
            return None
        try:
            parts = urlsplit(value.get_secret_value())
            sound = parts.scheme in {"postgres", "postgresql"} and (parts.port is None or parts.port > 0)
        except ValueError:  # a port that is no number: most often an unescaped / in the password
            sound = False
        if not sound:
            raise ValueError("should be postgresql://user:password@host:port/name, with special characters escaped")
        return value

    pg_bin: Path | None = Field(default=None, description="Folder of the PostgreSQL programs to start instead of ours.")
    database_connections: int = Field(
        default=10,
        ge=2,
        le=50,
        description="Connections of one process at most; a server may have one and a half times as many more to read.",
    )

    registration: Literal["first", "open", "closed"] = Field(
        default="first", description="Who may found a studio over HTTP: whoever is first, everybody, or nobody."
    )
    token_minutes: float = Field(default=10.0, ge=1, le=60, description="Minutes that an access token holds.")
    refresh_days: float = Field(
        default=30.0, gt=0, le=365, description="Days after its last refresh for which a service stays signed in."
    )
    token_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Keys of access tokens, the newest first, for several web nodes; see the how-to on members.",
    )
    requests_per_address: int = Field(
        default=200, ge=0, description="Requests per second from one address that one process takes; 0 is no limit."
    )
    requests_per_studio: int = Field(
        default=1000, ge=0, description="Requests per second of one studio that one process takes; 0 is no limit."
    )
    proxies: int = Field(
        default=0, ge=0, le=10, description="Proxies in front whose X-Forwarded-For says where a request is from."
    )
    smtp_host: str | None = Field(default=None, description="Mail server for invitations and new passwords.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is protected."
    )
    smtp_sender: str | None = Field(default=None, description="Address that our letters come from.")
    smtp_user: str | None = Field(default=None, description="User of the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Password that belongs to the user.")
    smtp_ca_file: Path | None = Field(default=None, description="Certificates to trust for a mail server of your own.")

    @field_validator("token_keys")
    @classmethod
    def _are_long(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value().encode()) < 32 for key in value):
            raise ValueError("each key should have at least 32 characters")
        return value

    largest_upload: int = Field(default=1 << 40, ge=1, description="Bytes of one file at most.")
    quota_bytes: int = Field(
        default=0, ge=0, description="Bytes that one studio may have stored and on their way; 0 is no limit."
    )
    quota_uploads: int = Field(
        default=0, ge=0, description="Uploads that one studio may have open at once; 0 is no limit."
    )
    studio_quotas: dict[UUID, StudioQuota] = Field(
        default={}, description="Studios with limits of their own, as JSON; see the how-to."
    )
    part_memory: int = Field(
        default=40 << 20,
        ge=0,
        description="Bytes of memory in which one process collects parts for S3; what does not fit goes to its disk.",
    )
    bodies_at_once: int = Field(
        default=400, ge=0, description="Uploading requests that one process takes at once; 0 is no limit."
    )
    slowest_upload: int = Field(
        default=256, ge=0, description="Bytes per second below which a body is ended; 0 is no limit."
    )
    slowest_seconds: float = Field(
        default=60.0, ge=1, description="Seconds over which the slowness of a body is measured."
    )
    receive_timeout: float = Field(default=60.0, gt=0, description="Seconds without a byte that end an upload.")
    abandoned_seconds: float = Field(
        default=45.0, ge=1, description="Seconds after the last sign of life at which an upload counts as abandoned."
    )
    interim_responses: bool = Field(
        default=False,
        description="Answer 104 to clients of the IETF's resumable uploads that ask for it; old proxies choke on that.",
    )
    resumable_hours: float = Field(
        default=24.0, gt=0, description="Hours that an unfinished resumable upload waits for its next byte."
    )
    remote_import: bool = Field(
        default=False, description="Fetch files from web addresses that members give; see the how-to."
    )
    imports_at_once: int = Field(
        default=4, ge=1, le=64, description="Files that one server fetches from web addresses at once; others wait."
    )
    share_days: float = Field(
        default=7.0, gt=0, le=3650, description="Days that a share link lives where nobody says how long."
    )
    share_days_longest: float = Field(default=90.0, gt=0, le=3650, description="Days that a share link lives at most.")
    worker_concurrency: int = Field(default=2, ge=1, le=64, description="Steps that one worker runs at once.")
    steps_under_way: int | None = Field(
        default=None,
        ge=1,
        description="Steps of one queue under way at once, about twice what all its workers run; "
        "without it twice the concurrency of one worker.",
    )
    lease_seconds: float = Field(default=30.0, ge=2, description="How long a step stays a vanished worker's.")
    lost_leases: int = Field(
        default=3, ge=1, description="How often a worker may vanish over one step before its file is given up."
    )
    step_seconds: float = Field(default=3600.0, gt=0, description="Seconds that one step of a job may take.")
    digest_minutes: float = Field(
        default=15.0,
        ge=0,
        description="Minutes after which unread notifications go out by mail, where mail is sent; 0 is never.",
    )
    sweep_seconds: float = Field(default=3600.0, gt=0, description="Pause between two looks at the whole object store.")
    orphan_grace_seconds: float = Field(
        default=3600.0, ge=0, description="Age from which objects that nothing refers to are deleted."
    )
    redis_url: SecretStr | None = Field(
        default=None, description="Redis or Valkey that carries work to workers; without it PostgreSQL does."
    )

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("should begin with redis://, rediss:// or unix://")
        return value

    redis_prefix: str = Field(
        default="asset-ingest",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Begins every name in Redis, so that installations can share one.",
    )
    notices: Literal["postgres", "redis"] = Field(
        default="postgres", description="What carries live notices between processes."
    )
    s3_bucket: str | None = Field(
        default=None, description="Bucket for bytes; without it they live in the data folder."
    )
    s3_endpoint: str | None = Field(default=None, description="Address of the S3 server; without it that of AWS.")
    s3_public_endpoint: str | None = Field(
        default=None, description="Address at which browsers reach the S3 server, where it differs."
    )
    s3_profile: Literal["aws", "b2", "minio", "r2", "ceph", "generic"] = Field(
        default="generic", description="Whose S3 it is: what it takes and what it refuses."
    )
    s3_region: str = Field(
        default="us-east-1", pattern="^[A-Za-z0-9-]{1,64}$", description="Region that requests are signed for."
    )
    s3_access_key: str | None = Field(default=None, description="Key id for the bucket.")
    s3_secret_key: SecretStr | None = Field(default=None, description="Secret that belongs to the key id.")
    s3_ca_file: Path | None = Field(default=None, description="Certificates to trust for an S3 server of your own.")

    hook_minio_token: SecretStr | None = Field(
        default=None, min_length=16, description="Token with which MinIO tells of new objects; see the how-to on S3."
    )
    hook_ceph_token: SecretStr | None = Field(
        default=None, min_length=16, description="Token with which Ceph tells of new objects; see the how-to on S3."
    )
    hook_b2_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Signing secret with which B2 tells of new objects; see the how-to."
    )

    cms: Literal["none", "memory", "strapi"] = Field(
        default="none", description="CMS to publish to; memory forgets everything and is for trying things out."
    )
    strapi_url: str | None = Field(default=None, description="Address of Strapi 5.")
    strapi_token: SecretStr | None = Field(default=None, description="API token that may find, create, update, upload.")
    strapi_status: Literal["draft", "published"] = Field(
        default="published", description="Whether entries are published at once or wait as drafts."
    )
    strapi_mapping: Path | None = Field(
        default=None, description="TOML file that says which field of Strapi takes which fact; see the how-to."
    )
    store_page: bool = Field(
        default=False, description="Complete packages from the Asset Store page; read the how-to about its terms first."
    )
    store_page_contact: str | None = Field(
        default=None, description="Mail or web address that the store's operators see in our requests."
    )
    store_page_url: str = Field(default="https://assetstore.unity.com", description="Address of the store.")
    store_page_seconds: float = Field(default=4.0, ge=1, description="Pause between two requests to the store.")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Refuse a choice that lacks what it needs before anything is opened."""
        needs = {
            "notices": (self.notices == "redis", ("redis_url",)),
            "s3_access_key": (self.s3_access_key is not None, ("s3_secret_key",)),
            "s3_endpoint": (self.s3_endpoint is not None, ("s3_bucket",)),
            "cms": (self.cms == "strapi", ("strapi_url", "strapi_token")),
            "smtp_host": (self.smtp_host is not None, ("smtp_sender", "public_url")),
            "smtp_user": (self.smtp_user is not None, ("smtp_password",)),
            "store_page": (self.store_page, ("store_page_contact",)),
        }
        for chosen, (is_so, needed) in needs.items():
            for name in needed:
                if is_so and getattr(self, name) is None:
                    raise ValueError(f"{_variable(chosen)} needs {_variable(name)} too")
        if self.share_days > self.share_days_longest:
            raise ValueError(f"{_variable('share_days')} is more than {_variable('share_days_longest')}")
        return self

    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What is logged.")


def _variable(name: str) -> str:
    return f"ASSET_INGEST_{name.upper()}"
