"""Guards: pure functions from a whole policy document to concerns about it.

They judge the document as it would be written, in plan and in apply (policies.md A6). An error
means that it is not written; only statements of ours are held to our own rules.
"""

from __future__ import annotations

from reconciler.policy.guards.case import Case, Concern, Guard
from reconciler.policy.guards.lockout import (
    bucket_lockout,
    group_lockout,
    key_lockout,
    own_denial,
    repository_lockout,
)
from reconciler.policy.guards.principals import (
    dangling_principal,
    discoverable_principal,
    duplicate_principal,
    foreign_public,
    principal_form,
    public_principal,
    whole_account,
)
from reconciler.policy.guards.resources import action_on_resource, other_resource, resource_form
from reconciler.policy.guards.size import charset, size
from reconciler.policy.guards.statements import (
    action_form,
    inverted_allow,
    statement_form,
    wildcard_action,
)

GUARDS: tuple[Guard, ...] = (
    statement_form,
    public_principal,
    principal_form,
    duplicate_principal,
    dangling_principal,
    discoverable_principal,
    inverted_allow,
    wildcard_action,
    action_form,
    resource_form,
    other_resource,
    action_on_resource,
    own_denial,
    group_lockout,
    key_lockout,
    bucket_lockout,
    repository_lockout,
    size,
    charset,
    foreign_public,
    whole_account,
)
"""Every guard of documents. A new one is a function and a line here."""


def judge(case: Case) -> tuple[Concern, ...]:
    """Return the concerns of all guards, in the order of `GUARDS`."""
    return tuple(concern for guard in GUARDS for concern in guard(case))
