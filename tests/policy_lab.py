"""Accounts with all that a CrossAccountPolicy speaks about, and what becomes of it there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from builders import OWNER, REGION, REGISTRY, TRAINING, Doc, environment, group, manifest
from live import Lab

from reconciler.kinds import HANDLERS, Handlers
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.kinds.policies.key_grants import KeyGrantsHandler
from reconciler.policy.canonical import canonical_statement
from reconciler.policy.ownership import belongs

PRODUCTION = "333333333333"
DEPLOYER = f"arn:aws:iam::{PRODUCTION}:role/deployer"
POLICY = "churn-consumers"
REPOSITORY, BUCKET = "decision-trees", "acme-models"
GROUP_ARN = f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package-group/churn"
CARRIERS = {
    "group": GROUP_ARN,
    "repository": f"arn:aws:ecr:{REGION}:{TRAINING}:repository/{REPOSITORY}",
    "bucket": f"arn:aws:s3:::{BUCKET}",
}
DOCUMENTS = ("group", "repository", "bucket", "key")
"""The four sorts of documents: what `text_of` and `put_text` go by."""
KINDS = {
    "group": "ModelPackageGroupPolicy",
    "repository": "RepositoryPolicy",
    "bucket": "BucketPolicy",
    "key": "KeyPolicy",
}
READ, PUT = (
    {
        "group": "GetModelPackageGroupPolicy",
        "repository": "GetRepositoryPolicy",
        "bucket": "GetBucketPolicy",
        "key": "GetKeyPolicy",
    },
    {
        "group": "PutModelPackageGroupPolicy",
        "repository": "SetRepositoryPolicy",
        "bucket": "PutBucketPolicy",
        "key": "PutKeyPolicy",
    },
)
ABSENT = frozenset(
    {"ValidationException", "RepositoryPolicyNotFoundException", "NoSuchBucketPolicy"}
)
ACTIONS = {
    "group": "sagemaker:DescribeModelPackage",
    "repository": "ecr:BatchGetImage",
    "bucket": "s3:GetObject",
    "key": "kms:Decrypt",
}
Statements = list[dict[str, Any]]


@dataclass
class PolicyLab(Lab):
    """A lab with a repository, a bucket and two keys in the training account.

    `pauses` are the seconds that were waited for, and none of them passed.
    """

    pauses: tuple[float, ...] | list[float] = ()
    key: str = ""
    granting: str = ""

    def carrier(self, store: str) -> str:
        return self.key if store == "key" else CARRIERS[store]


def furnished(lab: Lab) -> PolicyLab:
    """Return a lab on the same server with all that the policies speak about, and no pauses."""
    pauses: list[float] = []
    keys = [lab.boto(TRAINING, "kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    lab.boto(TRAINING, "ecr").create_repository(repositoryName=REPOSITORY)
    lab.boto(TRAINING, "s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    lab.boto(PRODUCTION, "ecr").create_repository(repositoryName="serving")
    lab.forget_calls()
    return PolicyLab(
        lab.server,
        lab.planning,
        lab.applying,
        handlers=without_pauses(pauses),
        _clients=lab._clients,
        pauses=pauses,
        key=keys[0],
        granting=keys[1],
    )


def without_pauses(pauses: list[float]) -> Handlers:
    """Return all handlers; those that pause only note for how long."""
    return tuple(
        replace(each, pause=pauses.append)
        if isinstance(each, DocumentHandler | KeyGrantsHandler)
        else each
        for each in HANDLERS
    )


# --- manifests


def policy(name: str = POLICY, **spec: Any) -> Doc:
    own: Doc = {"environment": "registry", "modelPackageGroups": ["churn"]}
    if not {"grants", "ensure"} & spec.keys():
        own["grants"] = [{"principals": [PRODUCTION], "access": ["read", "deploy"]}]
    return manifest("CrossAccountPolicy", name, own | spec)


def accounts(**settings: Any) -> list[Doc]:
    """Return the three environments and the group."""
    return [
        environment(**settings),
        environment("training", TRAINING, **settings),
        environment("production", PRODUCTION, **settings),
        group(),
    ]


def artifacts(lab: PolicyLab, **parts: Any) -> list[Doc]:
    """Return what the four documents are about, in the accounts that own it."""
    own: Doc = {
        "environment": "training",
        "repositories": [REPOSITORY],
        "buckets": [{"name": BUCKET, "prefix": "churn/"}],
        "keys": [
            {"keyArn": lab.key, "via": "keyPolicy"},
            {"keyArn": lab.granting, "via": "grant"},
        ],
    }
    return [own | parts]


def everything(lab: PolicyLab, **spec: Any) -> list[Doc]:
    """Return manifests that lead to all documents and to grants, in three accounts."""
    serving = {"environment": "production", "repositories": ["serving"]}
    granted = [
        {"principals": [PRODUCTION, DEPLOYER], "access": ["read", "deploy"]},
        {"principals": [TRAINING], "access": ["register"]},
    ]
    own = {"grants": granted, "artifacts": [*artifacts(lab), serving]}
    return [*accounts(), policy(**own | spec)]


def of_store(lab: PolicyLab, store: str, **spec: Any) -> list[Doc]:
    """Return manifests that lead to statements in one document, and in no other of the four."""
    if store == "group":
        return [*accounts(), policy(**spec)]
    named: dict[str, Doc] = {
        "repository": {"repositories": [REPOSITORY]},
        "bucket": {"buckets": [{"name": BUCKET, "prefix": "churn/"}]},
        "key": {"keys": [{"keyArn": lab.key}]},
    }
    return [*accounts(), policy(artifacts=[{"environment": "training"} | named[store]], **spec)]


# --- what is live


def text_of(lab: PolicyLab, store: str, target: str = "") -> str | None:
    """Return a document's text as its owner reads it, `None` if there is none."""
    calls = {
        "group": lambda: lab.boto().get_model_package_group_policy(
            ModelPackageGroupName=target or "churn"
        )["ResourcePolicy"],
        "repository": lambda: lab.boto(TRAINING, "ecr").get_repository_policy(
            repositoryName=target or REPOSITORY
        )["policyText"],
        "bucket": lambda: lab.boto(TRAINING, "s3").get_bucket_policy(Bucket=target or BUCKET)[
            "Policy"
        ],
        "key": lambda: lab.boto(TRAINING, "kms").get_key_policy(KeyId=target or lab.key)["Policy"],
    }
    try:
        return str(calls[store]())
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None


def put_text(lab: PolicyLab, store: str, text: str) -> None:
    """Replace a document, as somebody else would."""
    if store == "group":
        lab.boto().put_model_package_group_policy(
            ModelPackageGroupName="churn", ResourcePolicy=text
        )
    elif store == "repository":
        lab.boto(TRAINING, "ecr").set_repository_policy(repositoryName=REPOSITORY, policyText=text)
    elif store == "bucket":
        lab.boto(TRAINING, "s3").put_bucket_policy(Bucket=BUCKET, Policy=text)
    else:
        lab.boto(TRAINING, "kms").put_key_policy(KeyId=lab.key, Policy=text)


def statements(lab: PolicyLab, store: str) -> Statements:
    """Return a document's statements in their order, each in its canonical form."""
    text = text_of(lab, store)
    return [canonical_statement(each) for each in json.loads(text)["Statement"]] if text else []


def ours(lab: PolicyLab, store: str) -> Statements:
    return [each for each in statements(lab, store) if belongs(each["Sid"], OWNER)]


def foreign(lab: PolicyLab, store: str) -> Statements:
    return [each for each in statements(lab, store) if not belongs(each["Sid"], OWNER)]


def principals(found: Statements) -> set[str]:
    """Return everybody that some statements name, accounts by their ids."""
    return {name for each in found for name in each["Principal"]["AWS"]}


def grants(lab: PolicyLab, key: str = "") -> list[dict[str, Any]]:
    """Return the grants on a key without ids and times, by name."""
    found = lab.boto(TRAINING, "kms").list_grants(KeyId=key or lab.granting)["Grants"]
    kept = ("Name", "GranteePrincipal", "Operations")
    return sorted(
        ({name: each[name] for name in kept} for each in found), key=lambda each: each["Name"]
    )


def all_live(lab: PolicyLab) -> dict[str, Any]:
    """Return all documents and grants, in a form in which equal ones are equal."""
    return {
        **{store: statements(lab, store) for store in DOCUMENTS},
        "granting key": [
            canonical_statement(each)
            for each in json.loads(text_of(lab, "key", lab.granting) or "{}")["Statement"]
        ],
        "grants": [*grants(lab), *grants(lab, lab.key)],
    }


def assert_no_duplicates(lab: PolicyLab) -> None:
    """Require that no document holds a Sid of ours twice, and no key two grants of one name."""
    for name, found in all_live(lab).items():
        named = [each.get("Name") or each.get("Sid") for each in found]
        twice = {each for each in named if each and named.count(each) > 1}
        assert not twice, f"{name}: {twice}"


# --- somebody else


def statement(store: str, sid: str = "Somebody else", **more: Any) -> Doc:
    """Return a statement that a service accepts and that is not ours."""
    found: Doc = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::444444444444:role/a", "444444444444"]},
        "Action": [ACTIONS[store]],
    }
    where = {
        "group": f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package/churn/*",
        "bucket": f"arn:aws:s3:::{BUCKET}/theirs/*",
        "key": "*",
    }
    if store in where:
        found["Resource"] = where[store]
    return found | more


def add_foreign(lab: PolicyLab, store: str, *sids: str, **more: Any) -> None:
    """Append statements to a document, keeping what is there, as a careful stranger would."""
    text = text_of(lab, store)
    document: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17"}
    document.setdefault("Statement", []).extend(statement(store, sid, **more) for sid in sids)
    put_text(lab, store, json.dumps(document, separators=(",", ":")))


def without_ours(lab: PolicyLab, store: str, *, keep: Sequence[str] = ()) -> None:
    """Put a document without our statements, as a careless stranger would."""
    document: dict[str, Any] = json.loads(text_of(lab, store) or "{}")
    document["Statement"] = [
        each
        for each in document["Statement"]
        if not belongs(str(each.get("Sid", "")), OWNER) or each["Sid"] in keep
    ]
    put_text(lab, store, json.dumps(document, separators=(",", ":")))


def sent(lab: PolicyLab, store: str) -> list[Mapping[str, Any]]:
    """Return the documents that were put since the log was cleared, parsed."""
    calls = lab.server.calls.of(PUT[store])
    names = ("ResourcePolicy", "policyText", "Policy")
    return [
        json.loads(next(str(call.parameters[name]) for name in names if name in call.parameters))
        for call in calls
    ]
