"""An Apache Kafka of a test's own: one node or three, with or without TLS and SASL/SCRAM."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local import kafka
from deploy.local.kafka import Node
from deploy.local.settings import HOST

_START_SECONDS = 90


class Cluster:
    """Nodes as child processes; each can be killed and started again."""

    def __init__(
        self, size: int = 1, *, client_listener: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> None:
        """`client_listener` holds what belongs to a listener named CLIENT, on a port of its own: `client_port`."""
        java, jars = kafka.find_java(), kafka.install()
        self.folder = Path(tempfile.mkdtemp(prefix="opmodel-kafka-"))
        self.nodes = [Node(n + 1, kafka.free_port(), kafka.free_port()) for n in range(size)]
        self.client_port = kafka.free_port()
        cluster_id = kafka.new_cluster_id()
        self._commands = {
            node.id: kafka.prepare(
                java, jars, self.folder / str(node.id), node, self.nodes,
                more=self._listeners(node, client_listener), cluster_id=cluster_id, format_options=options,
            )
            for node in self.nodes
        }  # fmt: skip
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for node in self.nodes:
            self.start(node.id)

    def _listeners(self, node: Node, client: Mapping[str, str] | None) -> dict[str, str]:
        if client is None:
            return {}
        advertised = f"INTERNAL://{HOST}:{node.port},CLIENT://{HOST}:{self.client_port}"
        return {
            "listeners": f"{advertised},CONTROLLER://{HOST}:{node.controller}", "advertised.listeners": advertised, **client,
        }  # fmt: skip

    @property
    def address(self) -> str:
        """Where clients begin."""
        return ",".join(f"{HOST}:{node.port}" for node in self.nodes)

    def start(self, id: int) -> None:
        """Start a node; it does not serve yet when this returns."""
        log = (self.folder / f"{id}.log").open("ab")
        self._processes[id] = subprocess.Popen(self._commands[id], stdout=log, stderr=log, cwd=self.folder)
        log.close()

    def kill(self, id: int) -> None:
        """`kill -9` a node."""
        process = self._processes.pop(id)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End all and remove what they kept."""
        for id in list(self._processes):
            self.kill(id)
        shutil.rmtree(self.folder)

    async def create(self, *topics: str, partitions: int = 3, replicas: int = 1, **configs: str) -> None:
        """Make topics, as soon as the cluster serves."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=5000)
            try:
                await admin.start()
                missing = sorted(set(topics) - set(await admin.list_topics()))
                if not missing:
                    return
                await admin.create_topics(
                    [NewTopic(name, partitions, replicas, topic_configs=dict(configs)) for name in missing]
                )
            except (KafkaError, OSError):
                if time.monotonic() > deadline:
                    raise
            finally:
                await admin.close()
            await asyncio.sleep(0.3)


async def in_sync(cluster: Cluster, topic: str) -> None:
    """Every broker has all of the topic. Raises AssertionError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.address, request_timeout_ms=5000)
    await admin.start()
    try:
        (told,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    assert {len(partition["isr"]) for partition in told["partitions"]} == {len(cluster.nodes)}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the loopback address that is its own authority: (key and certificate, certificate), in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the broker of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = folder / "authority.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both = folder / "broker.pem"
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + authority.read_bytes()
    )
    return both, authority
