"""RAM shares: one for each discoverable manifest, found by name and tags, never guessed at."""

from __future__ import annotations

import pytest
from builders import (
    OWNER,
    REGION,
    REGISTRY,
    TRAINING,
    Doc,
    environment,
    group,
    manifest,
    workspace,
)
from ram_fake import FakeRam

from reconciler.aws.api import FaultKind
from reconciler.core.plan import Action, Level, Verb
from reconciler.core.resources import Desired, Found, Reading
from reconciler.kinds.base import IncompleteWriteError, Stamp
from reconciler.kinds.policies.intent import ShareIntent
from reconciler.kinds.policies.resource_share import ResourceShareHandler

CONSUMER = "333333333333"
CHURN, FRAUD = (
    f"arn:aws:sagemaker:{REGION}:{REGISTRY}:model-package-group/{name}"
    for name in ("churn", "fraud")
)
STRANGER = "777777777777"
NAME = "reconciler-consumers"
OURS = {"reconciler/owner": OWNER, "reconciler/name": "registry/consumers"}
HANDLER = ResourceShareHandler()


def policy(*principals: str, name: str = "consumers", **spec: object) -> Doc:
    own: Doc = {
        "environment": "registry",
        "modelPackageGroups": ["churn"],
        "grants": [{"principals": list(principals) or [CONSUMER], "access": ["discover"]}],
        "discoverable": True,
    }
    return manifest("CrossAccountPolicy", name, own | spec)


def desire(*policies: Doc) -> list[Desired[ShareIntent]]:
    found, problems = HANDLER.desire(workspace([environment(), group(), group("fraud"), *policies]))
    assert not problems
    return found


def plan(ram: FakeRam, *policies: Doc) -> list[Action]:
    desired = desire(*policies)
    reader = HANDLER.reader(ram, desired[0].environment)
    return HANDLER.propose(desired, reader.read_all(desired))


def apply(ram: FakeRam, *policies: Doc) -> list[Action]:
    """Write what is proposed, and require that nothing is left to do afterwards."""
    desired = desire(*policies)
    reader = HANDLER.reader(ram, desired[0].environment)
    actions = HANDLER.propose(desired, reader.read_all(desired))
    by_key = {each.key: each for each in desired}
    for action in actions:
        if action.writes:
            found = reader.read_again(by_key[action.key], action.arn)
            live = found.live if isinstance(found, Found) else None
            HANDLER.write(ram, action, by_key[action.key], live, Stamp("c0ffee"))
    assert not [each for each in plan(ram, *policies) if each.writes or each.notes_of(Level.ERROR)]
    return actions


def codes(action: Action) -> list[str]:
    return [note.code for note in action.notes]


# --- create, change, take away


def test_a_share_is_created_with_its_groups_accounts_and_tags() -> None:
    ram = FakeRam()
    roots = policy(f"arn:aws:iam::{CONSUMER}:root", CONSUMER, TRAINING)
    (action,) = apply(ram, roots)
    assert action.verb is Verb.CREATE
    assert [each.path for each in action.changes] == [
        f"Resource.{CHURN}",
        f"Principal.{TRAINING}",
        f"Principal.{CONSUMER}",
    ]
    (share,) = ram.shares
    assert share.name == NAME
    assert share.tags == OURS | {"reconciler/commit": "c0ffee"}
    assert (list(share.principals), list(share.resources)) == ([TRAINING, CONSUMER], [CHURN])
    (request,) = [given for name, given in ram.calls if name == "CreateResourceShare"]
    assert "permissionArns" not in request


def test_a_second_run_writes_nothing() -> None:
    ram = FakeRam()
    apply(ram, policy())
    ram.calls.clear()
    (action,) = apply(ram, policy())
    assert action.verb is Verb.NONE
    assert not ram.written()


def test_a_retry_after_a_lost_answer_makes_no_second_share() -> None:
    ram = FakeRam()
    apply(ram, policy())
    (created,) = [given for name, given in ram.calls if name == "CreateResourceShare"]
    ram.call(desire(policy())[0].environment, "ram", "CreateResourceShare", created)
    assert len(ram.shares) == 1


def test_a_share_that_was_deleted_is_made_anew_although_its_token_is_remembered() -> None:
    ram = FakeRam()
    apply(ram, policy())
    apply(ram, policy(ensure="absent"))
    (action,) = apply(ram, policy())
    assert action.verb is Verb.CREATE
    assert [each.status for each in ram.shares] == ["DELETED", "ACTIVE"]


def test_accounts_and_groups_come_and_go() -> None:
    ram = FakeRam()
    apply(ram, policy(CONSUMER))
    ram.calls.clear()
    (action,) = apply(ram, policy(TRAINING, modelPackageGroups=["fraud"]))
    assert action.verb is Verb.UPDATE
    assert ram.written() == ["AssociateResourceShare", "DisassociateResourceShare"]
    (share,) = ram.shares
    assert share.principals == {CONSUMER: "DISASSOCIATED", TRAINING: "ASSOCIATED"}
    assert share.resources == {CHURN: "DISASSOCIATED", FRAUD: "ASSOCIATED"}


@pytest.mark.parametrize("gone", [{"ensure": "absent"}, {"discoverable": False}])
def test_a_share_is_deleted_when_its_manifest_says_so(gone: Doc) -> None:
    ram = FakeRam()
    apply(ram, policy())
    (action,) = apply(ram, policy(**gone))
    assert action.verb is Verb.DELETE
    assert ram.shares[0].status == "DELETED"
    assert plan(ram, policy(**gone)) == []


def test_a_failed_association_is_shown_and_tried_again() -> None:
    ram = FakeRam()
    apply(ram, policy())
    ram.shares[0].principals[CONSUMER] = "FAILED"
    (action,) = plan(ram, policy())
    (change,) = action.changes
    assert (change.path, change.before) == (f"Principal.{CONSUMER}", "failed")
    apply(ram, policy())
    assert ram.shares[0].principals[CONSUMER] == "ASSOCIATED"


# --- waiting


def test_an_account_that_has_to_accept_is_named_and_not_waited_for() -> None:
    ram = FakeRam()
    apply(ram, policy())
    ram.shares[0].external = True
    ram.shares[0].principals[CONSUMER] = "ASSOCIATING"
    (action,) = plan(ram, policy())
    assert (action.verb, action.waits_for) == (Verb.NONE, None)
    assert f"account {CONSUMER} has to accept" in action.notes[0].text
    assert action.notes[0].level is Level.INFO


def test_a_group_that_is_being_associated_is_waited_for() -> None:
    ram = FakeRam()
    apply(ram, policy())
    ram.shares[0].resources[CHURN] = "ASSOCIATING"
    assert plan(ram, policy())[0].waits_for == "InProgress"


def test_a_share_that_failed_blocks() -> None:
    ram = FakeRam()
    ram.add(NAME, tags=OURS, status="FAILED")
    (action,) = plan(ram, policy())
    assert (action.verb, codes(action)) == (Verb.BLOCKED, ["failed"])


# --- other people's


@pytest.mark.parametrize("tags", [{}, {"reconciler/owner": "acme/other"}])
def test_a_share_of_the_same_name_that_is_not_ours_refuses(tags: dict[str, str]) -> None:
    ram = FakeRam()
    ram.add(NAME, tags=tags)
    (action,) = plan(ram, policy())
    assert action.verb is Verb.BLOCKED
    assert [note.refuses for note in action.notes] == [True]
    assert plan(ram, policy(discoverable=False)) == []


def test_another_environments_share_of_the_same_name_is_neither_ours_nor_in_the_way() -> None:
    ram = FakeRam()
    ram.add(NAME, tags=OURS | {"reconciler/name": "other/consumers"})
    assert apply(ram, policy())[0].verb is Verb.CREATE


def test_two_shares_of_one_manifest_are_named() -> None:
    ram = FakeRam()
    arns = [ram.add(NAME, tags=OURS).arn for _ in range(2)]
    (action,) = plan(ram, policy())
    assert codes(action) == ["ambiguous"]
    assert all(arn in action.notes[0].text for arn in arns)


def test_a_share_whose_manifest_has_vanished_is_reported_and_kept() -> None:
    ram = FakeRam()
    orphan = ram.add("reconciler-old", tags=OURS | {"reconciler/name": "registry/old"})
    ram.add("somebody-elses")
    desired = desire(policy())
    reading = HANDLER.reader(ram, desired[0].environment).read_all(desired)
    assert [each.arn for each in reading.unmanaged] == [orphan.arn]
    apply(ram, policy())
    assert orphan.status == "ACTIVE"


def test_a_share_whose_manifest_has_vanished_is_a_warning() -> None:
    ram = FakeRam()
    orphan = ram.add("reconciler-old", tags=OURS | {"reconciler/name": "registry/old"})
    ram.add("somebody-elses")
    found = [each for each in plan(ram, policy()) if each.verb is Verb.NONE]
    (note,) = [note for each in found for note in each.notes if note.level is Level.WARNING]
    assert (note.code, orphan.arn in note.text) == ("orphaned-share", True)
    assert "ensure: absent" in note.fix


def test_without_any_policy_manifest_no_share_is_looked_at() -> None:
    assert desire() == []


@pytest.mark.parametrize(("said", "level"), [(True, Level.WARNING), (False, Level.INFO)])
def test_a_promoted_share_that_discoverable_leaves_behind_is_told(
    level: Level, *, said: bool
) -> None:
    ram = FakeRam()
    arn = from_policy(ram, CONSUMER)
    apply(ram, policy())
    off = policy(discoverable=False)
    if not said:
        del off["spec"]["discoverable"]
    (action,) = plan(ram, off)
    (note,) = action.notes
    assert (action.verb, note.level, note.code) == (Verb.NONE, level, "still-shared")
    assert arn in note.text
    assert "AWS RAM" in note.fix


def test_a_share_of_a_policy_that_was_never_promoted_shows_nothing_to_anybody() -> None:
    ram = FakeRam()
    from_policy(ram, CONSUMER)
    assert plan(ram, policy(discoverable=False)) == []


def test_what_somebody_else_shares_already_is_not_shared_twice() -> None:
    ram = FakeRam()
    ram.add("by-hand", resources={CHURN: "ASSOCIATED"}, principals={CONSUMER: "ASSOCIATED"})
    (action,) = apply(ram, policy())
    assert (action.verb, codes(action)) == (Verb.NONE, ["shared-elsewhere"])
    (more,) = plan(ram, policy(CONSUMER, TRAINING))
    assert more.verb is Verb.CREATE


# --- what RAM makes of a policy


def from_policy(ram: FakeRam, *principals: str, group_arn: str = CHURN) -> str:
    share = ram.add(
        "made-by-ram",
        feature_set="CREATED_FROM_POLICY",
        resources={group_arn: "ASSOCIATED"},
        principals=dict.fromkeys(principals, "ASSOCIATED"),
    )
    return share.arn


def test_what_ram_made_of_the_policy_is_promoted_instead_of_a_second_share() -> None:
    ram = FakeRam()
    arn = from_policy(ram, CONSUMER)
    (action,) = apply(ram, policy())
    (change,) = action.changes
    assert (action.verb, action.arn) == (Verb.UPDATE, arn)
    assert (change.path, change.before, change.after) == (
        f"Promotion.{CHURN}",
        {"FeatureSet": "CREATED_FROM_POLICY", "Principals": [CONSUMER]},
        {"FeatureSet": "STANDARD", "Principals": [CONSUMER]},
    )
    assert codes(action) == ["promotes-share", "widens-access"]
    assert ram.written() == [
        "PromotePermissionCreatedFromPolicy",
        "PromoteResourceShareCreatedFromPolicy",
    ]


def test_only_the_groups_that_ram_did_not_share_get_a_share_of_ours() -> None:
    ram = FakeRam()
    from_policy(ram, CONSUMER)
    (action,) = apply(ram, policy(modelPackageGroups=["churn", "fraud"]))
    assert action.verb is Verb.CREATE
    assert list(ram.shares[1].resources) == [FRAUD]


def test_a_policy_that_names_roles_cannot_be_promoted() -> None:
    ram = FakeRam()
    from_policy(ram, CONSUMER, f"arn:aws:iam::{TRAINING}:role/reader")
    (action,) = plan(ram, policy())
    assert (action.verb, codes(action)) == (Verb.BLOCKED, ["promotion-impossible"])
    assert action.notes[0].refuses


def test_a_promotion_shows_and_digests_everybody_whom_the_policy_names() -> None:
    """Two manifests contribute to the policy; one of them is what asks for the promotion."""
    other = policy(TRAINING, name="other", discoverable=False)
    ram = FakeRam()
    from_policy(ram, CONSUMER)
    alone = next(each for each in plan(ram, policy(), other) if each.writes)
    ram = FakeRam()
    from_policy(ram, CONSUMER, TRAINING)
    both = next(each for each in plan(ram, policy(), other) if each.writes)
    assert alone.digest != both.digest
    assert isinstance(both.changes[0].after, dict)
    assert both.changes[0].after["Principals"] == [TRAINING, CONSUMER]
    for code in ("promotes-share", "widens-access"):
        (note,) = [each for each in both.notes if each.code == code]
        assert TRAINING in note.text
        assert CONSUMER in note.text


def test_a_promotion_that_would_show_a_group_to_somebody_no_manifest_names_is_blocked() -> None:
    """Naming them for another group is not naming them for this one."""
    ram = FakeRam()
    from_policy(ram, CONSUMER, TRAINING, f"arn:aws:iam::{STRANGER}:root")
    other = policy(TRAINING, STRANGER, name="other", modelPackageGroups=["fraud"])
    action = plan(ram, policy(), other)[0]
    assert (action.verb, codes(action)) == (Verb.BLOCKED, ["promotion-shows-others"])
    (note,) = action.notes
    assert TRAINING in note.text
    assert STRANGER in note.text
    assert CONSUMER not in note.text
    assert "name them in the grants" in note.fix
    assert not note.refuses, "what takes them out of the policy may be in the same plan"


def test_a_share_that_ram_makes_in_the_middle_of_a_run_does_not_change_the_plan() -> None:
    ram = FakeRam()
    desired = desire(policy())
    reader = HANDLER.reader(ram, desired[0].environment)
    (planned,) = HANDLER.propose(desired, reader.read_all(desired))
    from_policy(ram, CONSUMER)
    reading = Reading({desired[0].key: reader.read_again(desired[0], None)})
    assert HANDLER.propose(desired[:1], reading)[0].digest == planned.digest
    (anew,) = plan(ram, policy())
    assert anew.changes[0].path == f"Promotion.{CHURN}"


# --- what may not be read


def test_shares_that_may_not_be_read_are_unknown() -> None:
    ram = FakeRam(fail={"GetResourceShares": FaultKind.DENIED})
    assert codes(plan(ram, policy())[0]) == ["unknown"]
    assert codes(plan(ram, policy(discoverable=False))[0]) == ["unknown"]


def test_a_share_that_was_never_asked_for_is_no_reason_to_fail() -> None:
    ram = FakeRam(fail={"GetResourceShares": FaultKind.DENIED})
    silent = policy()
    del silent["spec"]["discoverable"]
    for action in plan(ram, silent):
        assert (action.verb, codes(action)) == (Verb.NONE, ["share-not-read"])


def test_a_fault_after_something_was_written_says_so() -> None:
    ram = FakeRam()
    apply(ram, policy(CONSUMER))
    ram.fail = {"DisassociateResourceShare": FaultKind.DENIED}
    with pytest.raises(IncompleteWriteError) as caught:
        apply(ram, policy(TRAINING))
    assert caught.value.partial.arn == ram.shares[0].arn


def test_reading_takes_three_calls_however_many_manifests_there_are() -> None:
    ram = FakeRam()
    many = [policy(name=f"consumers-{number}") for number in range(9)]
    apply(ram, *many)
    ram.calls.clear()
    plan(ram, *many)
    assert len(ram.calls) == 3


def test_every_operation_that_is_called_is_declared() -> None:
    ram = FakeRam()
    from_policy(ram, CONSUMER)
    both = ["churn", "fraud"]
    apply(ram, policy(modelPackageGroups=both))
    apply(ram, policy(TRAINING, modelPackageGroups=["fraud"]))
    apply(ram, policy(ensure="absent"))
    called = {f"ram:{name}" for name, _ in ram.calls}
    assert called <= HANDLER.reads | HANDLER.writes
    # Tags go with the creation, which asks for this permission too.
    assert HANDLER.reads | HANDLER.writes - called == HANDLER.reads | {"ram:TagResource"}
