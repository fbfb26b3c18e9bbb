"""What a key's statements and grants let whom do, told alike so that they can be compared. Pure.

Access that moves from a key's policy to a grant, or back, is given there before it is taken here
(`reconciler/engine/handover.py`): both actions say what they give and take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.changes import FieldChange
from reconciler.core.data import Value
from reconciler.core.plan import Handover
from reconciler.kinds.policies.intent import WantedGrant
from reconciler.policy.arns import fold_principal
from reconciler.policy.document import Statement
from reconciler.policy.elements import is_allow, named_principals, values


def statement_access(carrier: str, statements: Iterable[Statement]) -> frozenset[str]:
    """Return what statements of a key's policy allow: key, principal and action in one text."""
    return frozenset(
        _spelled(carrier, principal, action)
        for statement in statements
        if is_allow(statement)
        for principal in named_principals(statement)
        for action in values(statement, "Action")
    )


def grant_access(carrier: str, grants: Iterable[WantedGrant]) -> frozenset[str]:
    """Return what grants on a key allow, likewise."""
    return frozenset(
        _spelled(carrier, grant.grantee, f"kms:{operation}")
        for grant in grants
        for operation in grant.operations
    )


def moved(before: frozenset[str], after: frozenset[str]) -> Handover:
    """Return what is given and taken between two states."""
    return Handover(after - before, before - after)


def moved_grants(carrier: str, changes: Sequence[FieldChange]) -> Handover:
    """Return what changes of grants give and take."""
    before = _granted(carrier, (each.before for each in changes))
    return moved(before, _granted(carrier, (each.after for each in changes)))


def _granted(carrier: str, grants: Iterable[Value]) -> frozenset[str]:
    return frozenset(text for grant in grants for text in _of_value(carrier, grant))


def _of_value(carrier: str, grant: Value) -> Iterator[str]:
    """Yield what one grant of the plan allows; nothing if it is missing."""
    operations = grant.get("Operations") if isinstance(grant, Mapping) else None
    if isinstance(grant, Mapping) and isinstance(operations, Sequence):
        for operation in operations:
            yield _spelled(carrier, str(grant["GranteePrincipal"]), f"kms:{operation}")


def _spelled(carrier: str, principal: str, action: str) -> str:
    return f"{carrier} {fold_principal(principal)} {action.lower()}"
