"""Turn a failed read into a finding. Shared by all kinds."""

from __future__ import annotations

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.core.resources import Unknown

# Faults that say something about one resource or permission. Anything else (credentials, no
# network) concerns the whole run and ends it.
_ABOUT_THE_RESOURCE = frozenset(
    {FaultKind.DENIED, FaultKind.INVALID, FaultKind.UNKNOWN, FaultKind.THROTTLED}
)


def unknown(fault: AwsFault, resource: str) -> Unknown:
    """Return the finding for a resource that could not be read, or raise what ends the run."""
    if fault.kind not in _ABOUT_THE_RESOURCE:
        raise fault
    return Unknown(
        operation=fault.operation,
        why=f"{fault.what}{': ' if fault.why else ''}{fault.why}",
        permission=fault.permission,
        resource=resource,
        fix=fault.fix,
    )
