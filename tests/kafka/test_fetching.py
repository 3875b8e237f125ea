"""What `make test-kafka` does when Apache Kafka cannot be had; Maven's words are those of 3.8."""

from pathlib import Path

import pytest

from tools import fetch_kafka

UNREACHABLE = (
    "[ERROR] Plugin org.apache.maven.plugins:maven-dependency-plugin:3.8.1 or one of its"
    " dependencies could not be resolved: Failed to read artifact descriptor: Could not transfer"
    " artifact from/to central: Connection refused"
)
UNKNOWN = "[ERROR] Could not find artifact org.apache.kafka:kafka_2.13:jar:4.4.999 in central"


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are looked for in, and a checkout with nothing fetched."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(fetch_kafka, "FOLDER", tmp_path / ".kafka")
    monkeypatch.setattr(fetch_kafka, "FETCHED", tmp_path / ".kafka" / "fetched.xml")
    return folder


def _a_maven(programs: Path, says: str, ends: int) -> None:
    script = programs / "mvn"
    script.write_text(f"#!/bin/sh\necho '{says}'\nexit {ends}\n")
    script.chmod(0o700)


class TestFetching:
    """NOT RUN is said only where nobody could have fetched it."""

    def test_without_maven_it_is_not_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert fetch_kafka.main() == fetch_kafka.NOT_AVAILABLE
        assert "NOT RUN: the tests on Apache Kafka\n# there is no mvn" in capsys.readouterr().out

    def test_without_an_answer_of_maven_central_it_is_not_run(
        self, programs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _a_maven(programs, UNREACHABLE, ends=1)
        assert fetch_kafka.main() == fetch_kafka.NOT_AVAILABLE
        assert "# Maven Central does not answer" in capsys.readouterr().out

    def test_any_other_failure_fails(self, programs: Path) -> None:
        _a_maven(programs, UNKNOWN, ends=1)
        assert fetch_kafka.main() == 1

    def test_what_is_there_is_not_fetched_again(self) -> None:
        fetch_kafka.FOLDER.mkdir()
        fetch_kafka.FETCHED.write_bytes(fetch_kafka.POM.read_bytes())
        assert fetch_kafka.main() == 0
