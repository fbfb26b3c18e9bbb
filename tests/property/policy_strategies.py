"""Generated policy documents, and the spellings in which AWS returns them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from hypothesis import settings
from hypothesis import strategies as st

from reconciler.core.data import Json
from reconciler.policy.arns import is_account_id, root_arn
from reconciler.policy.document import PolicyDocument, Statement
from reconciler.policy.merge import (
    Wanted,
)
from reconciler.policy.ownership import sid

EXAMPLES = settings(max_examples=40, deadline=None)

OWNER, OTHER = "acme/platform", "acme/other"
IDENTITIES = ["registry/a", "registry/b", "registry/vanished"]
ACCOUNTS = ["111111111111", "012345678901"]
NAMES = [
    *ACCOUNTS,
    *(root_arn("aws", each) for each in ACCOUNTS),
    *(f"arn:aws:iam::{each}:role/deployer" for each in ACCOUNTS),
    f"arn:aws:sts::{ACCOUNTS[0]}:assumed-role/deployer/ci",
    "*",
    "AROAEXAMPLE",
]
GROUP = f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS[0]}:model-package-group/churn"
VERSION = f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS[0]}:model-package/churn/7"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNTS[0]}:key/0a1b"
ACTIONS = ["sagemaker:DescribeModelPackage", "SAGEMAKER:describe*", "kms:Decrypt", "*", "s3:Put?"]


def some(choices: Sequence[str]) -> st.SearchStrategy[Json]:
    return st.sampled_from(choices) | st.lists(st.sampled_from(choices), max_size=3)


PRINCIPALS: st.SearchStrategy[Json] = st.sampled_from(["*", ACCOUNTS[0]]) | st.dictionaries(
    st.sampled_from(["AWS", "Service"]), some(NAMES), max_size=2
)
CONDITIONS: st.SearchStrategy[Json] = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotLikeIfExists", "Null", "Odd"]),
    st.dictionaries(
        st.sampled_from(["aws:SourceVpc", "AWS:sourcevpc", "aws:PrincipalAccount"]),
        some([*ACCOUNTS, "true", "v-*"]) | st.booleans() | st.integers(),
        max_size=2,
    ),
    max_size=2,
)
SIDS = st.sampled_from(
    ["", "Somebody else", "SmrHandmade", sid(OTHER, IDENTITIES[0], "Read")]
    + [sid(OWNER, each, role) for each in IDENTITIES for role in ("Read", "Deploy")]
)
ELEMENTS: dict[str, st.SearchStrategy[Json]] = {
    "Sid": SIDS,
    "Principal": PRINCIPALS,
    "NotPrincipal": PRINCIPALS,
    "Action": some(ACTIONS),
    "NotAction": some(ACTIONS),
    "Resource": some([GROUP, VERSION, KEY, "*", VERSION.replace("/7", "/*")]),
    "NotResource": some([GROUP, VERSION]),
    "Condition": CONDITIONS,
    "Extra": st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
}
STATEMENTS: st.SearchStrategy[Statement] = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "allow"])}, optional=ELEMENTS
)
LISTS = st.lists(STATEMENTS, max_size=4)
# Statements that often speak about what is asked below.
APT: st.SearchStrategy[Statement] = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(NAMES[:-2]).map(lambda name: {"AWS": name}) | st.just("*"),
        "Action": st.sampled_from(ACTIONS[:4]),
        "Resource": st.sampled_from(["*", VERSION]),
    },
    optional={"Condition": CONDITIONS, "Sid": SIDS},
)
ASKED = st.lists(APT | STATEMENTS, max_size=3)
DOCUMENTS = st.builds(
    lambda version, ident, statements: PolicyDocument(
        {**version, **ident, "Statement": statements}
    ),
    st.sampled_from([{}, {"Version": "2012-10-17"}, {"Version": "2008-10-17"}]),
    st.sampled_from([{}, {"Id": "somebody's"}]),
    LISTS,
)
KNOWN = st.sets(st.sampled_from(IDENTITIES[:2])).map(frozenset)
# What we want is rendered by us: it has no variables, and one statement for each Sid.
DESIRED = st.dictionaries(
    st.sampled_from([sid(OWNER, each, role) for each in IDENTITIES[:2] for role in ("Read", "X")]),
    STATEMENTS,
    max_size=3,
).map(lambda found: tuple({**each, "Sid": name} for name, each in found.items()))
WANTED = st.builds(Wanted, st.just(OWNER), DESIRED, KNOWN)
RANDOMS = st.randoms(use_true_random=False)


def respelled(value: Json, dice: random.Random) -> Json:
    """Return what AWS might return: values shuffled and repeated, ids as root ARNs."""
    found = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found += [each for each in found if dice.random() < 0.2]
    dice.shuffle(found)
    return [
        root_arn("aws", each)
        if isinstance(each, str) and is_account_id(each) and dice.random() < 0.5
        else each
        for each in found
    ]


def as_returned(statement: Statement, dice: random.Random) -> Statement:
    changed: dict[str, Json] = {"Sid": "", **statement}
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in changed:
            changed[element] = respelled(changed[element], dice)
    for element in ("Principal", "NotPrincipal"):
        names = changed.get(element)
        if isinstance(names, Mapping):
            changed[element] = {
                kind: respelled(found, dice) if kind == "AWS" else found
                for kind, found in names.items()
            }
    keys = list(changed)
    dice.shuffle(keys)
    return {key: changed[key] for key in keys}


def returned(found: PolicyDocument, dice: random.Random) -> PolicyDocument:
    statements = [as_returned(each, dice) for each in found.statements]
    dice.shuffle(statements)
    return found.with_statements(statements)
