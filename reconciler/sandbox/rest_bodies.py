"""Parameters and answers of REST services, read and written along the service model.

Source: botocore.serialize and botocore.parsers (`location`, `locationName`, `payload`, XML lists
and booleans), which is what every client of these services speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree as ET

from reconciler.sandbox.documents import (
    JsonObject,
    JsonValue,
    compact,
    mapping,
    number,
    parse_object,
    text,
)
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.shapes import service_model, shape

_S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class RestRequest:
    """The parts of a request that carry parameters; header names are lower-case."""

    segments: Sequence[str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def value(self, location: JsonValue, name: str, places: Mapping[str, int]) -> str | None:
        """Return what stands at a location under a name."""
        if location == "uri":
            place = places.get(name, len(self.segments))
            return self.segments[place] if place < len(self.segments) else None
        if location == "querystring":
            return self.query.get(name)
        return self.headers.get(name.lower()) if location == "header" else None


def parameters(service: str, operation: str, request: RestRequest) -> JsonObject:
    """Return a request's parameters; streams (objects) are left out.

    Raises:
        ApiError: The body cannot be read.
    """
    described = mapping(mapping(service_model(service), "operations"), operation)
    name = text(mapping(described, "input"), "shape")
    if name is None:
        return {}
    model = shape(service, name)
    found: JsonObject = {}
    template = (text(mapping(described, "http"), "requestUri") or "").partition("?")[0]
    places = {
        part.strip("{}+"): place
        for place, part in enumerate(part for part in template.split("/") if part)
        if part.startswith("{")
    }
    for member, about in _members(model):
        wire = text(about, "locationName") or member
        value = request.value(about.get("location"), wire, places)
        if value is not None:
            found[member] = _scalar(shape(service, text(about, "shape") or ""), value)
    return found | _body(service, model, request.body)


def xml_answer(service: str, operation: str, members: JsonObject) -> tuple[int, bytes, JsonObject]:
    """Return status, body and headers of an answer in XML.

    GetBucketLocation's answer has no element around it (botocore.handlers.parse_get_bucket_location
    reads the root's text).
    """
    described = mapping(mapping(service_model(service), "operations"), operation)
    status = int(number(mapping(described, "http"), "responseCode") or 200)
    name = text(mapping(described, "output"), "shape")
    if name is None:
        return status, b"", {}
    model = shape(service, name)
    payload = text(model, "payload")
    headers: JsonObject = {}
    written: list[str] = []
    for member, about in _members(model):
        value = members.get(member)
        if value is None:
            continue
        wire = text(about, "locationName") or member
        target = text(about, "shape") or ""
        if about.get("location") == "header":
            headers[wire] = value
        elif member == payload and isinstance(value, str):
            return status, value.encode(), headers
        else:
            written.append(_element(service, wire, target, value))
    inner = "".join(written)
    if operation == "GetBucketLocation":
        inner = inner or "<LocationConstraint/>"
    elif payload is None and any("location" not in about for _, about in _members(model)):
        inner = f"<{operation}Result xmlns='{_S3_NAMESPACE}'>{inner}</{operation}Result>"
    return status, inner.encode(), headers


def _body(service: str, model: JsonObject, body: bytes) -> JsonObject:
    payload = text(model, "payload")
    if not body or len(body) > _LARGEST_BODY:
        return {}
    if payload is None:
        return _json(body)
    about = mapping(mapping(model, "members"), payload)
    target = shape(service, text(about, "shape") or "")
    if target.get("type") == "string":
        return {payload: body.decode(errors="replace")}
    if target.get("type") != "structure":
        return {}
    try:
        root = ET.fromstring(body)  # noqa: S314 - the loopback's own clients; expat caps expansion
    except ET.ParseError as error:
        raise ApiError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        ) from error
    return {payload: _from_xml(service, target, root)}


def _json(body: bytes) -> JsonObject:
    try:
        return parse_object(body)
    except ValueError as error:
        raise ApiError("SerializationException", "Start of structure or map found.") from error


def _from_xml(service: str, model: JsonObject, element: ET.Element) -> JsonValue:
    if model.get("type") != "structure":
        return _scalar(model, element.text or "")
    wired = {text(about, "locationName") or member: member for member, about in _members(model)}
    found: JsonObject = {}
    for child in element:
        member = wired.get(child.tag.rpartition("}")[2])
        if member is None:
            continue
        target = shape(service, text(mapping(mapping(model, "members"), member), "shape") or "")
        if target.get("flattened") is True:
            inner = shape(service, text(mapping(target, "member"), "shape") or "")
            earlier = found.get(member)
            listed = earlier if isinstance(earlier, list) else []
            found[member] = [*listed, _from_xml(service, inner, child)]
        else:
            found[member] = _from_xml(service, target, child)
    return found


def _scalar(model: JsonObject, value: str) -> JsonValue:
    if model.get("type") == "boolean":
        return value.lower() == "true"
    if model.get("type") in {"integer", "long"} and value.lstrip("-").isdigit():
        return int(value)
    return value


def _element(service: str, wire: str, target: str, value: JsonValue) -> str:
    model = shape(service, target)
    if isinstance(value, dict):
        inner = "".join(
            _element(service, text(about, "locationName") or name, text(about, "shape") or "", item)
            for name, about in _members(model)
            if (item := value.get(name)) is not None
        )
    elif isinstance(value, list) and model.get("flattened") is True:
        entry = text(mapping(model, "member"), "shape") or ""
        return "".join(_element(service, wire, entry, each) for each in value)
    elif isinstance(value, list):
        member = mapping(model, "member")
        entry = text(member, "locationName") or "member"
        inner = "".join(_element(service, entry, text(member, "shape") or "", it) for it in value)
    elif model.get("type") == "timestamp" and isinstance(value, int | float):
        moment = datetime.fromtimestamp(value, UTC)
        inner = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    else:
        inner = escape(value if isinstance(value, str) else compact(value))
    return f"<{wire}>{inner}</{wire}>"


def _members(model: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = mapping(model, "members")
    yield from ((name, mapping(members, name)) for name in members)
