"""The policy of a customer managed KMS key. The lock-out check is never bypassed."""

from __future__ import annotations

from reconciler.aws.api import Aws, AwsFault, FaultKind
from reconciler.core.environment import Environment
from reconciler.kinds.policies.access import CarrierMissingError
from reconciler.kinds.policies.intent import KEY_POLICY
from reconciler.policy.stores import Store

_SERVICE = "kms"


class KeyPolicyAccess:
    """Key policies: always there, always named `default`, only managed by the owning account."""

    kind = KEY_POLICY
    store = Store.KEY
    reads = frozenset({"kms:GetKeyPolicy", "kms:DescribeKey"})
    writes = frozenset({"kms:PutKeyPolicy"})

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        """Return the policy's text."""
        try:
            answer = aws.call(environment, _SERVICE, "GetKeyPolicy", _named(target))
        except AwsFault as fault:
            if fault.kind is FaultKind.NOT_FOUND:
                raise CarrierMissingError(f"there is no key {target}") from None
            raise
        return str(answer["Policy"])

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        """Return who manages the key: those of AWS cannot be shared (aws.md section 5.1)."""
        return key_manager(aws, environment, target)

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        """Put the whole policy."""
        aws.call(environment, _SERVICE, "PutKeyPolicy", {**_named(target), "Policy": text})

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        """Refuse: a key always has a policy, so a merge never asks for this."""
        raise AssertionError(f"the policy of {target} cannot be deleted ({aws}, {environment})")


def _named(target: str) -> dict[str, str]:
    return {"KeyId": target, "PolicyName": "default"}


def key_manager(aws: Aws, environment: Environment, key_arn: str) -> str:
    """Return who manages a key (`AWS` or `CUSTOMER`); raise `CarrierMissingError` if it is none."""
    try:
        answer = aws.call(environment, _SERVICE, "DescribeKey", {"KeyId": key_arn})
    except AwsFault as fault:
        if fault.kind is FaultKind.NOT_FOUND:
            raise CarrierMissingError(f"there is no key {key_arn}") from None
        raise
    return str(answer["KeyMetadata"].get("KeyManager", ""))
