"""A TCP proxy in front of a PostgreSQL server that cuts a connection once, while it commits."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import sleep
from typing import Literal

from sqlalchemy import URL, Engine, create_engine, make_url

Moment = Literal["before the commit", "after the commit", "before the commit arrives"]
"""Whether the COMMIT took effect when the connection was cut; the last takes effect later."""

LATE_SECONDS = 0.4
CHUNK = 65_536


class BreakingProxy:
    """Passes everything on until `breaks` says when the next writing transaction shall break."""

    def __init__(self, server: URL) -> None:
        self.breaks: Moment | None = None
        self.is_cut_for_good = False
        """As with SQLite; a connection that was cut here is of no use in any case."""
        self.is_out_of_reach = False
        """Whether new connections are cut, too, after the break."""
        self.broken = 0
        """How often it broke."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._links: list[_Link] = []
        self._threads: list[Thread] = []
        self.run(self._accept)

    @property
    def port(self) -> int:
        """Where the proxy listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, database: str) -> str:
        """The URL of a database of the server, by way of the proxy."""
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        url = make_url(database).set(host="127.0.0.1", port=self.port).update_query_dict(plain)
        return url.render_as_string(hide_password=False)

    def engine(self, database: str) -> Engine:
        """An engine whose connections all pass through the proxy."""
        return create_engine(self.url(database))

    def run(self, work: object) -> None:
        """Work in a thread of its own until the proxy is closed."""
        thread = Thread(target=work, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Cut what is left and end."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            link.cut()
        for thread in self._threads:
            thread.join()
        for link in self._links:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the proxy was closed
            if self.is_out_of_reach and self.broken:
                client.close()
                continue
            address = (self._server.host or "127.0.0.1", self._server.port or 5432)
            link = _Link(self, client, socket.create_connection(address))
            self._links.append(link)
            self.run(link.pass_requests_on)
            self.run(link.pass_answers_on)


class _Link:
    """One connection: a client on this side, the server on the other."""

    def __init__(self, proxy: BreakingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._is_writing = False
        self._is_answer_kept = False

    def pass_requests_on(self) -> None:
        """Read the client's messages, one by one: type, length, content."""
        with suppress(OSError), self._client.makefile("rb") as requests:
            length = requests.read(4)  # the first message has no type
            self._server.sendall(length + requests.read(int.from_bytes(length) - 4))
            while kind := requests.read(1):
                length = requests.read(4)
                content = requests.read(int.from_bytes(length) - 4)
                self._pass_on(kind, content, kind + length + content)
        self.cut()

    def _pass_on(self, kind: bytes, content: bytes, message: bytes) -> None:
        if kind == b"Q" and content.startswith(b"BEGIN"):
            self._is_writing = b"READ ONLY" not in content
        if kind != b"Q" or content != b"COMMIT\0" or not self._is_writing:
            self._server.sendall(message)
            return
        moment, self._proxy.breaks = self._proxy.breaks, None
        if moment is None:
            self._server.sendall(message)
            return
        self._proxy.broken += 1
        if moment == "before the commit":
            self.cut()
            return
        self._is_answer_kept = True
        if moment == "before the commit arrives":
            self._client.shutdown(socket.SHUT_RDWR)
            sleep(LATE_SECONDS)
        self._server.sendall(message)

    def pass_answers_on(self) -> None:
        """Read what the server says; keep the answer to a COMMIT that is to break, and cut."""
        with suppress(OSError):
            while answer := self._server.recv(CHUNK):
                if self._is_answer_kept and b"COMMIT\0" in answer:
                    break
                self._client.sendall(answer)
        self.cut()

    def cut(self) -> None:
        """Break the connection on both sides."""
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the sockets back."""
        self._client.close()
        self._server.close()


@contextmanager
def a_breaking_proxy(server: URL) -> Iterator[BreakingProxy]:
    """A proxy on a free port, gone afterwards."""
    proxy = BreakingProxy(server)
    try:
        yield proxy
    finally:
        proxy.close()
