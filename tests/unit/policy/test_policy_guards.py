"""Every guard of documents: what it refuses, what it lets pass, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_samples import (
    BUCKET,
    CONSUMER,
    GROUP,
    KEY,
    OWNER,
    PACKAGES,
    REGISTRY,
    REPOSITORY,
    ROLE,
    ROOT,
    STRANGER,
    TRAINING,
    VERSION,
    foreign,
    ours,
    theirs,
    without,
)

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.document import Statement, document
from reconciler.policy.guards import GUARDS, judge
from reconciler.policy.guards.case import Case, Concern
from reconciler.policy.guards.keys import judge_key
from reconciler.policy.stores import FACTS, Store

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


CLEAN = {
    Store.GROUP: [ours()],
    Store.REPOSITORY: [pull()],
    Store.BUCKET: [bucket()],
    Store.KEY: [ADMIN, key()],
}


@pytest.mark.parametrize("store", Store)
def test_what_we_render_raises_no_concern(store: Store) -> None:
    assert judge(case(store, *CLEAN[store])) == ()


def test_every_guard_has_a_test_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    named = [each.__name__.replace("_", "-") for each in GUARDS]
    assert all(f'"{name}"' in text for name in named)
    assert len(set(named)) == len(named)


# Who


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": [ROLE, "*"]},
        {"AWS": f"arn:aws:iam::{CONSUMER}:role/*"},
        {"AWS": f"arn:aws:iam::{CONSUMER}:role/deploye?"},
        {"AWS": "arn:aws:iam::${aws:PrincipalAccount}:root"},
        {"Service": "*"},
    ],
)
def test_public_principals_of_ours_are_refused(principal: Json) -> None:
    assert len(errors("public-principal", ours(Principal=principal))) == 1
    assert found("public-principal", foreign(Principal=principal)) == []


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        (ORGANISATION, True),
        ({"StringEquals": {"AWS:principalorgid": ["o-a1b2c3d4e5", "o-a1b2c3d4e6"]}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "*"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": []}}, False),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
        ({}, False),
    ],
)
def test_everyone_in_one_organisation_is_not_everyone(condition: Json, *, passes: bool) -> None:
    concerns = errors("public-principal", ours(Principal="*", Condition=condition))
    assert (concerns == []) is passes


@pytest.mark.parametrize(
    ("principal", "instead"),
    [
        (CONSUMER, f'{{"AWS": "{CONSUMER}"}}'),
        ({"AWS": f"arn:aws:sts::{CONSUMER}:assumed-role/deployer/ci"}, ROLE),
        ({"AWS": "12345"}, "account ids"),
        ({"AWS": f"arn:aws:iam::{CONSUMER}:group/admins"}, "account ids"),
        ({"AWS": "arn:aws:iam::aws:root2"}, "account ids"),
        ({"AWS": f"arn:aws-cn:iam::{CONSUMER}:root"}, "a principal of aws"),
        ({"Service": "sagemaker.amazonaws.com"}, "account ids"),
        ({"CanonicalUser": "79a5"}, "account ids"),
    ],
)
def test_principals_that_are_not_accounts_roles_or_users(principal: Json, instead: str) -> None:
    (concern,) = errors("principal-form", ours(Principal=principal))
    assert instead in concern.fix
    assert found("principal-form", foreign(Principal=principal)) == []


@pytest.mark.parametrize(
    "principal", [CONSUMER, ROOT, ROLE, f"arn:aws:iam::{CONSUMER}:user/team/a.b@c"]
)
def test_accounts_roles_and_users_pass(principal: str) -> None:
    assert errors("principal-form", ours(Principal={"AWS": [principal]})) == []


def test_duplicates_are_found_after_folding() -> None:
    twice: Json = {"AWS": [ROOT, ROLE, CONSUMER]}
    (concern,) = errors("duplicate-principal", ours(Principal=twice))
    assert CONSUMER in concern.what
    assert errors("duplicate-principal", ours(), ours("DeployPackages")) == []
    (concern,) = found("duplicate-principal", foreign(Principal=twice))
    assert concern.level is Level.WARNING
    assert found("duplicate-principal", foreign(Principal=twice), store=Store.BUCKET) == []


@pytest.mark.parametrize("store", Store)
def test_deleted_principals_are_not_echoed_back(store: Store) -> None:
    gone: Json = {"AWS": [ROLE, "AROAEXAMPLE"]}
    (concern,) = errors("dangling-principal", foreign(Principal=gone), store=store)
    assert "author" in concern.fix
    (concern,) = errors("dangling-principal", ours(Principal=gone), store=store)
    assert "author" not in concern.fix


def test_roles_cannot_be_discovered_for() -> None:
    guard = "discoverable-principal"
    assert found(guard, ours()) == []
    (concern,) = found(guard, ours(), discoverable=True)
    assert (concern.level, CONSUMER in concern.fix) == (Level.ERROR, True)
    (concern,) = found(guard, foreign(), discoverable=True)
    assert concern.level is Level.WARNING
    accounts = ours(Principal={"AWS": [ROOT, STRANGER]})
    assert found(guard, accounts, discoverable=True) == []
    assert found(guard, bucket(), store=Store.BUCKET, discoverable=True) == []


@pytest.mark.parametrize(
    ("elements", "public"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": [ROLE, "*"]}}, True),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": {"AWS": ROLE}}, False),
        ({"Principal": "*", "Condition": ORGANISATION}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "word"}}}, True),
        (
            {
                "Principal": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}},
            },
            True,
        ),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:userid": "${x}"}}}, True),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "v"}}}, True),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "v"}}}, True),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}}, True),
    ],
)
def test_public_statements_of_others_are_a_warning(
    elements: dict[str, Json], *, public: bool
) -> None:
    concerns = found("foreign-public", foreign(**elements), theirs(**elements))
    assert [each.level for each in concerns] == [Level.WARNING] * (2 if public else 0)
    assert found("foreign-public", ours(**elements)) == []


def test_whoever_allows_all_but_some_is_public_too() -> None:
    inverted: Statement = {**without(foreign(), "Principal"), "NotPrincipal": {"AWS": ROLE}}
    (concern,) = found("foreign-public", inverted, store=Store.BUCKET)
    assert "RestrictPublicBuckets" in concern.why


def test_an_account_as_principal_is_said_once() -> None:
    statements = [ours(Principal={"AWS": ROOT}), ours("X", Principal={"AWS": [CONSUMER, ROLE]})]
    (concern,) = found("whole-account", *statements)
    assert concern.level is Level.INFO
    assert CONSUMER in concern.what
    assert found("whole-account", foreign(Principal={"AWS": ROOT})) == []


# What


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


# Lock-out


@pytest.mark.parametrize("store", [Store.REPOSITORY, Store.BUCKET, Store.KEY])
def test_we_write_no_denial_but_into_group_policies(store: Store) -> None:
    denial = ours(Effect="Deny")
    assert len(errors("own-denial", denial, store=store)) == 1
    assert found("own-denial", {**denial, "Sid": "Foreign"}, store=store) == []
    assert found("own-denial", denial) == []


RECONCILER = f"arn:aws:iam::{TRAINING}:role/reconciler"


@pytest.mark.parametrize(
    "admin",
    [
        {},
        {"Action": "kms:Put*"},
        {"Action": ["kms:DescribeKey", "kms:putkeypolicy"]},
        {"Action": "*"},
        {"Principal": {"AWS": TRAINING}},
        {"Principal": {"AWS": RECONCILER}},
        {"Condition": {"StringEquals": {"aws:PrincipalAccount": TRAINING}}},
    ],
)
def test_a_key_that_somebody_can_administer(admin: dict[str, Json]) -> None:
    assert errors("key-lockout", {**ADMIN, **admin}, key(), store=Store.KEY) == []


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**ADMIN, "Action": "kms:Describe*"}],
        [{**ADMIN, "Principal": {"AWS": CONSUMER}}],
        [{**ADMIN, "Principal": {"AWS": f"arn:aws:iam::{TRAINING}:role/other"}}],
        [{**ADMIN, "Resource": "arn:aws:kms:eu-west-1:222222222222:key/other"}],
        [without(ADMIN, "Resource")],
        [without(ADMIN, "Action")],
        [{**ADMIN, "Effect": "Deny"}],
        [{**ADMIN, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}}}],
        [ADMIN, {**ADMIN, "Effect": "Deny", "Principal": "*", "Action": "kms:Put*"}],
        [
            ADMIN,
            {
                **ADMIN,
                "Effect": "Deny",
                "Principal": "*",
                "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
            },
        ],
    ],
)
def test_a_key_that_nobody_could_administer(statements: list[Statement]) -> None:
    (concern,) = errors("key-lockout", *statements, key(), store=Store.KEY)
    assert "kms:*" in concern.fix
    assert found("key-lockout", *statements) == []


def test_a_denial_of_one_does_not_lock_the_account_out() -> None:
    denial: Statement = {**ADMIN, "Effect": "Deny", "Principal": {"AWS": RECONCILER}}
    assert errors("key-lockout", ADMIN, denial, store=Store.KEY) == []


@pytest.mark.parametrize(
    ("elements", "warned"),
    [
        ({"Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}, 1),
        ({"Principal": {"AWS": RECONCILER}, "Action": "s3:Put*", "Resource": BUCKET}, 1),
        (
            {
                "Principal": "*",
                "Action": "s3:PutBucketPolicy",
                "Resource": BUCKET,
                "Condition": {"StringNotEquals": {"aws:SourceVpc": "v"}},
            },
            1,
        ),
        ({"Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/*"}, 0),
        ({"Principal": {"AWS": STRANGER}, "Action": "s3:*", "Resource": BUCKET}, 0),
        ({"Principal": "*", "Action": "s3:DeleteBucket", "Resource": BUCKET}, 0),
    ],
)
def test_a_denial_of_others_that_locks_us_out_of_a_bucket(
    elements: dict[str, Json], warned: int
) -> None:
    denial = foreign(**{**elements, "Effect": "Deny"})
    concerns = found("bucket-lockout", denial, bucket(), store=Store.BUCKET)
    assert [each.level for each in concerns] == [Level.WARNING] * warned
    assert found("bucket-lockout", {**denial, "Effect": "Allow"}, store=Store.BUCKET) == []


# Size and characters


def sized(store: Store, size: int, char: str = "a") -> Case:
    """Return a case whose text has this many characters."""
    empty = len(case(store, foreign(Sid="")).text)
    return case(store, foreign(Sid=char * (size - empty)))


@pytest.mark.parametrize("store", Store)
def test_sizes(store: Store) -> None:
    limit = FACTS[store].limit
    levels = {
        size: [each.level for each in judge(sized(store, size)) if each.guard == "size"]
        for size in (limit * 95 // 100, limit * 95 // 100 + 1, limit, limit + 1)
    }
    assert list(levels.values()) == [[], [Level.WARNING], [Level.WARNING], [Level.ERROR]]


@pytest.mark.parametrize(
    ("store", "level"),
    [
        (Store.GROUP, None),
        (Store.REPOSITORY, None),
        (Store.BUCKET, Level.ERROR),
        (Store.KEY, Level.ERROR),
    ],
)
def test_services_count_characters_or_bytes(store: Store, level: Level | None) -> None:
    big = sized(store, FACTS[store].limit * 9 // 10, "é")
    levels = [each.level for each in judge(big) if each.guard == "size"]
    assert levels == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("store", "char", "refused"),
    [
        (Store.KEY, "Ā", True),
        (Store.KEY, "é", False),
        (Store.KEY, "\x1f", True),
        (Store.KEY, "\n", False),
        (Store.GROUP, "\n", True),
        (Store.GROUP, "Ā", False),
        (Store.BUCKET, "Ā\n", False),
    ],
)
def test_characters(store: Store, char: str, *, refused: bool) -> None:
    carrier, account = CARRIERS[store]
    sent = Case(store, carrier, account, document(), OWNER, sent=f"{{{char}}}")
    concerns = [each for each in judge(sent) if each.guard == "charset"]
    assert bool(concerns) is refused
    assert all(f"U+{ord(char):04X}" in each.what for each in concerns)


@pytest.mark.parametrize("store", Store)
def test_our_own_text_has_no_character_that_a_service_refuses(store: Store) -> None:
    assert found("charset", foreign(Sid="Ā\n\u2028😀"), store=store) == []


# Keys


@pytest.mark.parametrize(
    ("named", "aliases", "manager", "guard"),
    [
        (KEY, (), "", None),
        (KEY, ("alias/models",), "CUSTOMER", None),
        ("alias/aws/s3", (), "", "aws-managed-key"),
        (KEY.replace("key/", "alias/aws/s3/"), (), "", "aws-managed-key"),
        (KEY, ("alias/aws/s3",), "", "aws-managed-key"),
        (KEY, (), "AWS", "aws-managed-key"),
        ("alias/models", (), "", "key-arn"),
        (KEY.rpartition("/")[2], (), "", "key-arn"),
        (KEY.replace("key/", "alias/"), (), "", "key-arn"),
        (GROUP, (), "", "key-arn"),
    ],
)
def test_only_customer_keys_by_arn_can_be_shared(
    named: str, aliases: tuple[str, ...], manager: str, guard: str | None
) -> None:
    concerns = list(judge_key(named, aliases=aliases, manager=manager))
    assert [each.guard for each in concerns] == ([guard] if guard else [])
    assert all("write instead" in each.fix for each in concerns)
