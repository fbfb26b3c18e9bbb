"""HTTP requests and answers of AWS's protocols: JSON 1.1, query with XML, and REST."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from reconciler.sandbox.credentials import missing_credentials, query_code
from reconciler.sandbox.documents import JsonObject, JsonValue, compact, parse_object
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.rest import Asked, operation_name
from reconciler.sandbox.rest_bodies import RestRequest, xml_answer
from reconciler.sandbox.rest_bodies import parameters as rest_parameters
from reconciler.sandbox.shapes import is_operation

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_ERROR_CODE = re.compile(r'"__type":\s*"([^"]+)"|<Code>([^<]+)</Code>')
_SCOPE_PARTS = 5
_FORM = "application/x-www-form-urlencoded"
_FORBIDDEN = frozenset({"InvalidClientTokenId", "ExpiredToken", "AccessDenied"})
_DECODED = frozenset({"ram", "s3"})
_S3_CODES: dict[str, tuple[str, int]] = {
    "AccessDeniedException": ("AccessDenied", HTTPStatus.FORBIDDEN),
    "ThrottlingException": ("SlowDown", HTTPStatus.SERVICE_UNAVAILABLE),
    "ExpiredTokenException": ("ExpiredToken", HTTPStatus.BAD_REQUEST),
    "UnrecognizedClientException": ("InvalidAccessKeyId", HTTPStatus.FORBIDDEN),
}
_STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Protocol(Enum):
    """How a request says its operation, and how its errors look."""

    JSON = "json"
    QUERY = "query"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came; header names are lower-case, `target` is path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters of the target."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer to send."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Who signed a request, for which region and service (SigV4 credential scope)."""

    access_key: str
    token: str | None
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Question:
    """An understood request: which operation, with which parameters, in which protocol."""

    protocol: Protocol
    operation: str
    parameters: JsonObject
    service: str = ""


def scope_of(request: HttpRequest) -> Scope:
    """Return the credential scope of a signed request (header or presigned query).

    Source: AWS general reference, "Signature Version 4": `Credential=KEY/date/region/service/...`.

    Raises:
        ApiError: The request is not signed.
    """
    query = request.query
    written = _CREDENTIAL.search(request.headers.get("authorization", ""))
    credential = written[1] if written else query.get("X-Amz-Credential", "")
    parts = credential.rsplit("/", _SCOPE_PARTS - 1)
    if len(parts) != _SCOPE_PARTS:
        raise missing_credentials()
    token = request.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token")
    return Scope(parts[0], token or None, parts[2], parts[3])


def protocol_of(request: HttpRequest) -> Protocol:
    """Return the protocol that a request speaks."""
    if "x-amz-target" in request.headers:
        return Protocol.JSON
    if request.headers.get("content-type", "").startswith(_FORM) or "Action" in request.query:
        return Protocol.QUERY
    return (
        Protocol.REST_XML
        if "/s3/" in request.headers.get("authorization", "")
        else (Protocol.REST_JSON)
    )


def question_of(request: HttpRequest, service: str) -> Question:
    """Return what a request asks.

    Raises:
        ApiError: A SerializationException: the body cannot be read.
    """
    protocol = protocol_of(request)
    if protocol is Protocol.JSON:
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        return Question(protocol, operation, _json_parameters(request.body))
    if protocol is Protocol.QUERY:
        pairs = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
        form = {**request.query, **dict(pairs)}
        return Question(protocol, form.get("Action", ""), _form_parameters(form))
    path = urlsplit(request.target).path
    segments = tuple(segment for segment in path.split("/") if segment)
    query = request.query
    copies = "x-amz-copy-source" in request.headers
    operation = operation_name(service, Asked(request.method, segments, frozenset(query), copies))
    parameters: JsonObject = {"Path": path, **query}
    if service in _DECODED and is_operation(service, operation):
        sent = RestRequest(segments, query, request.headers, request.body)
        parameters |= rest_parameters(service, operation, sent)
    return Question(protocol, operation, parameters, service)


def answer(question: Question, members: JsonObject) -> HttpAnswer:
    """Return the answer of an operation that the sandbox carried out itself."""
    if question.protocol is Protocol.QUERY:
        return _xml(HTTPStatus.OK, _xml_result(question.operation, members))
    if question.protocol is Protocol.REST_XML:
        status, body, headers = xml_answer(question.service, question.operation, members)
        about = {name: str(value) for name, value in headers.items()}
        return _xml(status, body.decode(), about)
    return _json(HTTPStatus.OK, members, {})


def error_answer(protocol: Protocol, error: ApiError) -> HttpAnswer:
    """Return an error as the protocol's clients expect it (botocore.parsers reads all four)."""
    if protocol is Protocol.QUERY:
        return _query_error(error)
    if protocol is Protocol.REST_XML:
        return _s3_error(error)
    content: JsonObject = {"__type": error.code, "message": error.message}
    return _json(error.status, content, {"x-amzn-errortype": error.code})


def code_of(found: HttpAnswer) -> str:
    """Return "OK", or the error code that an answer carries in JSON or XML."""
    if found.status < HTTPStatus.BAD_REQUEST:
        return "OK"
    code = _ERROR_CODE.search(found.body.decode(errors="replace"))
    return (code[1] or code[2]).rpartition("#")[2] if code else str(found.status)


def _json_parameters(body: bytes) -> JsonObject:
    try:
        return parse_object(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", "Start of structure or map found.") from error


def _form_parameters(form: dict[str, str]) -> JsonObject:
    """Return a query request's parameters; whole numbers become numbers where STS has them."""
    numeric = {"DurationSeconds"}
    return {
        name: int(value) if name in numeric and value.isdigit() else value
        for name, value in form.items()
        if name not in {"Action", "Version"}
    }


def _json(status: int, content: JsonObject, headers: dict[str, str]) -> HttpAnswer:
    kept = {key: value for key, value in content.items() if value is not None}
    about = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": str(uuid.uuid4())}
    return HttpAnswer(status, json.dumps(kept).encode(), {**about, **headers})


def _xml(status: int, body: str, headers: dict[str, str] | None = None) -> HttpAnswer:
    about = {"Content-Type": "text/xml", "x-amzn-RequestId": str(uuid.uuid4())}
    return HttpAnswer(status, body.encode(), about | (headers or {}))


def _s3_error(error: ApiError) -> HttpAnswer:
    """Return an error of S3; those that all services share have other codes there.

    Source: S3 API reference, "Error responses" (AccessDenied 403, SlowDown 503, ExpiredToken 400,
    InvalidAccessKeyId 403; elements Code, Message, Resource and further ones).
    """
    code, status = _S3_CODES.get(error.code, (error.code, error.status))
    elements = {"Code": code, "Message": error.message, **error.details}
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items())
    content = f"<Error>{body}<RequestId>{uuid.uuid4()}</RequestId></Error>"
    return _xml(status, content, error.headers)


def _xml_result(operation: str, members: JsonObject) -> str:
    return (
        f'<{operation}Response xmlns="{_STS_NAMESPACE}">'
        f"<{operation}Result>{_xml_members(members)}</{operation}Result>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )


def _xml_members(members: JsonObject) -> str:
    return "".join(f"<{name}>{_xml_value(value)}</{name}>" for name, value in members.items())


def _xml_value(value: JsonValue) -> str:
    if isinstance(value, dict):
        return _xml_members(value)
    return escape(value if isinstance(value, str) else compact(value))


def _query_error(error: ApiError) -> HttpAnswer:
    code = query_code(error.code)
    status = HTTPStatus.FORBIDDEN if code in _FORBIDDEN else error.status
    kind = "Receiver" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Sender"
    body = (
        f'<ErrorResponse xmlns="{_STS_NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return _xml(status, body)
