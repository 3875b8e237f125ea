"""A small HTTP server beside a worker: `/health` for probes and, with the extra, `/metrics`."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import orjson

from adapters.worker import WorkerHealth
from contacts_domain.errors import ContactsError, SettingsError

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Probes:
    """Answers on its own thread until it is closed."""

    def __init__(
        self, address: str, health: WorkerHealth, metrics: Callable[[], bytes] | None
    ) -> None:
        """`address` is HOST:PORT; port 0 takes a free one. Raises SettingsError."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise SettingsError(f"{address!r} is no address; write it like 127.0.0.1:9464.")
        try:
            self._server = ThreadingHTTPServer((host, int(port)), _Handler)
        except OSError as error:
            raise SettingsError(f"Nobody can listen on {address}: {error.strerror}.") from error
        self._server.daemon_threads = True
        self._server.health = health  # type: ignore[attr-defined]
        self._server.metrics = metrics  # type: ignore[attr-defined]
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


class _Handler(BaseHTTPRequestHandler):
    """One request; what it serves hangs on the server."""

    server: Any

    def do_GET(self) -> None:
        """Answer a probe."""
        if self.path == "/health":
            self._health(self.server.health)
        elif self.path == "/metrics" and self.server.metrics is not None:
            self._metrics(self.server.metrics)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")

    def _health(self, health: WorkerHealth) -> None:
        is_healthy = health.is_healthy(datetime.now(UTC))
        document = {
            "status": "ok" if is_healthy else "failing",
            "failing": health.failing,
            "last_round": health.last_round,
            "leads": dict(health.leads),
        }
        status = HTTPStatus.OK if is_healthy else HTTPStatus.SERVICE_UNAVAILABLE
        body = orjson.dumps(document, option=orjson.OPT_UTC_Z)
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
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Probes are not worth a line."""
