"""The sandbox's HTTP server: threads, persistent connections, the loopback address only.

The standard library's server is used directly: werkzeug's closes every connection by design, and
boto3 is to reuse its own.
"""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.sandbox.application import Application
from reconciler.sandbox.calls import CallLog
from reconciler.sandbox.context import World
from reconciler.sandbox.errors import PortTaken, SandboxFault
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.lock import FolderLock
from reconciler.sandbox.principals import Principals
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.storage import Folder
from reconciler.sandbox.wire import HttpAnswer, HttpRequest

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class SandboxServer:
    """An embedded AWS on an address of its own.

    `state` is the folder that keeps the registry between runs; None keeps it in memory. The folder
    belongs to one server at a time. `announced` tells other processes where this one is, so that
    they use it; one that ends with a command is not for them.

    Example:
        with SandboxServer(None) as server:
            boto3.client("sagemaker", endpoint_url=server.url, ...)

    Raises:
        SandboxFault: The address is not the loopback's, or the folder holds something else
            (`SandboxBusy` with the other server's URL when another one has it).
    """

    def __init__(  # noqa: PLR0913 - all but the first by name, all with defaults
        self,
        state: Path | None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: SandboxSettings | None = None,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        announced: bool = True,
    ) -> None:
        if host not in _LOOPBACK:
            raise SandboxFault(f"{host}: the sandbox listens on the loopback address only")
        self._state = state
        self._address = (host, port)
        self._clock = clock
        self._announced = announced
        self.settings = settings or SandboxSettings()
        self.faults = faults or Faults()
        self.calls = CallLog()
        self._lock: FolderLock | None = None
        self._http: _HttpServer | None = None

    @property
    def url(self) -> str:
        """Return the endpoint URL to give to clients.

        Raises:
            SandboxFault: The server is not running.
        """
        if self._http is None:
            raise SandboxFault("the sandbox server is not running")
        return f"http://{self._address[0]}:{self._http.server_address[1]}"

    @property
    def principals(self) -> Principals:
        """Return who exists in IAM, to create, delay or delete roles (for tests).

        Raises:
            SandboxFault: The server is not running.
        """
        if self._http is None:
            raise SandboxFault("the sandbox server is not running")
        return self._http.application.principals

    def start(self) -> Self:
        """Take the folder, listen, and answer in background threads.

        Raises:
            SandboxFault: As the class says, or the port is taken. Starting twice does nothing.
        """
        if self._http is not None:
            return self
        folder = None
        if self._state is not None:
            folder = Folder(self._state, fsync=self.settings.fsync)
            self._lock = FolderLock(self._state)
        world = World(folder, self.settings, self._clock)
        application = Application(world, self.faults, self.calls, self._clock)
        try:
            self._http = _HttpServer(self._address, application)
        except OSError as error:
            self._release()
            raise PortTaken(f"cannot listen on port {self._address[1]}: {error}") from error
        if self._lock is not None and self._announced:
            self._lock.announce(self.url)
        threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="sandbox", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Stop listening, drop open connections, and give the folder up. Safe to call twice."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.drop_connections()
            self._http = None
        self._release()

    def clear(self) -> None:
        """Forget all that is in memory: registries, calls, faults, moto's state (for tests).

        With a state folder the files stay and are read again.
        """
        if self._http is not None:
            self._http.application.clear()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _HttpServer(ThreadingHTTPServer):
    """A threaded server that knows its open connections, so that `stop` can end them."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking the resolver for the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def note_open(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def note_closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def drop_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                _hang_up(connection)


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after another from a connection and has the application answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _HttpServer

    def setup(self) -> None:
        super().setup()
        self.server.note_open(self.connection)

    def finish(self) -> None:
        self.server.note_closed(self.connection)
        with suppress(OSError):  # what is left to say, to a client that is gone
            super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def _respond(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(self.command, self.path, headers, self._body())
        answer = self.server.application.respond(request)
        if answer is None:
            self.close_connection = True
            _hang_up(self.connection)
        else:
            self._send(answer)

    do_GET = _respond  # noqa: N815 - the six names are http.server's
    do_POST = _respond  # noqa: N815
    do_PUT = _respond  # noqa: N815
    do_DELETE = _respond  # noqa: N815
    do_HEAD = _respond  # noqa: N815
    do_PATCH = _respond  # noqa: N815

    def _send(self, answer: HttpAnswer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", self._length(answer))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _length(self, answer: HttpAnswer) -> str:
        """Return the body's length; an answer to HEAD states that of the body it leaves out."""
        stated = {name.lower(): value for name, value in answer.headers.items()}
        if self.command == "HEAD":
            return stated.get("content-length", "0")
        return str(len(answer.body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().partition(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
