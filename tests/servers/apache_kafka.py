"""Apache Kafka: one node that is its own controller (KRaft), from the archives in `.kafka/`, which
`make test-kafka` fetches. Needs a Java runtime >= 17.

Beside the plain listener it has one for TLS and two for SASL, with a certificate that it made
itself and one user.
"""

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from tests.servers.kafka import LARGEST_MESSAGE, OwnKafkaBroker
from tests.servers.postgres import a_free_port
from tests.servers.server_process import ServerProcess

ARCHIVES = Path(__file__).parents[2] / ".kafka"
HEAP = "-Xmx512m"
START_SECONDS = 120
GRACE_SECONDS = 20

USER, PASSWORD = "alice", "alice-secret"
KEYSTORE_PASSWORD = "throw-away"  # noqa: S105

Protocol: TypeAlias = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism: TypeAlias = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
PROTOCOLS: tuple[Protocol, ...] = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
CONTROLLER = "CONTROLLER"


class ApacheKafkaBroker(OwnKafkaBroker):
    """Keeps its messages when it is stopped and started again."""

    def __init__(self, process: ServerProcess, ports: dict[str, int], certificate: Path) -> None:
        super().__init__(process, ports["PLAINTEXT"])
        self.certificate = certificate
        """The PEM file of the authority to trust with TLS; the certificate is for 127.0.0.1 and
        localhost."""
        self._ports = ports

    def servers(self, protocol: Protocol) -> str:
        """Where it is reached in this way."""
        return f"127.0.0.1:{self._ports[protocol]}"

    def secure_settings(
        self, protocol: Protocol, mechanism: Mechanism = "SCRAM-SHA-256"
    ) -> dict[str, Any]:
        """What a client of kafka-python is given to reach it in this way."""
        settings = {
            **self.settings(),
            "bootstrap_servers": self.servers(protocol),
            "security_protocol": protocol,
        }
        if protocol.endswith("SSL"):
            settings["ssl_cafile"] = str(self.certificate)
        if protocol.startswith("SASL"):
            settings |= {
                "sasl_mechanism": mechanism,
                "sasl_plain_username": USER,
                "sasl_plain_password": PASSWORD,
            }
        return settings


@contextmanager
def an_apache_kafka_broker() -> Iterator[ApacheKafkaBroker]:
    """A broker on free ports of this machine, gone afterwards."""
    if not any(ARCHIVES.glob("kafka_*.jar")):
        raise RuntimeError(f"no Apache Kafka in {ARCHIVES}; `make test-kafka` fetches it")
    folder = Path(tempfile.mkdtemp(prefix="contacts-kafka-"))
    try:
        ports = {name: a_free_port() for name in (*PROTOCOLS, CONTROLLER)}
        certificate = _make_certificate(folder)
        settings = folder / "server.properties"
        settings.write_text(_settings(folder, ports))
        _format(settings, folder)
        process = ServerProcess(
            _java("kafka.Kafka", str(settings)),
            folder,
            start_seconds=START_SECONDS,
            grace_seconds=GRACE_SECONDS,
        )
        broker = ApacheKafkaBroker(process, ports, certificate)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
    finally:
        shutil.rmtree(folder)


def _settings(folder: Path, ports: dict[str, int]) -> str:
    """The contents of `server.properties`."""
    listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{ports[CONTROLLER]}",
        "controller.listener.names": CONTROLLER,
        "listeners": ",".join(listeners.values()),
        "advertised.listeners": ",".join(listeners[name] for name in PROTOCOLS),
        "listener.security.protocol.map": ",".join(
            [f"{CONTROLLER}:PLAINTEXT", *(f"{name}:{name}" for name in PROTOCOLS)]
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": folder / "data",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        "auto.create.topics.enable": "false",
        "message.max.bytes": LARGEST_MESSAGE,
        "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
        # after SIGKILL the node waits for its own session to end before it is let in again
        "broker.session.timeout.ms": 3_000,
        "broker.heartbeat.interval.ms": 500,
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.location": folder / "keystore.p12",
        "ssl.keystore.password": KEYSTORE_PASSWORD,
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    }
    for listener in ("sasl_plaintext", "sasl_ssl"):
        name = f"listener.name.{listener}"
        settings[f"{name}.plain.sasl.jaas.config"] = f'{plain} user_{USER}="{PASSWORD}";'
        settings[f"{name}.scram-sha-256.sasl.jaas.config"] = scram
        settings[f"{name}.scram-sha-512.sasl.jaas.config"] = scram
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _make_certificate(folder: Path) -> Path:
    """A key with a certificate of its own, for two days; the PEM file of the certificate."""
    certificate = folder / "certificate.pem"
    store = ["-alias", "kafka", "-keystore", str(folder / "keystore.p12")]
    store += ["-storetype", "PKCS12", "-storepass", KEYSTORE_PASSWORD]
    key = ["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2", "-dname", "CN=127.0.0.1"]
    names = ["-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "bc:c=ca:true"]
    _run(["keytool", "-genkeypair", *store, *key, *names], folder)
    _run(["keytool", "-exportcert", "-rfc", *store, "-file", str(certificate)], folder)
    return certificate


def _format(settings: Path, folder: Path) -> None:
    """Make the folders of a new cluster, with the user."""
    cluster = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "_")
    users = [
        part
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        for part in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")
    ]
    command = _java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}")
    _run([*command, f"--config={settings}", *users], folder)


def _java(program: str, *arguments: str) -> list[str]:
    home = os.environ.get("JAVA_HOME")
    return [
        str(Path(home) / "bin" / "java") if home else "java",
        HEAP,
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # it lives for seconds: compiling well would not pay
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        f"{ARCHIVES}/*",
        program,
        *arguments,
    ]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
