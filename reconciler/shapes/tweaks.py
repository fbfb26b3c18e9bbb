"""Where the service model may not be taken at its word: every deviation, as data, with its reason.

A tweak names what it expects to find. If botocore changes underneath, the generator stops and the
tweak has to be reviewed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatternTweak:
    """A Java pattern that says the same as the one in the model, or what that one meant to say."""

    original: str
    instead: str
    reason: str


@dataclass(frozen=True, slots=True)
class TypeTweak:
    """A Python type, as source text, to use for one member instead of the model's."""

    expects: str
    instead: str
    reason: str


_LENGTH_SAYS_IT = "the upper repetition bound is implied by the maximal length, and slow to compile"
_STRAY_ANCHOR = "the model has a `$` before a repetition, which no engine accepts"
_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_NAME_UNBOUNDED = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"

PATTERNS: dict[str, PatternTweak] = {
    "ArnOrName": PatternTweak(
        original=(
            r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?"
            r"([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)"
        ),
        instead=(
            r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?"
            r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
        ),
        reason="the look-behind says that a name ends in no hyphen; said without look-behind",
    ),
    "ContainerHostname": PatternTweak(_NAME, _NAME_UNBOUNDED, _LENGTH_SAYS_IT),
    "CustomerMetadataKey": PatternTweak(
        original=r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}",
        instead=r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
        reason=_STRAY_ANCHOR,
    ),
    "CustomerMetadataValue": PatternTweak(
        original=r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}",
        instead=r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
        reason=_STRAY_ANCHOR,
    ),
    "EntityName": PatternTweak(_NAME, _NAME_UNBOUNDED, _LENGTH_SAYS_IT),
    "HubContentName": PatternTweak(_NAME, _NAME_UNBOUNDED, _LENGTH_SAYS_IT),
    "ModelPackageArn": PatternTweak(
        original=(
            r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}"
        ),
        instead=r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]+",
        reason=_LENGTH_SAYS_IT,
    ),
    "ModelPackageSourceUri": PatternTweak(
        original=r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}",
        instead=r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]*",
        reason=_LENGTH_SAYS_IT,
    ),
    "StageDescription": PatternTweak(r".{0,1024}", r".*", _LENGTH_SAYS_IT),
    "TransformEnvironmentKey": PatternTweak(
        original=r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}",
        instead=r"[a-zA-Z_][a-zA-Z0-9_]*",
        reason=_LENGTH_SAYS_IT,
    ),
}
"""By the name of the string shape."""

OPEN_ENUMS: dict[str, str] = {
    "ProductionVariantInstanceType": "AWS adds instance types weekly; an unknown one is a warning",
    "TransformInstanceType": "AWS adds instance types weekly; an unknown one is a warning",
}
"""Enumerations that are plain text for us, with the reason; their values are exported."""

TYPES: dict[tuple[str, str], TypeTweak] = {
    ("ModelPackageModelCard", "ModelCardContent"): TypeTweak(
        expects="ModelCardContent",
        instead="Annotated[dict[str, JsonValue], CanonicalJson(max_length=100000)]",
        reason="manifests declare the card as a mapping; the API takes its JSON text",
    ),
}
"""By structure and member."""

CLASS_NAMES: dict[str, str] = {
    "BaseModel": "HubBaseModel",  # reads as pydantic's own class otherwise
}
"""Structures whose class is named differently."""


def class_name(structure: str) -> str:
    """Return the name of the class that stands for a structure."""
    return CLASS_NAMES.get(structure, structure)
