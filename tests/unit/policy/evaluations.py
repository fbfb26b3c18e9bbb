"""One need, decided from statements that a test gives."""

from __future__ import annotations

from policy_samples import (
    CONSUMER,
    GROUP,
    KEY,
    REGISTRY,
    ROLE,
    TRAINING,
    VERSION,
    allow,
)

from reconciler.core.data import Json
from reconciler.policy.conditions import Context
from reconciler.policy.document import PolicyDocument, Statement, document
from reconciler.policy.evaluate import Asker, Decision, Evidence, Result, evaluate
from reconciler.policy.grants import KeyGrant
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store

DESCRIBE = "sagemaker:DescribeModelPackage"
NEED = Need(Store.GROUP, GROUP, REGISTRY, DESCRIBE, VERSION)
DECRYPT = Need(Store.KEY, KEY, TRAINING, "kms:Decrypt", KEY)
LOCAL = f"arn:aws:iam::{REGISTRY}:role/local"
KEEPER = f"arn:aws:iam::{TRAINING}:role/keeper"
SESSION = f"arn:aws:sts::{CONSUMER}:assumed-role/deployer/ci"
ALLOWS_ALL = document({"Sid": "Mine", "Effect": "Allow", "Action": "*", "Resource": "*"})
ALLOWS_NONE = document()

ALLOWED, NEEDS_IDENTITY, DENIED, MISSING, UNKNOWN = Result


def decided(
    *statements: Statement,
    need: Need = NEED,
    principal: str = ROLE,
    identity: PolicyDocument | None = ALLOWS_ALL,
    context: Context | None = None,
    grants: tuple[KeyGrant, ...] = (),
) -> Decision:
    asker = Asker(principal, None if identity is None else (identity,), context or Context())
    evidence = Evidence({need.carrier: document(*statements)}, {need.carrier: grants})
    return evaluate(need, asker, evidence)


def deny(**elements: Json) -> Statement:
    return {**allow(), "Sid": "No", "Effect": "Deny", "Principal": "*", **elements}
