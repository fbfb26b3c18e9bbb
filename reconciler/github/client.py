"""GitHub's REST and GraphQL API: one request at a time, repeated only where that is harmless.

        GET, PATCH, DELETE, GraphQL queries    POST, GraphQL mutations
limit   wait as long as GitHub says, again     the same: nothing was done
5xx     wait a little, again                   AmbiguousWriteError
lost    wait a little, again                   AmbiguousWriteError, unless nothing was sent
4xx     an error at once                       an error at once

A request with all its repetitions ends within `Timing.most` seconds. Between two writes there is
at least a second. See https://docs.github.com/en/rest/using-the-rest-api
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Final, Self
from urllib.parse import urlencode, urljoin

from urllib3 import Retry
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, SSLError

from reconciler.core.data import Json
from reconciler.errors import UsageError
from reconciler.github.faults import (
    AmbiguousWriteError,
    GitHubError,
    LimitedError,
    Reply,
    Request,
    fault_of,
)
from reconciler.github.reading import items
from reconciler.github.run import Run, member
from reconciler.github.timing import REPEATABLE, Timing
from reconciler.github.transport import MOST_BYTES, Transport, origin

_log = logging.getLogger(__name__)

PAGE: Final = 100
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-_.]*[A-Za-z0-9-_]/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_NEXT: Final = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})
_MOST_REDIRECTS: Final = 3
_MOST_PAGES: Final = 500
_LONG: Final = 10.0
_BAD: Final = 400
_AGAIN: Final = "run the job again"


class Client:
    """The API for one repository. Close it, or use it as a context manager."""

    def __init__(self, run: Run, *, timing: Timing | None = None) -> None:
        if not run.token:
            raise UsageError(
                "there is no token for GitHub",
                fix="set GITHUB_TOKEN; in a workflow: env: GITHUB_TOKEN: ${{ github.token }}",
            )
        if not _REPOSITORY.fullmatch(run.repository):
            raise UsageError(
                "it is not known which repository is meant",
                why=f"{run.repository!r} is not OWNER/NAME" if run.repository else "",
                fix="give --repository OWNER/NAME, or set GITHUB_REPOSITORY",
            )
        self.repository = run.repository
        self._api = run.api_url.rstrip("/")
        self._graphql = run.graphql_url
        self._origins = {origin(self._api), origin(self._graphql)}
        self._timing = timing or Timing()
        self._transport = Transport(run.token, self._timing)
        self._last_write: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def get(self, path: str, *, needs: str = "", **query: str) -> Json:
        """Return what is at a path below the repository (`/user`: below the API)."""
        return self._request(self._made("GET", path, query=query, needs=needs)).data

    def pages(self, path: str, *, key: str = "", needs: str = "", **query: str) -> Iterator[Json]:
        """Yield the items of all pages of a list; `key` is the member that holds them.

        Raises:
            GitHubError: if a page is said to be on another host, or there is no last one.
        """
        query = {"per_page": str(PAGE), **query}
        request = self._made("GET", path, query=query, needs=needs)
        for _ in range(_MOST_PAGES):
            reply = self._request(request)
            yield from items(reply.data, *filter(None, [key]))
            following = self._following(reply, needs)
            if following is None:
                return
            request = following
        raise GitHubError(f"{request.words}: there is no end", why=f"after {_MOST_PAGES} pages")

    def send(self, method: str, path: str, data: Mapping[str, Json], *, needs: str) -> Json:
        """Write something, and return what GitHub makes of it.

        Raises:
            AmbiguousWriteError: if it was a POST and nobody knows whether it was carried out.
        """
        body = json.dumps(data).encode() if data else None
        return self._request(self._made(method, path, body=body, needs=needs)).data

    def query(self, text: str, *, needs: str = "", **variables: Json) -> Json:
        """Return the data that answers a GraphQL query."""
        return self._ask(text, variables, needs=needs, is_read=True)

    def mutate(self, text: str, *, needs: str = "", **variables: Json) -> Json:
        """Carry out a GraphQL mutation and return its data."""
        return self._ask(text, variables, needs=needs, is_read=False)

    def download(self, path: str, *, most: int = MOST_BYTES, needs: str = "") -> bytes:
        """Return a file that the API keeps elsewhere. The other host is not told the token."""
        request = self._made("GET", path, needs=needs)
        reply = self._repeated(request, most=most)
        if reply.status in _REDIRECTS:
            elsewhere = urljoin(request.url, reply.headers.get("location", ""))
            reply = self._repeated(Request("GET", elsewhere), most=most, anonymous=True)
        if reply.status in _REDIRECTS:
            raise GitHubError(f"{request.words}: redirected twice", fix=_AGAIN)
        return reply.body

    def wait(self, seconds: float) -> None:
        """Let some time pass."""
        self._timing.sleep(seconds)

    # --- one request, with what follows from its answer

    def _ask(self, text: str, variables: Mapping[str, Json], *, needs: str, is_read: bool) -> Json:
        body = json.dumps({"query": text, "variables": variables}).encode()
        request = Request("POST", self._graphql, body, needs, is_read)
        data = self._request(request).data
        errors = member(data, "errors")
        if errors:  # GraphQL says so with status 200
            reply = Reply(200, {}, json.dumps({"message": "GraphQL", "errors": errors}).encode())
            why = self._transport.without_token(reply.message)
            raise GitHubError(f"{request.words} failed", why=why, status=reply.status)
        return member(data, "data")

    def _made(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        needs: str = "",
    ) -> Request:
        below = path if path.startswith("/") else f"/repos/{self.repository}/{path}"
        asked = f"?{urlencode(query)}" if query else ""
        return Request(method, f"{self._api}{below}{asked}", body, needs, method == "GET")

    def _following(self, reply: Reply, needs: str) -> Request | None:
        found = _NEXT.search(reply.headers.get("link", ""))
        if found is None:
            return None
        self._require_own(found[1])
        return Request("GET", found[1], None, needs, is_read=True)

    def _require_own(self, url: str) -> None:
        if origin(url) not in self._origins:
            raise GitHubError(
                "GitHub's answer leads to another host, which is not followed",
                why=f"the API is at {self._api}",
                fix="check GITHUB_API_URL, and what a proxy does to answers",
            )

    def _request(self, request: Request) -> Reply:
        """Send a request; a renamed repository's new address is followed on the same host."""
        for _ in range(_MOST_REDIRECTS):
            reply = self._repeated(request)
            if reply.status not in _REDIRECTS:
                return reply
            if request.method != "GET" and reply.status not in _SAME_METHOD:
                break
            url = urljoin(request.url, reply.headers.get("location", ""))
            self._require_own(url)
            request = Request(request.method, url, request.body, request.needs, request.is_read)
        raise GitHubError(
            f"{request.words}: redirected too often, or to something else",
            fix="check the name of the repository: it may have been renamed",
        )

    # --- repetitions

    def _repeated(
        self, request: Request, *, most: int = MOST_BYTES, anonymous: bool = False
    ) -> Reply:
        started = self._timing.clock()
        counted = self._timing.repetition()
        while True:
            self._pause_before(request)
            try:
                reply = self._transport.send(request, most=most, anonymous=anonymous)
            except HTTPError as error:
                _log.debug("%s: %s", request.words, type(error).__name__)
                fault, said = self._lost(request, error), 0.0
                again = _may_repeat(request, error)
            else:
                _log.debug("%s: %d (%s)", *_logged(request, reply))
                if reply.status < _BAD:
                    return reply
                fault, said = self._fault(request, reply), self._said(reply)
                again = reply.is_limit or (reply.is_trouble and _is_repeatable(request))
            finally:
                self._note(request)
            if not again:
                raise fault
            counted = _one_more(counted, request, fault)
            pause = (said or counted.get_backoff_time()) + self._timing.jitter()
            self._wait_or_give_up(pause, started, fault)

    def _fault(self, request: Request, reply: Reply) -> GitHubError:
        fault = fault_of(request, reply)
        fault.why = self._transport.without_token(fault.why)
        if reply.is_trouble and not _is_repeatable(request):
            return AmbiguousWriteError(fault.what, why=fault.why, status=reply.status, fix=_AGAIN)
        return fault

    def _lost(self, request: Request, error: HTTPError) -> GitHubError:
        why = self._transport.without_token(f"{type(error).__name__}: {error}")
        fix = "check GITHUB_API_URL and the network, and run again"
        if _was_sent(error) and not _is_repeatable(request):
            return AmbiguousWriteError(f"{request.words}: no answer", why=why, fix=fix)
        return GitHubError(f"{request.words}: no answer", why=why, fix=fix)

    def _said(self, reply: Reply) -> float:
        """Return how long GitHub asks to wait, 0 if it does not."""
        if said := reply.headers.get("retry-after"):
            return max(_seconds(said), 1.0)
        if not reply.is_limit:
            return 0.0
        if reply.headers.get("x-ratelimit-remaining") == "0":
            reset = _seconds(reply.headers.get("x-ratelimit-reset", ""))
            return max(reset - self._timing.now(), 1.0)
        return self._timing.unsaid

    def _wait_or_give_up(self, seconds: float, started: float, fault: GitHubError) -> None:
        passed = self._timing.clock() - started
        if passed + seconds > self._timing.most:
            if isinstance(fault, LimitedError):
                fault.fix = f"run again in {seconds:.0f} seconds"
            raise fault
        level = logging.WARNING if seconds >= _LONG else logging.DEBUG
        _log.log(level, "GitHub asks to wait: going on in %.0f s", seconds)
        self._timing.sleep(seconds)

    def _pause_before(self, request: Request) -> None:
        if request.is_read or self._last_write is None:
            return
        missing = self._last_write + self._timing.between_writes - self._timing.clock()
        if missing > 0:
            self._timing.sleep(missing)

    def _note(self, request: Request) -> None:
        if not request.is_read:
            self._last_write = self._timing.clock()


def _one_more(counted: Retry, request: Request, fault: GitHubError) -> Retry:
    try:
        return counted.increment(request.method, request.url)
    except MaxRetryError:
        raise fault from None


def _logged(request: Request, reply: Reply) -> tuple[str, int, str]:
    return request.words, reply.status, reply.headers.get("x-github-request-id", "no request id")


def _is_repeatable(request: Request) -> bool:
    return request.is_read or request.method in REPEATABLE


def _was_sent(error: HTTPError) -> bool:
    """Say whether the server may have seen a request: not if there was no connection."""
    inner = getattr(error, "original_error", error)  # that of a proxy
    return not isinstance(inner, ConnectTimeoutError)


def _may_repeat(request: Request, error: HTTPError) -> bool:
    if isinstance(error, SSLError):  # a certificate does not get better
        return False
    return _is_repeatable(request) or not _was_sent(error)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0.0
