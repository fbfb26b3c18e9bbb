"""Promise 2 for approvals: what is said of Git behind a description never makes a difference.

Whoever writes what description, whatever Git knows and however it looks, a second apply writes
nothing; what Git declares is live, and what others wrote stays unless Git declares something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builders import REGISTRY, environment, group, version
from hypothesis import given, settings
from hypothesis import strategies as st
from live import Lab, assert_converged, assert_done
from strategies import STATUSES

from reconciler.core.provenance import Change, has_provenance, without_provenance
from reconciler.engine.apply import ApplyOptions

OURS = "[Git 1a2b3c4d5e6f by Jane Doe, #12]"
TEXTS = st.sampled_from(
    [
        "fine",
        OURS,
        f"fine {OURS}",
        f"{OURS} {OURS}",
        "[Git]",
        "x" * 1024,
        "x" * 1000,
        "naïve 🌳" * 9,
    ]
)
CHANGES = st.none() | st.builds(
    Change,
    st.sampled_from(["a" * 40, "b" * 40]),
    st.sampled_from(["", "Jane Doe", "eve], #9] [Git", "\n"]),
    st.none() | st.integers(1, 99),
    st.booleans(),
)


@dataclass(frozen=True)
class Step:
    """What somebody does by hand, if anything, and what Git says next."""

    by_hand: tuple[str, str] | None
    status: str
    description: str | None
    change: Change | None


STEPS = st.lists(
    st.builds(
        Step,
        st.none() | st.tuples(STATUSES, TEXTS),
        STATUSES,
        st.none() | TEXTS,
        CHANGES,
    ),
    min_size=1,
    max_size=4,
)


def knowing(change: Change | None) -> ApplyOptions:
    """Return how to apply where this is what Git knows of every file."""
    return ApplyOptions(timeout=5.0, history=lambda _path: change)


def live_version(lab: Lab) -> dict[str, Any]:
    records = lab.live(REGISTRY)[REGISTRY].values()
    return next(each for each in records if "ModelPackageVersion" in each)


@settings(max_examples=60)
@given(STEPS)
def test_approvals_converge_whatever_is_said_of_git(lab: Lab, steps: list[Step]) -> None:
    lab.server.clear()
    base = [environment(approvals={"onDrift": "revert"}), group()]
    lab.settle([*base, version()])
    arn = live_version(lab)["ModelPackageArn"]
    for step in steps:
        if step.by_hand:
            status, text = step.by_hand
            lab.boto().update_model_package(
                ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=text
            )
        before = live_version(lab).get("ApprovalDescription", "")
        approval = {"status": step.status} | (
            {} if step.description is None else {"description": step.description}
        )
        documents = [*base, version(approval=approval)]
        assert_done(lab.apply(documents, options=knowing(step.change)))
        assert_converged(lab, documents)
        after = live_version(lab).get("ApprovalDescription", "")
        assert len(after) <= 1024
        if step.description is not None:
            assert step.description in (after, without_provenance(after))
        elif before and not has_provenance(before):
            assert after == before
        else:
            assert without_provenance(before) in (after, without_provenance(after))
