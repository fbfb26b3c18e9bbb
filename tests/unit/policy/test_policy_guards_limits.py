"""The guards against lock-out, on sizes, characters and keys."""

from __future__ import annotations

import pytest
from guard_cases import (
    ADMIN,
    CARRIERS,
    bucket,
    case,
    errors,
    found,
    key,
)
from policy_samples import (
    BUCKET,
    CONSUMER,
    GROUP,
    KEY,
    OWNER,
    PACKAGES,
    REGISTRY,
    STRANGER,
    TRAINING,
    foreign,
    ours,
    without,
)

from reconciler.core.data import Json
from reconciler.core.plan import Level
from reconciler.policy.document import Statement, document
from reconciler.policy.guards import judge
from reconciler.policy.guards.case import Case, Concern
from reconciler.policy.guards.keys import judge_key
from reconciler.policy.stores import FACTS, Store


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
    other = f"arn:aws:iam::{TRAINING}:role/other"
    denial: Statement = {**ADMIN, "Effect": "Deny", "Principal": {"AWS": other}}
    assert errors("key-lockout", ADMIN, denial, store=Store.KEY) == []


def test_a_denial_of_the_caller_locks_it_out_though_the_account_is_not() -> None:
    denial: Statement = {**ADMIN, "Effect": "Deny", "Principal": {"AWS": RECONCILER}}
    (concern,) = errors("key-lockout", ADMIN, denial, store=Store.KEY)
    assert "reconciler" in concern.what
    reading: Statement = {**denial, "Action": "kms:Decrypt"}
    assert errors("key-lockout", ADMIN, reading, store=Store.KEY) == []


WRITER, READER = (f"arn:aws:iam::{REGISTRY}:role/{each}" for each in ("applies", "plans"))
PUT, GET = (f"sagemaker:{each}ModelPackageGroupPolicy" for each in ("Put", "Get"))


def lockouts(caller: str = WRITER, reader: str = READER, /, **elements: Json) -> list[Concern]:
    statement = ours(**{"Effect": "Deny", "Action": PUT, "Resource": GROUP, **elements})
    one = Case(Store.GROUP, GROUP, REGISTRY, document(statement), OWNER, caller, reader=reader)
    return [each for each in judge(one) if each.guard == "group-lockout"]


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": REGISTRY}},
        {"Principal": {"AWS": f"arn:aws:iam::{REGISTRY}:root"}},
        {"Principal": {"AWS": [STRANGER, WRITER]}},
        {"Principal": "*", "Action": "sagemaker:DeleteModelPackageGroupPolicy"},
        {"Principal": "*", "Action": "sagemaker:DescribeModelPackageGroup"},
        {"Principal": "*", "Action": "sagemaker:*"},
        {"Principal": "*", "Action": GET},
        {"Principal": "*", "Resource": "*"},
        {"Principal": {"AWS": READER}, "Action": GET},
        {"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}},
    ],
)
def test_a_denial_of_ours_that_locks_us_out_of_a_group(elements: dict[str, Json]) -> None:
    (concern,) = lockouts(**elements)
    assert concern.level is Level.ERROR
    assert "write instead" in concern.fix


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": {"AWS": STRANGER}},
        {"Principal": {"AWS": READER}},
        {"Principal": {"AWS": f"arn:aws:iam::{REGISTRY}:role/other"}},
        {"Principal": "*", "Action": "sagemaker:CreateModelPackage"},
        {"Principal": "*", "Resource": PACKAGES},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER}}},
        {"Principal": "*", "Effect": "Allow"},
        {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": False}}},
    ],
)
def test_a_denial_that_leaves_us_the_policy_is_no_lockout(elements: dict[str, Json]) -> None:
    assert lockouts(**elements) == []


def test_where_it_is_not_known_who_applies_it_may_be_any_role_of_the_account() -> None:
    other = f"arn:aws:iam::{REGISTRY}:role/other"
    assert len(lockouts("", "", Principal={"AWS": other})) == 1
    assert lockouts("", "", Principal={"AWS": STRANGER}) == []


def test_a_denial_of_others_that_locks_us_out_of_a_group_is_a_warning() -> None:
    denial = foreign(Effect="Deny", Action=PUT, Resource=GROUP, Principal="*")
    (concern,) = found("group-lockout", denial)
    assert concern.level is Level.WARNING
    assert "let its author exempt" in concern.fix
    assert found("group-lockout", denial, store=Store.BUCKET) == []


@pytest.mark.parametrize("store", Store)
def test_a_lockout_is_told_by_the_guard_of_its_own_service(store: Store) -> None:
    denial = foreign(Effect="Deny", Action="*", Resource="*", Principal="*")
    concerns = judge(case(store, ADMIN, denial))
    guards = {each.guard for each in concerns if each.guard.endswith("-lockout")}
    assert guards == {f"{store.value}-lockout"}


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
        (
            {
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [BUCKET, f"{BUCKET}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            0,
        ),
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


def test_a_denial_of_others_that_locks_us_out_of_a_repository() -> None:
    denial = without(foreign(Effect="Deny", Action="ecr:Set*", Principal="*"), "Resource")
    (concern,) = found("repository-lockout", denial, store=Store.REPOSITORY)
    assert concern.level is Level.WARNING
    assert "assumed-role/reconciler" in concern.what
    for harmless in (
        {**denial, "Effect": "Allow"},
        {**denial, "Action": "ecr:PutImage"},
        {**denial, "Principal": {"AWS": STRANGER}},
    ):
        assert found("repository-lockout", harmless, store=Store.REPOSITORY) == []
    assert found("repository-lockout", denial, store=Store.BUCKET) == []


@pytest.mark.parametrize("role", ["reconciler", "ci/teams/reconciler"])
def test_a_session_is_known_by_its_roles_name_whatever_the_path(role: str) -> None:
    """STS leaves the path out, so a role of that name in another path cannot be told apart."""
    denial = foreign(Effect="Deny", Action="s3:PutBucketPolicy", Resource=BUCKET)
    named = {**denial, "Principal": {"AWS": f"arn:aws:iam::{TRAINING}:role/{role}"}}
    assert len(found("bucket-lockout", named, store=Store.BUCKET)) == 1


def test_by_a_condition_on_the_roles_arn_a_session_may_be_meant() -> None:
    """Its path is not known, so neither is whether the condition spares it."""
    spared = {"StringNotEquals": {"aws:PrincipalArn": RECONCILER}}
    denial = foreign(Effect="Deny", Action="s3:PutBucketPolicy", Resource=BUCKET, Principal="*")
    assert len(found("bucket-lockout", {**denial, "Condition": spared}, store=Store.BUCKET)) == 1
    role = Case(
        Store.BUCKET, *CARRIERS[Store.BUCKET], document({**denial, "Condition": spared}), OWNER,
        RECONCILER,
    )  # fmt: skip
    assert [each for each in judge(role) if each.guard == "bucket-lockout"] == []


def undeclared(store: Store, *statements: Statement) -> list[Concern]:
    """Return the lock-outs where the caller is who applies only as far as is known."""
    one = Case(store, *CARRIERS[store], document(*statements), OWNER, RECONCILER, declared=False)
    return [each for each in judge(one) if each.guard.endswith("-lockout")]


def test_where_it_is_not_declared_who_applies_the_fix_says_how_to() -> None:
    key_denial: Statement = {**ADMIN, "Effect": "Deny", "Principal": {"AWS": RECONCILER}}
    bucket_denial = foreign(
        Effect="Deny", Action="s3:*", Resource=BUCKET, Principal={"AWS": RECONCILER}
    )
    (of_key,) = undeclared(Store.KEY, ADMIN, key_denial)
    (of_bucket,) = undeclared(Store.BUCKET, bucket_denial)
    assert (of_key.level, of_bucket.level) == (Level.ERROR, Level.WARNING)
    assert "declare it as assumeRole.apply" in of_key.fix
    assert "declare it as assumeRole.apply" in of_bucket.fix
    for store, denial in ((Store.KEY, key_denial), (Store.BUCKET, bucket_denial)):
        declared = found(f"{store.value}-lockout", ADMIN, denial, store=store)
        assert [each for each in declared if "declare it" in each.fix] == []


def test_our_own_denial_is_no_safer_because_somebody_calls_whom_it_spares() -> None:
    """Another role of the account may apply next time, unless it is declared who does."""
    other = f"arn:aws:iam::{REGISTRY}:role/other"
    denial = ours(Effect="Deny", Action=PUT, Resource=GROUP, Principal={"AWS": other})
    for declared in (True, False):
        one = Case(Store.GROUP, GROUP, REGISTRY, document(denial), OWNER, WRITER, declared=declared)
        lockout = [each for each in judge(one) if each.guard == "group-lockout"]
        assert len(lockout) == (0 if declared else 1)
    theirs = foreign(Effect="Deny", Action=PUT, Resource=GROUP, Principal={"AWS": other})
    one = Case(Store.GROUP, GROUP, REGISTRY, document(theirs), OWNER, WRITER, declared=False)
    assert [each for each in judge(one) if each.guard == "group-lockout"] == []


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
