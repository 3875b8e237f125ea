"""Fetch Apache Kafka from Maven Central into ``.kafka/``, for ``make test-kafka``.

Run ``python -m tools.fetch_kafka``. Exit code 0: it is there. 75: Maven is not installed or Maven
Central does not answer, which is said loudly. 1: anything else.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
POM = CHECKOUT / "tests" / "servers" / "apache-kafka-pom.xml"
FOLDER = CHECKOUT / ".kafka"
FETCHED = FOLDER / "fetched.xml"
"""A copy of the file that says what was fetched."""

GOAL = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
"""In full: without an answer from Maven Central a short name would be called unknown."""

NOT_AVAILABLE = 75
NO_ANSWER = re.compile(r"could not transfer|failed to transfer|unknown host", re.IGNORECASE)


def main() -> int:
    """Fetch what is not there yet; the exit code."""
    if FETCHED.exists() and FETCHED.read_bytes() == POM.read_bytes():
        return 0
    if shutil.which("mvn") is None:
        return _not_run("there is no mvn (Apache Maven) on this machine")
    shutil.rmtree(FOLDER, ignore_errors=True)
    command = ["mvn", "--batch-mode", "--quiet", "--update-snapshots", f"--file={POM}", GOAL]
    done = subprocess.run(  # noqa: S603
        [*command, f"-DoutputDirectory={FOLDER}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        shutil.copyfile(POM, FETCHED)
        return 0
    print(done.stdout, file=sys.stderr)
    if NO_ANSWER.search(done.stdout):
        return _not_run("Maven Central does not answer")
    return 1


def _not_run(reason: str) -> int:
    line = "#" * 72
    print(
        f"{line}\n# NOT RUN: the tests on Apache Kafka\n# {reason},\n"
        "# so that aborted transactions, retention, restart of a broker and\n"
        f"# topics made anew were NOT tested.\n{line}"
    )
    return NOT_AVAILABLE


if __name__ == "__main__":
    sys.exit(main())
