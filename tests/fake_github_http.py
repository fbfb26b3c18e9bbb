"""The HTTP of the fake GitHub: bodies, headers, troubles, and the other host of artifacts."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from fake_github import FakeGitHub
from fake_github_records import Fault, Request


class Server(ThreadingHTTPServer):
    """A server that knows the state that its handlers speak for."""

    daemon_threads = True
    github: FakeGitHub

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave out what a client that went away would have the server print."""


def started(handler: type[BaseHTTPRequestHandler], github: FakeGitHub) -> Server:
    """Return a server that answers in a thread of its own."""
    server = Server(("127.0.0.1", 0), handler)
    server.github = github
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


class Handler(BaseHTTPRequestHandler):
    """What both hosts have in common."""

    protocol_version = "HTTP/1.1"
    server: Server

    @property
    def github(self) -> FakeGitHub:
        """Return the state."""
        return self.server.github

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""

    def answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class ApiHandler(Handler):
    """The API's host."""

    def do_GET(self) -> None:
        """Answer a request of any method."""
        from fake_github_records import Request

        size = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(size)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(content) if content else None,
        )
        self.github.requests.append(request)
        fault = self.github.next_fault(request.method, request.path)
        if fault is None:
            self._carry_out(request)
        else:
            self._go_wrong(request, fault)

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET  # noqa: N815

    def _go_wrong(self, request: Request, fault: Fault) -> None:
        from fake_github_api import respond

        if fault.then is not None:
            fault.then()
        if not (fault.status or fault.drops):
            self._carry_out(request)
            return
        if fault.is_done:
            with self.github.lock:
                respond(self.github, request)
        if fault.drops:
            self.close_connection = True
            self.connection.close()
            return
        request.status = fault.status
        body = fault.body if fault.body is not None else {"message": "Server Error"}
        self.answer(fault.status, json.dumps(body).encode(), {**_LIMITS, **fault.headers})

    def _carry_out(self, request: Request) -> None:
        from fake_github_api import respond

        with self.github.lock:
            status, body, headers = respond(self.github, request)
        request.status = status
        content = b"" if body is None else json.dumps(body).encode()
        about = {"Content-Type": "application/json; charset=utf-8", "ETag": f'W/"{hash(content)}"'}
        self.answer(status, content, {**_LIMITS, **about, **headers})


# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_LIMITS: Mapping[str, str] = {
    "X-RateLimit-Limit": "1000",
    "X-RateLimit-Remaining": "999",
    "X-RateLimit-Used": "1",
    "X-RateLimit-Reset": "1900000000",
    "X-RateLimit-Resource": "core",
    "X-GitHub-Request-Id": "0000:0000:FAKE",
}


class StorageHandler(Handler):
    """Where artifacts are kept. A signed address is all that it takes: a token here is a leak."""

    def do_GET(self) -> None:
        """Answer with the zip file of an artifact."""
        if "Authorization" in self.headers:
            self.github.leaks.append(self.path)
            self.answer(400, b"AuthenticationFailed", {})
            return
        identity = int(self.path.strip("/").partition(".")[0])
        self.answer(200, self.github.artifacts[identity].content, {})
