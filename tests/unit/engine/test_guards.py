"""Every guard: what it refuses, what it lets through, and that it says why and how to go on."""

from __future__ import annotations

import pytest
from builders import (
    OWNER,
    TRAINING,
    Doc,
    environment,
    fragment,
    group,
    inference,
    rich,
    version,
    without,
)
from fake_kind import Thing, World, plan_things, thing
from live import Lab

from reconciler.core.plan import Plan, Refusal
from reconciler.engine import guards
from reconciler.engine.guards import Limits
from reconciler.engine.plan import Planned
from reconciler.engine.selection import Selection

SPEC = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}


def guarded(planned: Planned) -> list[str]:
    for refusal in planned.plan.refusals:
        assert refusal.what
        assert refusal.why
        assert refusal.fix
    return [each.guard for each in planned.plan.refusals]


def only(plan: Plan) -> Refusal:
    (refusal,) = plan.refusals
    return refusal


def test_this_file_knows_every_guard() -> None:
    assert [guard.__name__ for guard in guards.GUARDS] == [
        "empty_manifest_set",
        "misspelt_selection",
        "noted",
        "immutable_edit",
        "missing_dependency",
        "incomplete_handover",
        "too_many_changes",
    ]


# --- empty sets


def test_a_folder_without_manifests_is_refused() -> None:
    assert guarded(plan_things(World(), is_empty=True)) == ["empty-manifest-set"]


def test_manifests_that_declare_no_resource_are_not_refused(lab: Lab) -> None:
    assert guarded(lab.plan([environment(), fragment()])) == []


def test_a_selection_that_matches_nothing_is_refused() -> None:
    planned = plan_things(World(), thing("a"), selection=Selection(names=("b",)))
    assert guarded(planned) == ["empty-selection"]
    assert "1 declared" in only(planned.plan).what


def test_a_selection_that_matches_something_is_not_refused() -> None:
    planned = plan_things(World(), thing("a"), thing("b"), selection=Selection(names=("a",)))
    assert guarded(planned) == []


@pytest.mark.parametrize(
    ("selection", "option", "right"),
    [
        (Selection(environments=("regstry", "registry")), "--environment regstry", "registry"),
        (Selection(kinds=("Model*", "KeyGrant")), "--kind KeyGrant", "KeyGrants"),
        (Selection(names=("churn*", "chrun-v1")), "--name chrun-v1", "churn-v1"),
        (
            Selection(paths=("manifests/*", "manifests/al.yaml")),
            "--path manifests/al.yaml",
            "manifests/all.yaml",
        ),
        (Selection(exclude=("chrun-v1",)), "--exclude chrun-v1", "churn-v1"),
        (
            Selection(exclude=("ModelPackage/chrun-v1",)),
            "--exclude ModelPackage/chrun-v1",
            "ModelPackage/churn-v1",
        ),
    ],
)
def test_one_misspelt_name_among_others_is_refused(
    lab: Lab, selection: Selection, option: str, right: str
) -> None:
    refusal = only(lab.plan([environment(), group(), version()], selection=selection).plan)
    assert refusal.guard == "misspelt-selection"
    assert refusal.what == f"{option} matches nothing that is declared"
    assert refusal.fix == f"did you mean '{right}'?"


@pytest.mark.parametrize(
    "selection",
    [
        Selection(environments=("registry", "staging-*")),
        Selection(environments=("registry", "training")),
        Selection(kinds=("ModelPackage", "KeyGrants")),
        Selection(exclude=("experiment-*", "ModelPackage/churn-v1")),
    ],
)
def test_a_glob_an_empty_environment_and_a_kind_without_resources_are_not_misspelt(
    lab: Lab, selection: Selection
) -> None:
    documents = [environment(), environment("training", TRAINING), group(), version()]
    lab.settle(documents)
    assert guarded(lab.plan(documents, selection=selection)) == []


# --- owners


def test_a_foreign_owner_is_refused_by_name(lab: Lab) -> None:
    lab.settle([environment(owner="other/team"), group()])
    refusal = only(lab.plan([environment(), group()]).plan)
    assert refusal.guard == "foreign-owner"
    assert "other/team" in refusal.what
    assert OWNER in refusal.what
    assert "takeOwnershipFrom: other/team" in refusal.fix


def test_taking_ownership_from_the_present_owner_is_let_through(lab: Lab) -> None:
    lab.settle([environment(owner="other/team"), group()])
    assert guarded(lab.plan([environment(), group(takeOwnershipFrom="other/team")])) == []


def test_a_resource_without_owner_is_adopted_not_refused(lab: Lab) -> None:
    lab.boto().create_model_package_group(ModelPackageGroupName="churn")
    assert guarded(lab.plan([environment(), group()])) == []


# --- identities


def test_two_live_versions_with_one_identity_are_refused_by_both_names(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1")])
    copied = {"reconciler/owner": OWNER, "reconciler/name": "churn-v1"}
    lab.boto().create_model_package(
        ModelPackageGroupName="churn",
        InferenceSpecification=SPEC,
        CustomerMetadataProperties=copied,
    )
    refusal = only(lab.plan([environment(), group(), version("churn-v1")]).plan)
    assert refusal.guard == "duplicate-identity"
    assert "model-package/churn/1" in refusal.what
    assert "model-package/churn/2" in refusal.what


def test_adopting_a_version_whose_name_another_one_carries_is_refused(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1")])
    lab.boto().create_model_package(ModelPackageGroupName="churn", InferenceSpecification=SPEC)
    documents = [environment(), group(), version("churn-v1", version=2)]
    assert guarded(lab.plan(documents)) == ["duplicate-identity"]


def test_two_manifests_that_mean_one_version_are_both_refused(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1")])
    documents = [environment(), group(), version("churn-v1"), version("other", version=1)]
    assert guarded(lab.plan(documents)) == ["duplicate-identity"] * 2


def test_a_version_is_not_adopted_from_a_manifest_that_was_not_selected(lab: Lab) -> None:
    lab.settle([environment(), group(), version("churn-v1")])
    documents = [environment(), group(), version("churn-v1"), version("other", version=1)]
    planned = lab.plan(documents, selection=Selection(names=("other",)))
    assert guarded(planned) == ["duplicate-identity"]
    assert "churn-v1" in only(planned.plan).what
    assert not planned.plan.changes
    left = without(documents, "churn-v1")
    assert guarded(lab.plan(left, selection=Selection(names=("other",)))) == []


def test_a_version_is_not_adopted_from_a_manifest_of_another_environment(lab: Lab) -> None:
    twin = environment("twin", owner="acme/twins")
    lab.settle([environment(), group(), version("churn-v1")])
    thief = version(
        "churn-v1",
        {"environment": "registry", "name": "churn"},
        environment="twin",
        version=1,
        takeOwnershipFrom=OWNER,
    )
    documents = [environment(), twin, group(), version("churn-v1"), thief]
    everything = lab.plan(documents)
    assert guarded(everything) == ["duplicate-identity"]
    assert "registry" in only(everything.plan).what
    selected = lab.plan(documents, selection=Selection(environments=("twin",)))
    assert guarded(selected) == ["duplicate-identity"]


# --- immutable edits


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("churn-v1", "churn-v2"), ("churn-v09", "churn-v10"), ("churn", "churn-2"), ("v9", "v10")],
)
def test_an_immutable_edit_is_refused_with_the_name_of_a_new_version(
    lab: Lab, name: str, suggested: str
) -> None:
    lab.settle([environment(), group(), version(name)])
    edited = version(name, inferenceSpecification=inference({"image": "other"}))
    refusal = only(lab.plan([environment(), group(), edited]).plan)
    assert refusal.guard == "immutable-edit"
    assert f"metadata: {{name: {suggested}}}" in refusal.fix


def test_an_immutable_edit_in_a_fragment_is_cited_where_it_was_written(lab: Lab) -> None:
    def documents(content: str) -> list[Doc]:
        return [
            environment(),
            fragment("shared", supportedContentTypes=[content]),
            group(),
            version(inferenceSpecification={"ref": "shared"}),
        ]

    lab.settle(documents("text/csv"))
    refusal = only(lab.plan(documents("application/json")).plan)
    assert refusal.where is not None
    lines = (18, 60)  # the fragment is the second document, the version the fourth
    assert lines[0] < refusal.where.line < lines[1]


def test_a_mutable_edit_is_let_through(lab: Lab) -> None:
    lab.settle([environment(), group(), version()])
    edited = version(customerMetadataProperties={"team": "growth"})
    assert guarded(lab.plan([environment(), group(), edited])) == []


# --- approvals


@pytest.mark.parametrize(
    ("git", "drift", "guard"),
    [
        ("Approved", "fail", ["approval-drift"]),
        ("Approved", "report", []),
        ("Approved", "revert", []),
        ("PendingManualApproval", "report", ["approval-conflict"]),
        ("PendingManualApproval", "fail", ["approval-conflict"]),
        ("PendingManualApproval", "revert", []),
        ("Rejected", "fail", []),
    ],
)
def test_a_decision_outside_git_is_judged_as_the_environment_says(
    lab: Lab, git: str, drift: str, guard: list[str]
) -> None:
    base = [environment(approvals={"onDrift": drift}), group()]
    report = lab.settle([*base, version(approval={"status": "Approved"})])
    arn = report.outcomes[-1].arn
    lab.boto().update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert guarded(lab.plan([*base, version(approval={"status": git})])) == guard


# --- dependencies


def test_creating_a_version_without_its_group_in_the_selection_is_refused(lab: Lab) -> None:
    selection = Selection(kinds=("ModelPackage",))
    documents = [environment(), group(), version()]
    refusal = only(lab.plan(documents, selection=selection).plan)
    assert refusal.guard == "missing-dependency"
    assert "ModelPackageGroup registry/churn" in refusal.what


def test_creating_a_version_in_a_group_that_is_live_is_let_through(lab: Lab) -> None:
    lab.settle([environment(), group()])
    selection = Selection(kinds=("ModelPackage",))
    assert guarded(lab.plan([environment(), group(), version()], selection=selection)) == []


# --- how much may change


def things(count: int, edited: int) -> Planned:
    world = World({str(n): Thing("old" if n < edited else "new") for n in range(count)})
    return plan_things(world, *(thing(str(n)) for n in range(count)))


@pytest.mark.parametrize(
    ("count", "edited", "refused"),
    [(9, 9, False), (10, 3, False), (10, 4, True), (20, 6, False), (20, 7, True)],
)
def test_a_share_of_what_exists_may_change_where_there_is_enough_to_judge(
    count: int, edited: int, *, refused: bool
) -> None:
    assert guarded(things(count, edited)) == ["too-many-changes"] * refused


def test_new_resources_do_not_count_as_changes() -> None:
    assert guarded(plan_things(World(), *(thing(str(n)) for n in range(30)))) == []


def test_the_command_line_replaces_the_limits() -> None:
    world = World({str(n): Thing("old") for n in range(12)})
    wanted = [thing(str(n)) for n in range(12)]
    assert guarded(plan_things(world, *wanted)) == ["too-many-changes"]
    assert "--max-changes 12" in only(plan_things(world, *wanted).plan).fix
    assert guarded(plan_things(world, *wanted, limits=Limits(max_changes=12))) == []
    refused = plan_things(world, *wanted, limits=Limits(max_changes=11))
    assert guarded(refused) == ["too-many-changes"]
    assert "--max-changes allows 11" in only(refused.plan).what


@pytest.mark.parametrize(("most", "refused"), [(0, True), (1, False)])
def test_an_environment_may_limit_the_number_of_changes(
    lab: Lab, most: int, *, refused: bool
) -> None:
    lab.settle([environment(), group()])
    documents = [environment(guards={"maxChanges": most}), group(tags={"a": "b"})]
    plan = lab.plan(documents)
    assert guarded(plan) == ["too-many-changes"] * refused
    if refused:
        assert "guards.maxChanges" in only(plan.plan).what


def test_an_environment_may_limit_the_share_of_changes(lab: Lab) -> None:
    groups = [group(f"g{n}") for n in range(10)]
    lab.settle([environment(), *groups])
    edited = [group(f"g{n}", tags={"a": "b"}) for n in range(10)]
    strict, lenient = (environment(guards={"maxChangePercent": most}) for most in (99, 100))
    assert guarded(lab.plan([strict, *edited])) == ["too-many-changes"]
    assert guarded(lab.plan([lenient, *edited])) == []


def test_all_guards_are_evaluated_in_apply_too_before_the_first_write(lab: Lab) -> None:
    lab.settle(rich())
    documents = rich()
    documents[6]["spec"]["domain"] = "MACHINE_LEARNING"
    documents.append(group("new"))
    lab.forget_calls()
    report = lab.apply(documents)
    assert [each.guard for each in report.plan.refusals] == ["immutable-edit"]
    assert lab.writes() == []
