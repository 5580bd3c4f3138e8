"""Settings from the environment. One name everywhere, no default secret, and every mistake told at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, SecretStr, UrlConstraints, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, Url
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

S = TypeVar("S", bound="BaseSettings")

Address = Annotated[Url, UrlConstraints(allowed_schemes=["http", "https", "file"])]


class ProcessSettings(BaseSettings):
    """What every process is told from outside. The variable's name is the field's name in capitals.

    A secret may come from a file: `DATABASE_URL_FILE=/run/secrets/url`, or a file named like the field in `SECRETS_DIR`.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "production", description="development or production; only development answers introspection"
    )
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="a port between 0 and 65535")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="json, text, or auto: text on a terminal and JSON elsewhere"
    )
    shutdown_seconds: float = Field(5, gt=0, le=300, description="how many seconds a stop may take, at most 300")

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="host:port, several with commas between")
    kafka_idempotence: bool = Field(True, description="true, or false for a broker without idempotent producers")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_ssl_cafile: str | None = Field(None, description="the path of the broker's CA certificates")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_sasl_username: str | None = Field(None, description="the user name at the broker")
    kafka_sasl_password: SecretStr | None = Field(None, description="the password at the broker")
    topic_partitions: int = Field(6, ge=1, le=1000, description="partitions of a topic that is created, 1 to 1000")

    jwks_url: Address | None = Field(
        None, description="where the issuer publishes its keys: an http, https or file address of a JWK set"
    )
    token_issuer: str | None = Field(None, description="the `iss` that tokens must carry")
    token_audience: str | None = Field(None, description="the `aud` that tokens must carry")

    failpoints: str | None = Field(
        None, description="in development only: places to be killed at, such as relay-acknowledged=0.01"
    )
    failpoints_seed: str | None = Field(None, description="any text; the same text fails at the same moments")

    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="the address of an OpenTelemetry collector (OTLP over HTTP), for example http://otel:4318"
    )

    @field_validator("log_level", "kafka_security_protocol", "kafka_sasl_mechanism", mode="before")
    @classmethod
    def _in_capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @property
    def in_development(self) -> bool:
        """Whether conveniences that help an attacker too are on."""
        return self.environment == "development"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FileNamedByVariable(settings_cls), file_secret_settings


class ServiceSettings(ProcessSettings):
    """What every service is told from outside: a process with a database of its own."""

    kafka_fetch_wait_ms: int = Field(
        250,
        ge=1,
        le=10_000,
        description="milliseconds a fetch may wait; few for a broker that does not end the wait early",
    )
    database_url: SecretStr = Field(description="a PostgreSQL address such as postgresql://user@host:5432/name")
    database_pool_min_size: int = Field(1, ge=0, le=200, description="connections kept open, 0 to 200")
    database_pool_max_size: int = Field(10, ge=1, le=200, description="connections at most, 1 to 200")
    database_statement_timeout_seconds: float = Field(30, gt=0, description="seconds a statement may take")
    database_lock_timeout_seconds: float = Field(10, gt=0, description="seconds to wait for a lock")
    database_acquire_timeout_seconds: float = Field(10, gt=0, description="seconds to wait for a free connection")
    outbox_high_water: int = Field(
        50_000, ge=1, description="unpublished events above which commands are refused for the time being"
    )
    inbox_retention_days: int = Field(
        30,
        ge=2,
        le=3650,
        description="days that an event is remembered as taken, 2 to 3650; longer than a topic keeps it",
    )
    consumer_patience_seconds: float = Field(
        30, gt=0, description="seconds without an answer from the broker after which the consumer is built anew"
    )
    handler_seconds: float = Field(
        20,
        gt=0,
        le=100,
        description="seconds in which an event is handled, at most 100; what takes longer is set aside and tried again",
    )
    request_seconds: float = Field(30, gt=0, description="seconds in which a request is answered or given up")

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("not a PostgreSQL address")
        return value


class _FileNamedByVariable(PydanticBaseSettingsSource):
    """Reads the file that `<NAME>_FILE` names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def load(settings: type[S]) -> S:
    """Read the settings. When some are wrong, say for each what is expected, and end the process with code 2."""
    folder = os.environ.get("SECRETS_DIR")
    try:
        return settings(_secrets_dir=folder)
    except ValidationError as error:
        sentences = [_sentence(settings, details) for details in error.errors()]
    except OSError as error:
        sentences = [f"A settings file cannot be read: {error.filename}: {error.strerror}."]
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise SystemExit(2)


def _sentence(settings: type[BaseSettings], details: ErrorDetails) -> str:
    if not details["loc"]:
        return f"{details['msg'].removeprefix('Value error, ')}."
    name = str(details["loc"][0])
    field = settings.model_fields.get(name)
    expected = (field.description if field else None) or details["msg"]
    if details["type"] == "missing":
        return f"{name.upper()} is not set. Set it to {expected}."
    given = details.get("input")
    secret = field is None or SecretStr in (field.annotation, *get_args(field.annotation))
    shown = "" if secret or not isinstance(given, str | int | float) else f" {str(given)!r}"
    return f"{name.upper()}{shown} will not do. Set it to {expected}."
