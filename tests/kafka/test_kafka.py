"""The event core against Apache Kafka (X02)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis import kafka as client
from chassis.database import Database
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from deploy.local.settings import HOST, ROOT
from tests.faults.thing import all_heard, at_work, prepare, say, settings, url_of
from tests.kafka.cluster import Cluster, certificate, in_sync

PASSWORD = "a password of this test"


@pytest.mark.parametrize("suite", ["chassis/tests/integration/test_events.py", "tests/faults"])
def test_the_event_and_fault_suites_pass_on_kafka_too_X02(cluster: Cluster, postgres: str, suite: str):
    """With idempotent producers, and without the tests of a broker that forgets."""
    told = os.environ | {"TEST_KAFKA_BOOTSTRAP_SERVERS": cluster.address, "TEST_DATABASE_URL": postgres}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", suite], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "s" in done.stdout.split("[")[0]


async def test_a_topic_made_anew_is_noticed_told_again_and_nothing_happens_twice(
    cluster: Cluster, database: Database, service: Service
):
    """Also when the new log has grown beyond the place where the old one was left."""
    things = await prepare(database)
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.address)
    await admin.start()
    try:
        for round in range(2):
            async with at_work(service, database, on_kafka(database, cluster.address)):
                things = await say(database, things, 5)
                await all_heard(database, things, within=30)
            await admin.delete_topics(["thing.events"])

            async def gone() -> None:
                assert "thing.events" not in await admin.list_topics()

            await eventually(gone, within=20)
            await cluster.create("thing.events")
            if round:
                await stuff(on_kafka(database, cluster.address), 200)
    finally:
        await admin.close()
    async with at_work(service, database, on_kafka(database, cluster.address)):
        things = await say(database, things, 5)
        await all_heard(database, things, within=30)


async def stuff(told: ServiceSettings, count: int) -> None:
    """Fill the log with what nobody reads."""
    producer = client.producer(told, client_id="stuff")
    await producer.start()
    headers = [(f"ce_{name}", value.encode()) for name, value in {
        "specversion": "1.0", "type": "thing.ignored.v1", "source": "/stuff", "subject": "stuff",
    }.items()]  # fmt: skip
    for n in range(count):
        await producer.send("thing.events", b"{}", key=b"%d" % n, headers=[*headers, ("ce_id", b"stuff-%d" % n)])
    await producer.flush()
    await producer.stop()


def on_kafka(database: Database, address: str, **more: object) -> ServiceSettings:
    return settings(url_of(database), address, **({"kafka_idempotence": True} | more))


async def test_tls_and_scram_let_in_who_has_the_password_and_nobody_else(
    tmp_path: Path, database: Database, service: Service
):
    keys, authority = certificate(tmp_path)
    listener = {
        "listener.security.protocol.map": "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config":
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "listener.name.client.ssl.keystore.type": "PEM",
        "listener.name.client.ssl.keystore.location": str(keys),
    }  # fmt: skip
    user = f"SCRAM-SHA-512=[name=thing,password={PASSWORD}]"
    cluster = Cluster(client_listener=listener, options=["--add-scram", user])
    try:
        await cluster.create("thing.events", "hris.events")
        things = await prepare(database)
        address = f"{HOST}:{cluster.client_port}"
        way = {
            "kafka_security_protocol": "SASL_SSL", "kafka_ssl_cafile": str(authority), "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_sasl_username": "thing", "kafka_sasl_password": PASSWORD,
        }  # fmt: skip
        async with at_work(service, database, on_kafka(database, address, **way)):
            things = await say(database, things, 5)
            await all_heard(database, things, within=30)
        for wrong in ({"kafka_sasl_password": "another"}, {"kafka_security_protocol": "SASL_PLAINTEXT"}):
            producer = client.producer(on_kafka(database, address, **(way | wrong)), client_id="stranger")
            with pytest.raises(KafkaError):
                await producer.start()
            await producer.stop()
    finally:
        cluster.stop()


async def test_three_brokers_lose_nothing_when_one_is_killed(database: Database, service: Service):
    cluster = Cluster(3)
    try:
        await cluster.create("thing.events", "hris.events", partitions=6, replicas=3, **{"min.insync.replicas": "2"})
        things = await prepare(database)
        async with at_work(service, database, on_kafka(database, cluster.address)):
            things = await say(database, things, 5)
            await all_heard(database, things, within=60)
            for node in cluster.nodes[:2]:
                cluster.kill(node.id)
                things = await say(database, things, 20)
                await all_heard(database, things, within=90)
                cluster.start(node.id)
                await eventually(lambda: in_sync(cluster, "thing.events"), within=90)
    finally:
        cluster.stop()
