"""What newly allows is always found; what does not is not cried out about needlessly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_samples import GROUP, PACKAGES, ROLE, ROOT, STRANGER, VERSION, allow

from reconciler.policy.document import PolicyDocument, Statement, document
from reconciler.policy.evaluate import Asker, Evidence, Result, evaluate
from reconciler.policy.needs import Need
from reconciler.policy.stores import Store
from reconciler.policy.widening import Widening, newly_denied, widened

READ, LIST, CREATE = (
    f"sagemaker:{each}" for each in ("DescribeModelPackage", "ListModelPackages", "CreateModel")
)
TLS = {"Bool": {"aws:SecureTransport": "true"}}


def change(before: Statement | None, after: Statement | None) -> tuple[Widening, ...]:
    docs = [document(*([each] if each else [])) for each in (before, after)]
    return widened(docs[0], docs[1])


def test_a_new_document_widens_by_all_that_it_allows() -> None:
    (found,) = widened(None, document(allow(Sid="A")))
    assert found == Widening("A", (ROLE,), (READ,), (PACKAGES,))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(allow(), allow(), id="the same"),
        pytest.param(allow(Sid="Theirs"), allow(Sid="Ours"), id="another Sid"),
        pytest.param(allow(Action=[READ, LIST]), allow(), id="fewer actions"),
        pytest.param(allow(Action="sagemaker:*"), allow(), id="a wildcard before"),
        pytest.param(allow(Action="SAGEMAKER:describemodelpackage"), allow(), id="case"),
        pytest.param(allow(), allow(Resource=VERSION), id="fewer resources"),
        pytest.param(allow(), allow(Condition=TLS), id="a condition more"),
        pytest.param(allow(Condition=TLS), allow(Condition=TLS, Resource=VERSION), id="same if"),
        pytest.param(allow(Principal="*"), allow(), id="anyone before"),
        pytest.param(allow(Principal={"AWS": [ROLE, ROOT]}), allow(), id="fewer principals"),
        pytest.param(
            allow(Principal={"AWS": STRANGER}),
            allow(Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"}),
            id="an account spelled otherwise",
        ),
        pytest.param(allow(), None, id="gone"),
        pytest.param(None, allow(Effect="Deny"), id="a denial more"),
    ],
)
def test_what_was_allowed_before_is_no_widening(
    before: Statement | None, after: Statement | None
) -> None:
    assert change(before, after) == ()


@pytest.mark.parametrize(
    ("before", "after", "principals", "actions", "resources"),
    [
        pytest.param(allow(), allow(Action=[READ, CREATE]), (ROLE,), (CREATE,), (PACKAGES,),
            id="an action"),
        pytest.param(allow(), allow(Principal={"AWS": [ROLE, STRANGER]}), (STRANGER,), (READ,),
            (PACKAGES,), id="a principal"),
        pytest.param(allow(), allow(Resource=[PACKAGES, GROUP]), (ROLE,), (READ,), (GROUP,),
            id="a resource"),
        pytest.param(allow(Resource=VERSION), allow(), (ROLE,), (READ,), (PACKAGES,),
            id="a wider pattern"),
        pytest.param(allow(Condition=TLS), allow(), (ROLE,), (READ,), (PACKAGES,),
            id="a condition less"),
        pytest.param(allow(), allow(Principal="*"), ("*",), (READ,), (PACKAGES,), id="anyone"),
        pytest.param(allow(Principal={"AWS": ROOT}), allow(), (ROLE,), (READ,), (PACKAGES,),
            id="a role instead of its account: in doubt"),
        pytest.param(allow(Action="sagemaker:Describe?odelPackage"), allow(Action="sagemaker:D*"),
            (ROLE,), ("sagemaker:D*",), (PACKAGES,), id="patterns that do not include each other"),
    ],
)  # fmt: skip
def test_what_is_new_is_named(
    before: Statement,
    after: Statement,
    principals: tuple[str, ...],
    actions: tuple[str, ...],
    resources: tuple[str, ...],
) -> None:
    (found,) = change(before, after)
    assert (found.principals, found.actions, found.resources) == (principals, actions, resources)


def test_a_denial_that_goes_widens() -> None:
    (found,) = change(allow(Effect="Deny"), None)
    assert found.denial
    assert found.actions == (READ,)


LOOSER = {"Bool": {"aws:SecureTransport": ["true", "false"]}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(allow(Condition=TLS), allow(Condition=LOOSER), id="one more value"),
        pytest.param(
            allow(Condition={**TLS, "Null": {"aws:SourceVpc": "false"}}),
            allow(Condition=TLS),
            id="one operator less",
        ),
        pytest.param(
            allow(Effect="Deny"), allow(Effect="Deny", Condition=TLS), id="a denial with an if"
        ),
        pytest.param(
            allow(Effect="Deny", Action=[READ, LIST]), allow(Effect="Deny"), id="a denial of less"
        ),
        pytest.param(allow(Effect="Deny"), allow(), id="a denial turned round"),
    ],
)
def test_what_is_loosened_widens(before: Statement, after: Statement) -> None:
    assert change(before, after)


def test_a_denial_is_new_until_it_was_there() -> None:
    denial = allow(Effect="Deny", Sid="No")
    (found,) = newly_denied(document(allow()), document(allow(), denial))
    assert (found.principals, found.actions) == ((ROLE,), (READ,))
    assert newly_denied(document(denial), document({**denial, "Sid": "Other"})) == ()
    assert len(newly_denied(None, document(denial))) == 1


@pytest.mark.parametrize("element", ["NotPrincipal", "NotAction", "NotResource"])
def test_an_inverted_statement_widens_unless_it_was_there(element: str) -> None:
    plain = element.removeprefix("Not")
    statement = {key: value for key, value in allow().items() if key != plain}
    statement[element] = allow()[plain]
    assert change(allow(Principal="*", Action="*", Resource="*"), statement)
    assert change(statement, statement) == ()


# --- the property: nothing that becomes allowed goes unmentioned

_ACTIONS = (READ, LIST, CREATE, "sagemaker:*", "sagemaker:List*")
_RESOURCES = (GROUP, PACKAGES, VERSION, "*")
_NAMES = (ROLE, ROOT, STRANGER, "*")


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    def some(of: tuple[str, ...]) -> list[str]:
        return draw(st.lists(st.sampled_from(of), min_size=1, max_size=2))

    made = allow(
        Effect=draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        Principal={"AWS": some(_NAMES)},
        Action=some(_ACTIONS),
        Resource=some(_RESOURCES),
    )
    return {**made, "Condition": TLS} if draw(st.booleans()) else made


DOCUMENTS = st.lists(statements(), max_size=3).map(lambda each: document(*each))


@given(DOCUMENTS, DOCUMENTS)
def test_what_becomes_allowed_is_always_a_widening(
    before: PolicyDocument, after: PolicyDocument
) -> None:
    yes = {Result.ALLOWED, Result.RESOURCE_SIDE_OK_NEEDS_IDENTITY, Result.UNKNOWN}
    if widened(before, after):
        return
    for action in (READ, LIST, CREATE):
        for resource in (GROUP, VERSION):
            need = Need(Store.GROUP, GROUP, "111111111111", action, resource)
            for principal in (ROLE, STRANGER):
                old, new = (
                    evaluate(need, Asker(principal), Evidence({GROUP: each})).result
                    for each in (before, after)
                )
                assert new not in yes or old in yes, (action, resource, principal)
