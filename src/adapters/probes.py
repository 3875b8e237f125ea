"""A small HTTP server beside a long-running process: `/health` and `/ready` for probes and, with
the extra, `/metrics`."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import orjson
import structlog

from adapters.process_health import ProcessHealth
from contacts_domain.errors import ContactsError, SettingsError

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CLIENT_PATIENCE_SECONDS = 10.0
"""How long a client may keep silent before its connection is closed."""

log = structlog.get_logger("contacts.worker")


class Probes:
    """Answers on its own thread until it is closed."""

    def __init__(
        self, address: str, health: ProcessHealth, metrics: Callable[[], bytes] | None
    ) -> None:
        """`address` is HOST:PORT; port 0 takes a free one. Raises SettingsError."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise SettingsError(f"{address!r} is no address; write it like 127.0.0.1:9464.")
        try:
            self._server = _Server((host, int(port)), _Handler)
        except OSError as error:
            raise SettingsError(f"Nobody can listen on {address}: {error.strerror}.") from error
        self._server.health = health
        self._server.metrics = metrics
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """One thread a client; none holds up the end of the process."""

    daemon_threads = True
    health: ProcessHealth
    metrics: Callable[[], bytes] | None

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Clients that go away are not worth a line; all else is one without a traceback."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("probe not answered", reason=type(error).__name__)


class _Handler(BaseHTTPRequestHandler):
    """One request; what it serves hangs on the server."""

    server: Any
    timeout = CLIENT_PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Answer a probe."""
        path = self.path.partition("?")[0]
        health: ProcessHealth = self.server.health
        if path == "/health":
            self._tell(health, is_well=health.is_alive())
        elif path == "/ready":
            self._tell(health, is_well=health.is_ready())
        elif path == "/metrics" and self.server.metrics is not None:
            self._metrics(self.server.metrics)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")

    do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

    def _tell(self, health: ProcessHealth, *, is_well: bool) -> None:
        status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
        body = orjson.dumps(health.document(), option=orjson.OPT_UTC_Z)
        self._answer(status, "application/json", body)

    def _metrics(self, metrics: Callable[[], bytes]) -> None:
        try:
            body = metrics()
        except ContactsError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{error.code}\n".encode())
        else:
            self._answer(HTTPStatus.OK, METRICS_TYPE, body)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Probes are not worth a line."""
