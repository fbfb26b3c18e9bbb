"""The resource policy of a model package group."""

from __future__ import annotations

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.environment import Environment
from reconciler.kinds.policies.intent import GROUP_POLICY
from reconciler.policy.stores import Store

_SERVICE = "sagemaker"


class GroupPolicyAccess:
    """Group policies go by plain name, so only the owning account manages them (aws.md fact 10)."""

    kind = GROUP_POLICY
    store = Store.GROUP
    reads = frozenset({"sagemaker:GetModelPackageGroupPolicy"})
    writes = frozenset(
        {"sagemaker:PutModelPackageGroupPolicy", "sagemaker:DeleteModelPackageGroupPolicy"}
    )

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        """Return the policy's text; `None` also where the group itself does not exist yet."""
        parameters = {"ModelPackageGroupName": target}
        try:
            answer = aws.call(environment, _SERVICE, "GetModelPackageGroupPolicy", parameters)
        except AwsFault as fault:
            if fault.kind is FaultKind.NOT_FOUND:
                return None
            raise
        return str(answer["ResourcePolicy"])

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        """Return nothing: all of them can be shared."""
        del aws, environment, target
        return ""

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        """Put the whole policy."""
        parameters = {"ModelPackageGroupName": target, "ResourcePolicy": text}
        aws.call(environment, _SERVICE, "PutModelPackageGroupPolicy", parameters)

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        """Delete the policy."""
        parameters = {"ModelPackageGroupName": target}
        aws.call(environment, _SERVICE, "DeleteModelPackageGroupPolicy", parameters)
