"""The policy of an ECR repository. `force` is never set: nobody is to lock himself out."""

from __future__ import annotations

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.environment import Environment
from reconciler.kinds.policies.access import CarrierMissingError
from reconciler.kinds.policies.intent import REPOSITORY_POLICY
from reconciler.policy.stores import Store

_SERVICE = "ecr"
_NO_REPOSITORY = "RepositoryNotFoundException"


class RepositoryPolicyAccess:
    """Repository policies of the environment's own registry."""

    kind = REPOSITORY_POLICY
    store = Store.REPOSITORY
    reads = frozenset({"ecr:GetRepositoryPolicy"})
    writes = frozenset({"ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"})

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        """Return the policy's text."""
        try:
            answer = aws.call(
                environment, _SERVICE, "GetRepositoryPolicy", _named(environment, target)
            )
        except AwsFault as fault:
            if fault.code == _NO_REPOSITORY:
                raise CarrierMissingError(f"there is no repository {target}") from None
            if fault.kind is FaultKind.NOT_FOUND:
                return None
            raise
        return str(answer["policyText"])

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        """Return nothing: all of them can be shared."""
        del aws, environment, target
        return ""

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        """Put the whole policy."""
        parameters = {**_named(environment, target), "policyText": text}
        aws.call(environment, _SERVICE, "SetRepositoryPolicy", parameters)

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        """Delete the policy."""
        aws.call(environment, _SERVICE, "DeleteRepositoryPolicy", _named(environment, target))


def _named(environment: Environment, target: str) -> dict[str, str]:
    return {"registryId": environment.account_id, "repositoryName": target}
