"""From AWS's answers (Describe, Search records) to live packages in our form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.aws.api import Answer
from reconciler.core.data import Json
from reconciler.core.resources import Live
from reconciler.kinds.markers import APPROVAL, NAME, OWNER
from reconciler.kinds.model_package.fields import VERSIONED

_MEMBERS = tuple(row.name for row in VERSIONED)
_DETAILS = ("ValidationStatuses", "ImageScanStatuses")


def live_version(answer: Answer) -> Live:
    """Return a version as Describe or a Search record states it; its markers are metadata."""
    return _live(answer, answer.get("CustomerMetadataProperties", {}), {})


def live_unversioned(answer: Answer, tags: Mapping[str, str]) -> Live:
    """Return an unversioned package as Describe and ListTags state it; its markers are tags."""
    return _live(answer, tags, {"Tags": tags})


def _live(answer: Answer, markers: Mapping[str, str], extra: Mapping[str, Json]) -> Live:
    values: dict[str, Json] = {name: answer[name] for name in _MEMBERS if name in answer}
    return Live(
        arn=answer["ModelPackageArn"],
        values={**values, **extra},
        status=answer["ModelPackageStatus"],
        owner=markers.get(OWNER),
        identity=markers.get(NAME),
        applied_approval=markers.get(APPROVAL),
        version=answer.get("ModelPackageVersion"),
        modified_by=_who(answer.get("LastModifiedBy") or answer.get("CreatedBy") or {}),
        modified_at=_when(answer.get("LastModifiedTime")),
        failures=tuple(_failures(answer.get("ModelPackageStatusDetails") or {})),
    )


def _who(context: Answer) -> str | None:
    identity = context.get("IamIdentity") or {}
    return context.get("UserProfileName") or identity.get("Arn")


def _when(time: object) -> str | None:
    isoformat = getattr(time, "isoformat", None)
    return isoformat(timespec="seconds") if isoformat else None


def _failures(details: Answer) -> Iterator[str]:
    """Yield AWS's reasons; there is no reason at the top level (aws.md section 3)."""
    for name in _DETAILS:
        for item in details.get(name, ()):
            if item.get("Status") == "Failed":
                reason = item.get("FailureReason") or "no reason given"
                yield f"{item.get('Name', name)}: {reason}"
