"""Where things are and on which ports: every setting of the local platform, checked at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".state"
HOST = "127.0.0.1"
SERVICES = ("governance", "training", "process", "metrics")


class Stop(Exception):
    """The platform cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """One port for each process that listens."""

    gateway: int = 8000
    governance: int = 8001
    training: int = 8002
    process: int = 8003
    metrics: int = 8004
    broker: int = 9092
    postgres: int = 54321

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Ports:
        """Read PORT (the gateway's), GOVERNANCE_PORT and so on from the environment."""
        return cls(**{field.name: _port(environment, field.name, int(field.default)) for field in fields(cls)})  # type: ignore[arg-type]

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses at the moment."""
        sockets = [socket.create_server((HOST, 0)) for _ in fields(cls)]
        try:
            return cls(*(each.getsockname()[1] for each in sockets))
        finally:
            for each in sockets:
                each.close()


def variable(name: str) -> str:
    """The environment variable that sets a port."""
    return "PORT" if name == "gateway" else f"{name.upper()}_PORT"


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(variable(name), "").strip() or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Stop(f"{variable(name)} must be a number from 1 to 65535, not {text!r}.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the local platform is started with."""

    state: Path
    ports: Ports
    database_url: str | None = None
    bootstrap_servers: str | None = None
    apache_kafka: bool = False
    postgres_options: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ, state: Path = STATE) -> Settings:
        """Read the environment; a wrong value stops with one sentence that names it."""
        url = environment.get("DATABASE_URL", "").strip() or None
        if url and (urlsplit(url).scheme not in {"postgresql", "postgres"} or not urlsplit(url).hostname):
            raise Stop("DATABASE_URL must look like postgresql://user:password@host:5432.")
        servers = environment.get("KAFKA_BOOTSTRAP_SERVERS", "").strip() or None
        for server in (servers or "").split(",") if servers else []:
            if not server.rpartition(":")[2].isdecimal():
                raise Stop(f"KAFKA_BOOTSTRAP_SERVERS must look like host:9092, not {server!r}.")
        broker = environment.get("BROKER", "").strip() or "embedded"
        if broker not in {"embedded", "kafka"}:
            raise Stop(f"BROKER must be embedded or kafka, not {broker!r}.")
        return cls(
            state=state,
            ports=Ports.of(environment),
            database_url=url,
            bootstrap_servers=servers,
            apache_kafka=broker == "kafka",
        )

    @property
    def listening(self) -> dict[str, int]:
        """The processes that this platform starts itself, with their ports."""
        ports = {field.name: getattr(self.ports, field.name) for field in fields(Ports)}
        if self.database_url:
            del ports["postgres"]
        if self.bootstrap_servers:
            del ports["broker"]
        return ports

    @property
    def graphql_url(self) -> str:
        """The address of the graph."""
        return f"http://{HOST}:{self.ports.gateway}/graphql"

    @property
    def idempotent(self) -> bool:
        """Whether the broker takes idempotent producers; the embedded one does not."""
        return self.apache_kafka or self.bootstrap_servers is not None

    @property
    def broker(self) -> str:
        """The address of the broker, embedded or given."""
        return self.bootstrap_servers or f"{HOST}:{self.ports.broker}"

    @property
    def key_file(self) -> Path:
        """The key that signs this machine's development tokens."""
        return self.state / "identity.pem"
