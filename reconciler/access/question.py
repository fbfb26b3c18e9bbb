"""What is asked: who wants to do what with which version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.access.evidence import Intended
from reconciler.access.target import Target
from reconciler.policy.access import Purpose
from reconciler.policy.arns import parse_arn
from reconciler.policy.document import PolicyDocument

ASKED: Final = (Purpose.READ, Purpose.DEPLOY, Purpose.REGISTER, Purpose.APPROVE)
"""What can be asked for."""
OF_PARTS: Final = frozenset({Purpose.DEPLOY, Purpose.REGISTER})
"""What takes images and artifacts, besides the group."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who wants to do what with which version.

    The identity policies are `None` where they are not known. `plan` is what the manifests want,
    if it is to be judged as applied.
    """

    principal: str
    purpose: Purpose
    target: Target
    execution_role: str
    identity: tuple[PolicyDocument, ...] | None = None
    execution_identity: tuple[PolicyDocument, ...] | None = None
    plan: Intended | None = None

    @property
    def owner_account(self) -> str:
        """Return the account that owns the group."""
        arn = parse_arn(self.target.group_arn)
        return arn.account if arn else ""

    @property
    def partition(self) -> str:
        """Return the partition that the group is in."""
        return self.target.group_arn.split(":")[1]
