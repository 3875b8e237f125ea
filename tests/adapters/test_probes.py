"""The probes beside a worker: alive or not, ready or not, and no client can disturb them."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, RemoteDisconnected
from time import monotonic
from typing import Any

import pytest
import time_machine

from adapters import probes
from adapters.probes import Probes
from adapters.worker_health import Rebuilding, WorkerHealth
from contacts_domain.errors import ContactsError, DatabaseUnavailable

AWAY = DatabaseUnavailable("The database cannot be reached: nobody listens there.")


@contextmanager
def answering(health: WorkerHealth, **options: Any) -> Iterator[int]:
    """Probes of a worker that does like this; their port."""
    with Probes("127.0.0.1:0", health, options.get("metrics")) as server:
        yield server.port


def ask(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def told(health: WorkerHealth) -> tuple[int, int, dict[str, Any]]:
    """The status of /health and of /ready, and the document of both."""
    with answering(health) as port:
        (alive, _, one), (ready, _, other) = ask(port, "/health"), ask(port, "/ready")
    assert one == other
    return alive, ready, json.loads(one)


def test_a_worker_that_has_just_begun_is_alive_and_not_ready() -> None:
    """Nobody knows yet what it will lead."""
    assert told(WorkerHealth()) == (
        200,
        503,
        {
            "status": "starting",
            "failing": None,
            "why": None,
            "last_round": None,
            "leads": {},
            "rebuilding": None,
        },
    )


def test_a_worker_at_the_head_is_alive_and_ready() -> None:
    """Whether it leads or stands by; its last round is told in UTC."""
    health = WorkerHealth(leads={"contacts": True, "activity": False})
    health.arrived()
    alive, ready, document = told(health)
    assert (alive, ready, document["status"]) == (200, 200, "ok")
    assert document["leads"] == {"contacts": True, "activity": False}
    assert document["last_round"].endswith("Z")


def test_a_worker_that_waits_for_its_database_is_alive_and_says_why_it_is_not_ready() -> None:
    """Whoever restarts it would only lose time. Who leads is not known any more."""
    health = WorkerHealth(leads={"contacts": True})
    health.arrived()
    assert health.failed(AWAY)
    assert not health.failed(AWAY)
    assert health.failed(DatabaseUnavailable("The database is something else."))
    health.failed(AWAY)
    alive, ready, document = told(health)
    assert (alive, ready, document["status"]) == (200, 503, "failing")
    assert (document["failing"], document["why"]) == ("database_unavailable", AWAY.message)
    assert document["leads"] == {}
    assert document["last_round"] is not None
    assert health.recovered()
    assert not health.recovered()
    assert told(health)[:2] == (200, 200)


def test_a_worker_that_rebuilds_is_alive_and_says_how_far_it_has_come() -> None:
    """Also when it waits for the rebuild of another."""
    health = WorkerHealth(rebuilding=Rebuilding("contacts", 2_000, 9_000))
    alive, ready, document = told(health)
    assert (alive, ready, document["status"]) == (200, 503, "rebuilding")
    assert document["rebuilding"] == {
        "projection": "contacts",
        "done": 2_000,
        "total": 9_000,
        "by_another": False,
    }


def test_a_loop_that_turns_no_more_is_not_alive() -> None:
    """After two minutes; whatever it said last."""
    health = WorkerHealth()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        assert health.is_alive(), "clocks that are set have no say"
    health.arrived()
    health._turned -= 119
    assert told(health)[0] == 200
    health._turned -= 2
    alive, _, document = told(health)
    assert (alive, document["status"]) == (503, "stuck")
    health.turned()
    assert told(health)[0] == 200
    health.rebuilding = Rebuilding("contacts")
    health._turned -= 3_000
    assert told(health)[0] == 200, "indexes take their time"
    health._turned -= 700
    assert told(health)[0] == 503


def test_a_worker_that_has_not_come_to_the_head_for_a_while_is_not_ready() -> None:
    """It works, and what it serves is old."""
    health = WorkerHealth()
    health.arrived()
    assert health._arrived is not None
    health._arrived -= 11
    alive, ready, document = told(health)
    assert (alive, ready, document["status"]) == (200, 503, "behind")


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/nowhere"])
def test_head_answers_as_get_without_a_body(path: str) -> None:
    """As HTTP has it: with the length that the body would have."""
    health = WorkerHealth()
    health.arrived()
    with answering(health, metrics=lambda: b"contacts_log_head 1\n") as port:
        status, fields, body = ask(port, path)
        headless = ask(port, path, "HEAD")
    assert int(fields["Content-Length"]) == len(body) > 0
    assert (headless[0], headless[2]) == (status, b"")
    assert headless[1]["Content-Length"] == fields["Content-Length"]


@pytest.mark.parametrize("path", ["/health?verbose=1", "/ready?", "/metrics?name[]=up"])
def test_a_query_string_is_ignored(path: str) -> None:
    """Monitors add them, against caches."""
    health = WorkerHealth()
    health.arrived()
    with answering(health, metrics=lambda: b"") as port:
        assert ask(port, path)[0] == 200


def test_other_paths_are_not_found() -> None:
    """Nothing else is served."""
    with answering(WorkerHealth()) as port:
        for path in ("/", "/healthy", "/health/x", "/metrics", "/metrics/../etc/passwd"):
            status, fields, body = ask(port, path)
            assert (status, fields["Content-Type"], body) == (404, "text/plain", b"not found\n")


def test_metrics_that_cannot_be_had_are_told_by_their_code() -> None:
    """While the database is away, or not reached yet."""

    def metrics() -> bytes:
        raise AWAY

    with answering(WorkerHealth(), metrics=metrics) as port:
        assert ask(port, "/metrics")[::2] == (503, b"database_unavailable\n")


def test_a_client_that_breaks_off_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    """No traceback among the log's lines; others are answered as before."""
    with answering(WorkerHealth()) as port:
        for sent in (b"", b"GET /hea", b"GET /health HTTP/1.1\r\n\r\n"):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(sent)
            at_once = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)  # a reset, no goodbye
            client.close()
        assert ask(port, "/health")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_what_goes_wrong_in_an_answer_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Without a traceback, which may quote anything."""

    def metrics() -> bytes:
        raise ValueError("kanarienvogel")

    with answering(WorkerHealth(), metrics=metrics) as port:
        with pytest.raises(RemoteDisconnected):
            ask(port, "/metrics")
        assert ask(port, "/health")[0] == 200
    printed = "".join(capfd.readouterr())
    assert printed.count("\n") == 1
    assert "ValueError" in printed
    assert "kanarienvogel" not in printed


def test_a_client_that_keeps_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten seconds, shortened here."""
    assert probes._Handler.timeout == 10
    monkeypatch.setattr(probes._Handler, "timeout", 0.2)
    with answering(WorkerHealth()) as port:
        begun = monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET /hea")
            assert client.recv(1) == b""
        assert monotonic() - begun < 5


def test_an_address_that_cannot_be_used_is_refused() -> None:
    """It is named, and so is the reason."""
    with answering(WorkerHealth()) as port, pytest.raises(ContactsError, match=str(port)):
        Probes(f"127.0.0.1:{port}", WorkerHealth(), None)
