"""One exchange over HTTP: no retries, no redirects, no more than so many bytes.

The token goes into one header of requests to the API's own address, and nowhere else.
"""

from __future__ import annotations

import ipaddress
from typing import Final, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from reconciler import __version__
from reconciler.errors import UsageError
from reconciler.github.faults import GitHubError, Reply, Request
from reconciler.github.timing import Timing

API_VERSION: Final = "2022-11-28"
MOST_BYTES: Final = 64 * 1024 * 1024
_CHUNK: Final = 64 * 1024
_PORTS: Final = {"https": 443, "http": 80}
_FIRST_VISIBLE, _LAST_VISIBLE = 33, 126


class Transport:
    """Sends requests of one token. Close it, or use it as a context manager."""

    def __init__(self, token: str, timing: Timing) -> None:
        if any(not _FIRST_VISIBLE <= ord(char) <= _LAST_VISIBLE for char in token):
            raise UsageError(
                "the token for GitHub is not one",
                why="it has white space or characters that no token has",
                fix="check what GITHUB_TOKEN is set to",
            )
        self._token = token
        self._timeout = urllib3.Timeout(connect=timing.connect, read=timing.read)
        self._pools: dict[str, urllib3.PoolManager] = {}

    def send(self, request: Request, *, most: int = MOST_BYTES, anonymous: bool = False) -> Reply:
        """Send a request once.

        Raises:
            urllib3.exceptions.HTTPError: if there is no answer.
            GitHubError: if the answer is larger than `most` bytes.
        """
        response = self._pool(request.url).request(
            request.method,
            request.url,
            body=request.body,
            headers=self._headers(request, anonymous=anonymous),
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            body = _read(response, request, most)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, headers, body)

    def without_token(self, text: str) -> str:
        """Return a text in which the token is masked, should it be in it."""
        return text.replace(self._token, "***") if self._token else text

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()

    def _headers(self, request: Request, *, anonymous: bool) -> dict[str, str]:
        headers = {"User-Agent": f"sagemaker-reconciler/{__version__}"}
        if anonymous:
            return headers
        headers |= {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "Authorization": f"Bearer {self._token}",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = _proxy_of(address(url))
        if proxy not in self._pools:
            self._pools[proxy] = _through(proxy) if proxy else urllib3.PoolManager()
        return self._pools[proxy]


def address(url: str) -> SplitResult:
    """Return an address that may be asked: https, or http on this machine only.

    Raises:
        UsageError: if it is any other.
    """
    try:
        parts = urlsplit(url)
        known = (parts.hostname, parts.port)
    except ValueError:
        _refuse("it is no address")
    if not known[0] or parts.username is not None or parts.password is not None:
        _refuse("it has no host, or credentials in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(known[0])):
        _refuse(f"{parts.scheme}://{known[0]} would show the token to everybody on the way")
    return parts


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address that may be asked."""
    parts = address(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse(why: str) -> NoReturn:
    raise UsageError(
        "the address of GitHub is refused", why=why, fix="give an https:// address of the REST API"
    )


def _proxy_of(parts: SplitResult) -> str:
    """Return the proxy that the environment names for an address, empty for none."""
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return ""
    found = getproxies().get(parts.scheme, "")
    return f"http://{found}" if found and "://" not in found else found


def _through(proxy: str) -> urllib3.ProxyManager:
    """Return connections through a proxy, with its own credentials if its address has some."""
    credentials = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=unquote(credentials)) if credentials else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers)


def _read(response: urllib3.BaseHTTPResponse, request: Request, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in response.stream(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > most:
            raise GitHubError(
                f"{request.words}: the answer is too large", why=f"it has more than {most} bytes"
            )
        parts.append(chunk)
    return b"".join(parts)
