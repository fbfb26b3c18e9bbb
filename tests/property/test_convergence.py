"""Promise 2 over random histories: apply, plan again is empty, apply again writes nothing.

A history is a sequence of edits in Git and of other people's work in AWS. After every step the
manifests are applied, and everything that was never declared is compared with how it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from builders import REGISTRY, Doc, environment, fragment, group, profile, version
from builders import unversioned as an_unversioned
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from live import Lab, assert_converged, lab_with
from strategies import (
    FOREIGN_KEYS,
    PHRASES,
    STATUSES,
    approvals,
    cards,
    extras,
    inferences,
    keyed_with_nulls,
    lifecycles,
    payloads,
)

from reconciler.core.data import canonical
from reconciler.sandbox.calls import Call
from reconciler.sandbox.errors import throttled
from reconciler.sandbox.faults import Faults

STEPS = 7
INDEX = st.integers(0, 100)
SPEC = {"Containers": [{"Image": "registry.example.org/theirs:1"}]}


class History(RuleBasedStateMachine):
    """Git, AWS, and what in AWS is none of our business."""

    lab: ClassVar[Lab]
    trouble: ClassVar[Callable[[Faults], None]]  # what AWS does to our calls, not to others'

    def __init__(self) -> None:
        super().__init__()
        self.lab.server.clear()
        self.count = 0
        self.documents: list[Doc] = []
        self.theirs: dict[str, dict[str, str]] = {}  # keys by ARN that others set
        self.left_alone: dict[str, Any] = {}  # full records by ARN that must not change

    # --- what there is

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}-{self.count}"

    def of(self, kind: str, member: str = "environment") -> list[Doc]:
        return [each for each in self.documents if each["kind"] == kind and member in each["spec"]]

    def one(self, documents: list[Doc], index: int) -> Doc:
        return documents[index % len(documents)]

    def arn_of(self, document: Doc) -> str:
        """Return the live resource of a manifest, as everybody can find it."""
        name = document["metadata"]["name"]
        for arn, record in self.lab.live(REGISTRY)[REGISTRY].items():
            keys = record.get("CustomerMetadataProperties", {}) | record.get("Tags", {})
            if keys.get("reconciler/name") == name or record.get("ModelPackageGroupName") == name:
                return str(arn)
        raise AssertionError(f"{name} is not live")

    # --- Git

    @initialize(tags=keyed_with_nulls, specification=inferences)
    def first_commit(self, tags: Doc, specification: Doc) -> None:
        self.documents = [
            environment(guards={"maxChangePercent": 100}, approvals={"onDrift": "revert"}),
            fragment("shared", **specification),
            profile(),
            group("group-0", tags=tags),
        ]

    @rule(tags=keyed_with_nulls, description=PHRASES)
    def add_group(self, tags: Doc, description: str) -> None:
        name = self.name("group")
        self.documents.append(group(name, tags=tags, modelPackageGroupDescription=description))

    @rule(index=INDEX, payload=payloads(["shared"]), extra=extras)
    def add_version(self, index: int, payload: Doc, extra: Doc) -> None:
        in_group = self.one(self.of("ModelPackageGroup"), index)["metadata"]["name"]
        self.documents.append(version(self.name("version"), in_group, **payload, **extra))

    @rule(tags=keyed_with_nulls)
    def add_unversioned(self, tags: Doc) -> None:
        self.documents.append(an_unversioned(self.name("package"), tags=tags))

    @precondition(lambda self: self.of("ModelPackage", "modelPackageGroup"))
    @rule(index=INDEX, edit=st.data())
    def edit_version(self, index: int, edit: st.DataObject) -> None:
        spec = self.one(self.of("ModelPackage", "modelPackageGroup"), index)["spec"]
        member, values = edit.draw(
            st.sampled_from(
                [
                    ("customerMetadataProperties", keyed_with_nulls),
                    ("approval", approvals),
                    ("modelCard", cards),
                    ("modelLifeCycle", lifecycles),
                    ("modelPackageRegistrationType", st.sampled_from(["Logged", "Registered"])),
                ]
            )
        )
        spec[member] = edit.draw(values)

    @precondition(lambda self: self.of("ModelPackage", "modelPackageGroup"))
    @rule(index=INDEX, specification=inferences)
    def add_specification(self, index: int, specification: Doc) -> None:
        spec = self.one(self.of("ModelPackage", "modelPackageGroup"), index)["spec"]
        present = spec.setdefault("additionalInferenceSpecifications", [])
        if len(present) < 3:
            present.append({"name": self.name("spec")} | specification)

    @rule(index=INDEX, tags=keyed_with_nulls)
    def edit_tags(self, index: int, tags: Doc) -> None:
        tagged = self.of("ModelPackageGroup") + self.of("ModelPackage", "modelPackageName")
        self.one(tagged, index)["spec"]["tags"] = tags

    @precondition(lambda self: self.of("ModelPackage"))
    @rule(index=INDEX)
    def remove_manifest(self, index: int) -> None:
        gone = self.one(self.of("ModelPackage"), index)
        arn = self.arn_of(gone)
        self.left_alone[arn] = self.lab.live(REGISTRY)[REGISTRY][arn]
        self.documents.remove(gone)

    @precondition(lambda self: self.of("ModelPackage", "approval"))
    @rule(index=INDEX)
    def remove_a_member(self, index: int) -> None:
        del self.one(self.of("ModelPackage", "approval"), index)["spec"]["approval"]

    # --- other people

    @rule(index=INDEX, status=STATUSES, adopt=st.none() | keyed_with_nulls)
    def somebody_registers_a_version(self, index: int, status: str, adopt: Doc | None) -> None:
        in_group = self.one(self.of("ModelPackageGroup"), index)["metadata"]["name"]
        arn = self.lab.boto().create_model_package(
            ModelPackageGroupName=in_group,
            InferenceSpecification=SPEC,
            ModelApprovalStatus=status,
            CustomerMetadataProperties={"studio": "theirs"},
        )["ModelPackageArn"]
        if adopt is None:
            self.left_alone[arn] = self.lab.live(REGISTRY)[REGISTRY][arn]
            return
        number = int(arn.rpartition("/")[2])
        spec = {"version": number, "customerMetadataProperties": adopt}
        self.documents.append(version(self.name("adopted"), in_group, **spec))
        self.theirs[arn] = {"studio": "theirs"}

    @rule(index=INDEX, key=FOREIGN_KEYS, value=PHRASES)
    def somebody_adds_a_key(self, index: int, key: str, value: str) -> None:
        document = self.one(self.of("ModelPackageGroup") + self.of("ModelPackage"), index)
        arn = self.arn_of(document)
        if "modelPackageGroup" in document["spec"]:
            self.lab.boto().update_model_package(
                ModelPackageArn=arn, CustomerMetadataProperties={key: value}
            )
        else:
            self.lab.boto().add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": value}])
        self.theirs.setdefault(arn, {})[key] = value

    @precondition(lambda self: self.of("ModelPackage", "modelPackageGroup"))
    @rule(index=INDEX, status=STATUSES, value=PHRASES)
    def somebody_changes_what_we_declare(self, index: int, status: str, value: str) -> None:
        document = self.one(self.of("ModelPackage", "modelPackageGroup"), index)
        declared = document["spec"].get("customerMetadataProperties", {})
        self.lab.boto().update_model_package(
            ModelPackageArn=self.arn_of(document),
            ModelApprovalStatus=status,
            CustomerMetadataProperties=dict.fromkeys(declared, value) | {"studio": "x"},
            ModelLifeCycle={"Stage": "Theirs", "StageStatus": "Done"},
        )
        self.theirs.setdefault(self.arn_of(document), {})["studio"] = "x"

    # --- what must hold

    @invariant()
    def applying_converges(self) -> None:
        if not self.documents:
            return
        type(self).trouble(self.lab.server.faults)
        self.lab.settle(self.documents)
        assert_converged(self.lab, self.documents, between=self.lab.server.faults.clear)

    @invariant()
    def other_peoples_work_is_as_they_left_it(self) -> None:
        if not self.left_alone and not self.theirs:
            return
        live = self.lab.live(REGISTRY)[REGISTRY]
        for arn, record in self.left_alone.items():
            assert live[arn] == record
        for arn, keys in self.theirs.items():
            present = live[arn].get("CustomerMetadataProperties", {}) | live[arn].get("Tags", {})
            assert keys.items() <= present.items()


def none(_faults: Faults) -> None:
    """Cause no trouble."""


def run(lab: Lab, *, share: float = 1.0, trouble: Callable[[Faults], None] = none) -> None:
    """Run histories against a lab; `share` of the usual number of examples."""
    attributes = {"lab": lab, "trouble": staticmethod(trouble)}
    machine = type("HistoryHere", (History,), attributes)
    usual = settings()
    examples = max(int(usual.max_examples * share), 2)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
            report_multiple_bugs=False,
        ),
    )


def test_applying_any_history_converges_and_leaves_the_rest_alone(lab: Lab) -> None:
    run(lab)


@pytest.fixture
def lagging() -> Iterator[Lab]:
    with lab_with(search_lag_seconds=3600) as lab:
        yield lab


def test_histories_converge_while_search_knows_nothing_yet(lagging: Lab) -> None:
    run(lagging, share=0.2)


def test_histories_converge_without_the_permission_to_search(lab: Lab) -> None:
    run(lab, share=0.2, trouble=lambda faults: faults.deny("Search"))


def throttle_every_first_attempt(faults: Faults) -> None:
    seen: set[str] = set()
    guard = threading.Lock()

    def hook(call: Call) -> None:
        request = canonical([call.action, {**call.parameters, "ClientToken": None}])
        with guard:
            first = request not in seen
            seen.add(request)
        if first:
            raise throttled()

    faults.before(hook)


def test_histories_converge_when_every_call_is_throttled_at_first(lab: Lab) -> None:
    run(lab, share=0.2, trouble=throttle_every_first_attempt)
