"""The guards on actions, resources and the form of statements."""

from __future__ import annotations

import pytest
from guard_cases import (
    bucket,
    errors,
    found,
    key,
    pull,
)
from policy_samples import (
    BUCKET,
    GROUP,
    KEY,
    PACKAGES,
    REGISTRY,
    REPOSITORY,
    ROLE,
    STRANGER,
    VERSION,
    foreign,
    ours,
    without,
)

from reconciler.core.data import Json
from reconciler.policy.document import Statement
from reconciler.policy.stores import Store


@pytest.mark.parametrize("element", ["NotPrincipal", "NotAction", "NotResource"])
def test_allowing_all_but_some_is_refused(element: str) -> None:
    positive = element.removeprefix("Not")
    statement: Statement = {**without(ours(), positive), element: ours()[positive]}
    assert len(errors("inverted-allow", statement)) == 1
    assert errors("inverted-allow", {**statement, "Effect": "Deny"}) == []
    assert found("inverted-allow", {**statement, "Sid": "Foreign"}) == []


@pytest.mark.parametrize("action", ["*", "sagemaker:*", "sagemaker:Describe*", "sagemaker:List?"])
def test_actions_by_pattern_are_refused(action: str) -> None:
    assert len(errors("wildcard-action", ours(Action=["sagemaker:CreateModel", action]))) == 1
    assert errors("wildcard-action", ours(Action=action, Effect="Deny")) == []
    assert found("wildcard-action", foreign(Action=action)) == []


@pytest.mark.parametrize(
    ("action", "instead"),
    [
        (" sagemaker:CreateModel", "write instead: sagemaker:CreateModel"),
        ("sagemaker:CreateModel ", "write instead: sagemaker:CreateModel"),
        ("CreateModel", "write instead: sagemaker:CreateModel"),
        ("sagemaker:", "sagemaker:Action"),
        ("s3:GetObject", "an action of sagemaker"),
    ],
)
def test_actions_that_match_nothing_are_refused(action: str, instead: str) -> None:
    (concern,) = errors("action-form", ours(Action=action))
    assert instead in concern.fix
    assert found("action-form", foreign(Action=action)) == []


def test_actions_may_be_spelled_in_any_case() -> None:
    assert errors("action-form", ours(Action=["SageMaker:createModel", "*"])) == []


def test_ecr_does_not_take_authorization_tokens() -> None:
    statement = pull(Action="ecr:GetAuthorizationToken")
    (concern,) = errors("action-form", statement, store=Store.REPOSITORY)
    assert "identity policy" in concern.fix


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (ours(Effect="allow"), "Effect"),
        (without(ours(), "Effect"), "Effect"),
        (without(ours(), "Principal"), "either Principal or NotPrincipal"),
        ({**ours(), "NotPrincipal": {"AWS": ROLE}}, "either Principal"),
        (ours(Principal={}), "empty Principal"),
        (without(ours(), "Action"), "either Action or NotAction"),
        (ours(Action=[]), "empty Action"),
        (without(ours(), "Resource"), "either Resource or NotResource"),
        (ours(Resources="*", Actions="*", Comment=""), "unknown keys Actions, Comment, Resources"),
    ],
)
def test_statements_that_the_service_rejects_or_ignores(statement: Statement, what: str) -> None:
    (concern,) = errors("statement-form", statement)
    assert what in concern.what
    assert found("statement-form", {**statement, "Sid": "Foreign"}) == []


# Where


@pytest.mark.parametrize(
    "resource",
    [
        "Resource: arn:aws:s3:::{bucket}",
        "arn:aws:s3:::{bucket}/*",
        "arn:aws:s3:::acme-models/`date`",
        "arn:aws:s3:::acme-models/<name>",
        " arn:aws:s3:::acme-models",
        "arn:aws:s3:::acme-models\n",
        "acme-models",
        "*",
        "",
        "s3://acme-models/churn",
        GROUP,
    ],
)
def test_resources_that_are_no_arn_of_the_service(resource: str) -> None:
    (concern,) = errors("resource-form", bucket(Resource=[resource]), store=Store.BUCKET)
    assert f"{BUCKET}/*" in concern.fix
    assert found("other-resource", bucket(Resource=[resource]), store=Store.BUCKET) == []
    assert found("resource-form", foreign(Resource=resource), store=Store.BUCKET) == []


def test_variables_and_blanks_inside_a_key_are_well_formed() -> None:
    fine = [f"{BUCKET}/${{aws:username}}/*", f"{BUCKET}/my models/*"]
    assert errors("resource-form", bucket(Resource=fine), store=Store.BUCKET) == []


def test_a_key_policy_speaks_of_everything_which_is_the_key() -> None:
    assert errors("resource-form", key(Resource="*"), store=Store.KEY) == []
    assert errors("other-resource", key(Resource=KEY), store=Store.KEY) == []
    (concern,) = errors("resource-form", key(Resource="alias/models"), store=Store.KEY)
    assert "'*'" in concern.fix
    other = KEY.replace("0a1b", "ffff")
    assert len(errors("other-resource", key(Resource=other), store=Store.KEY)) == 1


@pytest.mark.parametrize(
    "resource",
    [
        GROUP.replace("churn", "fraud"),
        GROUP.replace("churn", "churn*"),
        GROUP.replace(REGISTRY, STRANGER),
        GROUP.replace("eu-west-1", "us-east-1"),
        GROUP.replace("arn:aws:", "arn:aws-cn:"),
        PACKAGES.replace("churn", "fraud"),
        PACKAGES.replace("churn/*", "churn*"),
        PACKAGES.replace(REGISTRY, STRANGER),
        f"arn:aws:sagemaker:eu-west-1:{REGISTRY}:endpoint/churn",
    ],
)
def test_a_group_policy_names_its_own_group(resource: str) -> None:
    (concern,) = errors("other-resource", ours(Resource=[resource]))
    assert PACKAGES in concern.fix
    assert found("other-resource", foreign(Resource=resource)) == []


def test_upper_case_in_a_package_arn_has_a_reason_of_its_own() -> None:
    (concern,) = errors("other-resource", ours(Resource=PACKAGES.replace("churn", "Churn")))
    assert "lower-cases" in concern.why


def test_buckets_and_repositories_name_themselves() -> None:
    for other in ("arn:aws:s3:::acme-model", "arn:aws:s3:::acme-models2/*", "arn:aws:s3:::*"):
        assert len(errors("other-resource", bucket(Resource=other), store=Store.BUCKET)) == 1
    shouted = bucket(Resource="arn:aws:s3:::Acme-Models/*")
    (concern,) = errors("other-resource", shouted, store=Store.BUCKET)
    assert "lower-cases" not in concern.why
    named: Statement = {**pull(), "Resource": REPOSITORY}
    assert errors("other-resource", named, store=Store.REPOSITORY) == []
    longer: Statement = {**pull(), "Resource": REPOSITORY + "2"}
    (concern,) = errors("other-resource", longer, store=Store.REPOSITORY)
    assert "no Resource" in concern.fix


@pytest.mark.parametrize(
    ("actions", "resources", "refused"),
    [
        ("s3:GetObject", f"{BUCKET}/*", 0),
        ("s3:GetObject", BUCKET, 2),
        ("s3:GetBucketAcl", BUCKET, 0),
        ("s3:GetBucketAcl", f"{BUCKET}/*", 2),
        ("s3:ListBucket", f"{BUCKET}/churn/*", 2),
        (["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/*"], 0),
        (["s3:GetObject", "s3:ListBucket"], f"{BUCKET}/*", 1),
        ("s3:GetObject", [BUCKET, f"{BUCKET}/*"], 1),
        ("s3:ListMultipartUploadParts", f"{BUCKET}/*", 0),
        ("s3:GetBucketObjectLockConfiguration", BUCKET, 0),
        ("s3:GetObjectLegalHold", BUCKET, 2),
        ("s3:Get*", BUCKET, 0),
        ("s3:Get*", f"{BUCKET}/*", 0),
        ("s3:GetBucketAc?", f"{BUCKET}/*", 0),
        ("s3:GetObject", "arn:aws:s3:::another/*", 0),
        ([], f"{BUCKET}/*", 0),
    ],
)
def test_bucket_actions_on_buckets_and_object_actions_on_objects(
    actions: Json, resources: Json, refused: int
) -> None:
    statement = bucket(Action=actions, Resource=resources)
    assert len(errors("action-on-resource", statement, store=Store.BUCKET)) == refused
    assert found("action-on-resource", {**statement, "Sid": "x"}, store=Store.BUCKET) == []


@pytest.mark.parametrize(
    ("actions", "resources", "refused"),
    [
        ("sagemaker:DescribeModelPackageGroup", GROUP, 0),
        ("sagemaker:DescribeModelPackageGroup", PACKAGES, 2),
        ("sagemaker:DescribeModelPackage", GROUP, 2),
        ("sagemaker:DescribeModelPackage", VERSION, 0),
        ("sagemaker:ListModelPackages", [GROUP, PACKAGES], 0),
        ("sagemaker:CreateModelPackage", [GROUP, PACKAGES], 0),
        (["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], GROUP, 1),
    ],
)
def test_group_actions_on_groups_and_package_actions_on_packages(
    actions: Json, resources: Json, refused: int
) -> None:
    statement = ours(Action=actions, Resource=resources)
    assert len(errors("action-on-resource", statement)) == refused
