"""A small AWS over HTTP: answers what a test tells it to and remembers what it received."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

import boto3
from botocore.loaders import Loader

from reconciler.aws.sessions import Mode, Sessions
from reconciler.aws.timing import Timing
from reconciler.aws.trace import Trace, log_call
from reconciler.core.environment import AssumeRole, Environment
from reconciler.core.location import Location

ACCOUNT = "111111111111"

_LOADER = Loader()  # parses each service model once for all tests, instead of once for each


@dataclass(frozen=True)
class Received:
    """One request: who signed it, for where, and what it asks."""

    service: str
    region: str
    operation: str
    access_key: str
    parameters: dict[str, Any]
    user_agent: str


@dataclass(frozen=True)
class Refusal(Exception):  # noqa: N818 - it is an answer
    """An error answer."""

    code: str
    text: str = ""
    status: int = 400


Reply = Callable[[Received], Mapping[str, Any]]


def denied(received: Received) -> Mapping[str, Any]:
    raise Refusal("AccessDenied", f"no {received.operation} for you", 403)


class RateLimit:
    """A token bucket as AWS's limits behave: `rate` calls a second, bursts up to `rate`."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._tokens = rate
        self._filled_at = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self.rate, self._tokens + (now - self._filled_at) * self.rate)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass
class StubAws:
    """The server. `identities` maps access keys to (account, ARN); `replies` operations to answers.

    Usable as a context manager; speaks SageMaker's JSON and STS's XML.
    """

    identities: dict[str, tuple[str, str]] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    delay: float = 0.0
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else every answer waits 40 ms for an ACK

            def do_POST(self) -> None:
                stub._serve(self)

            do_GET = do_POST  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def operations(self) -> list[str]:
        return [one.operation for one in self.received]

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.operations)

    def _serve(self, http: BaseHTTPRequestHandler) -> None:
        received = _parse(http)
        with self._lock:
            self.received.append(received)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.delay)
        try:
            status, body = 200, self._answer(received)
        except Refusal as refusal:
            status, body = refusal.status, _error(received.service, refusal)
        with self._lock:
            self._at_once -= 1
        http.send_response(status)
        http.send_header("x-amzn-RequestId", "request-1")
        http.send_header("Content-Length", str(len(body)))
        http.end_headers()
        http.wfile.write(body)

    def _answer(self, received: Received) -> bytes:
        reply = self.replies.get(received.operation, self._default)
        answer = reply(received)
        if received.service == "sts":
            return _xml(received.operation, answer).encode()
        return json.dumps(answer).encode()

    def _default(self, received: Received) -> Mapping[str, Any]:
        if received.operation == "GetCallerIdentity":
            account, arn = self.identities[received.access_key]
            return {"Account": account, "Arn": arn, "UserId": "AIDA"}
        if received.operation == "AssumeRole":
            return self._assume(received)
        return {}

    def _assume(self, received: Received) -> Mapping[str, Any]:
        role = received.parameters["RoleArn"]
        account, name = role.split(":")[4], role.split("/")[-1]
        session = received.parameters["RoleSessionName"]
        arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
        key = f"ASIA{account}{len(self.identities)}"
        self.identities[key] = (account, arn)
        return {
            "Credentials": {
                "AccessKeyId": key,
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
            },
            "AssumedRoleUser": {"Arn": arn, "AssumedRoleId": "AROA:x"},
        }


def _parse(http: BaseHTTPRequestHandler) -> Received:
    body = http.rfile.read(int(http.headers.get("Content-Length") or 0)).decode()
    scope = re.search(
        r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", http.headers.get("Authorization", "")
    )
    key, region, service = scope.groups() if scope else ("", "", "")
    target = http.headers.get("X-Amz-Target", "")
    if target:
        operation, parameters = target.split(".")[-1], json.loads(body or "{}")
    else:
        parameters = {name: values[0] for name, values in parse_qs(body).items()}
        operation = parameters.pop("Action", http.path)
    agent = http.headers.get("User-Agent", "")
    return Received(service, region, operation, key, parameters, agent)


def _error(service: str, refusal: Refusal) -> bytes:
    if service == "sts":
        return (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{refusal.code}</Code>"
            f"<Message>{refusal.text}</Message></Error>"
            "<RequestId>request-1</RequestId></ErrorResponse>"
        ).encode()
    return json.dumps({"__type": refusal.code, "message": refusal.text}).encode()


def _xml(operation: str, answer: Mapping[str, Any]) -> str:
    return (
        f"<{operation}Response><{operation}Result>{_elements(answer)}</{operation}Result>"
        f"<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )


def _elements(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_elements(inner)}</{name}>" for name, inner in value.items())
    return str(value)


class FixedCaller:
    """A caller with given access keys: one boto3 session per key, chosen by environment name."""

    def __init__(self, default: str = "AKIACALLER", **by_environment: str) -> None:
        self._default = default
        self._by_environment = by_environment
        self._sessions = {
            key: boto3.Session(aws_access_key_id=key, aws_secret_access_key="secret")
            for key in {default, *by_environment.values()}
        }

    def session(self, environment: Environment) -> boto3.Session:
        return self._sessions[self._by_environment.get(environment.name, self._default)]


def an_environment(
    name: str = "registry",
    account_id: str = ACCOUNT,
    region: str = "eu-west-1",
    assume_role: AssumeRole = AssumeRole(),  # noqa: B008 - frozen
) -> Environment:
    return Environment(
        name=name,
        account_id=account_id,
        region=region,
        owner="us",
        where=Location("manifests/environments.yaml", 3),
        assume_role=assume_role,
    )


def a_user(account: str = ACCOUNT) -> tuple[str, str]:
    return (account, f"arn:aws:iam::{account}:user/ci")


def a_stub(**replies: Reply) -> StubAws:
    return StubAws(identities={"AKIACALLER": a_user()}, replies=replies)


def sessions_to(  # noqa: PLR0913 - as many as `Sessions` has
    stub: StubAws,
    *,
    mode: Mode = Mode.APPLY,
    caller: FixedCaller | None = None,
    parallelism: int = 10,
    timing: Timing | None = None,
    trace: Trace = log_call,
) -> Sessions:
    sessions = Sessions(
        caller or FixedCaller(),
        mode=mode,
        endpoint_url=stub.url,
        parallelism=parallelism,
        timing=timing or Timing(sleep=lambda _seconds: None),
        trace=trace,
    )
    sessions._clients._loader = _LOADER
    return sessions
