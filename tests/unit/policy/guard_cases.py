"""Documents that the guards judge, and what they found in them."""

from __future__ import annotations

from policy_samples import (
    BUCKET,
    GROUP,
    KEY,
    OWNER,
    REGISTRY,
    REPOSITORY,
    TRAINING,
    ours,
    without,
)

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.document import Statement, document
from reconciler.policy.guards import judge
from reconciler.policy.guards.case import Case, Concern
from reconciler.policy.stores import Store

CARRIERS = {
    Store.GROUP: (GROUP, REGISTRY),
    Store.REPOSITORY: (REPOSITORY, TRAINING),
    Store.BUCKET: (BUCKET, TRAINING),
    Store.KEY: (KEY, TRAINING),
}
CALLER = f"arn:aws:sts::{TRAINING}:assumed-role/reconciler/ci"
ADMIN: Statement = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{TRAINING}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ORGANISATION: Json = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def case(store: Store, *statements: Statement, discoverable: bool = False) -> Case:
    carrier, account = CARRIERS[store]
    return Case(store, carrier, account, document(*statements), OWNER, CALLER, discoverable)


def found(
    guard: str, *statements: Statement, store: Store = Store.GROUP, discoverable: bool = False
) -> list[Concern]:
    every = judge(case(store, *statements, discoverable=discoverable))
    chosen = [each for each in every if each.guard == guard]
    assert all(each.what and each.why and each.fix for each in chosen)
    return chosen


def errors(guard: str, *statements: Statement, store: Store = Store.GROUP) -> list[Concern]:
    chosen = [each for each in found(guard, *statements, store=store) if each.level is Level.ERROR]
    assert all("write instead" in each.fix or "leave it out" in each.fix for each in chosen)
    return chosen


def bucket(**elements: Json) -> Statement:
    return ours(**{"Action": "s3:GetObject", "Resource": f"{BUCKET}/churn/*", **elements})


def key(**elements: Json) -> Statement:
    return ours(**{"Action": "kms:Decrypt", "Resource": "*", **elements})


def pull(**elements: Json) -> Statement:
    return without(ours(**{"Action": "ecr:BatchGetImage", **elements}), "Resource")
