"""What no source settles about AWS: whichever way it is, an apply converges, and writes once.

docs/sandbox.md says that the reconciler depends on none of these answers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from builders import Doc, group, rich, version
from live import assert_converged, lab_with
from policy_lab import everything, furnished

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
REGISTRY_OTHERWISE: dict[str, tuple[Any, ...]] = {
    "default_approval_status": (None, "Approved"),
    "default_registration_type": ("Registered",),
    "default_page_size": (1,),
    "filtered_pages": ("full",),
    "unknown_group_lists": ("empty",),
    "inference_specification_update": ("replace",),
    "empty_approval_description": ("stored",),
    "busy_updates": ("allowed",),
    "group_arn_case": ("lower",),
    "client_token_seconds": (0,),
    "dot_matches_newline": (False,),
    "fill_image_digest": (False,),
    "derive_model_data_source": (True,),
}
POLICIES_OTHERWISE: dict[str, tuple[Any, ...]] = {
    "group_arn_case": ("lower",),
    "policy_readback": ("verbatim",),
    "policy_newlines": ("accepted",),
    "policy_shuffle": ("all", "none"),
    "shuffle_seed": (7,),
    "bucket_lockout": ("allowed",),
    "discovery": ("ram", "none"),
    "share_from_policy": (False,),
    "association_seconds": (1,),
    "deleted_share_seconds": (0,),
}
QUOTAS = {"max_groups", "max_packages"}
"""They say how much there may be, not how AWS behaves."""


def test_every_unverified_setting_is_tried_another_way() -> None:
    table = DOCUMENT.read_text("utf-8").partition("<!-- settings -->")[2]
    rows = re.findall(r"^\| (`.*?`) \|", table.partition("<!-- end")[0], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == {
        *REGISTRY_OTHERWISE,
        *POLICIES_OTHERWISE,
        *QUOTAS,
    }


@pytest.mark.parametrize(
    ("setting", "value"),
    [(name, each) for name, rest in REGISTRY_OTHERWISE.items() for each in rest],
)
def test_an_apply_converges_whichever_way_aws_is(setting: str, value: Any) -> None:
    with lab_with(**{setting: value}) as lab:
        mixed = [group("Mixed-Case"), version("mixed", "Mixed-Case", approval=APPROVED)]
        documents = [*rich(), *mixed]
        lab.settle(documents)
        assert_converged(lab, documents)


@pytest.mark.parametrize(
    ("setting", "value"),
    [(name, each) for name, rest in POLICIES_OTHERWISE.items() for each in rest],
)
def test_policies_converge_whichever_way_aws_is(setting: str, value: Any) -> None:
    with lab_with(**{setting: value}) as lab:
        policies = furnished(lab)
        documents = everything(policies, discoverable=True, grants=ACCOUNTS_ONLY)
        policies.settle(documents)
        assert_converged(policies, documents)


APPROVED = {"status": "Approved"}
ACCOUNTS_ONLY: list[Doc] = [{"principals": ["333333333333"], "access": ["read", "deploy"]}]
"""RAM shares groups with accounts, not with roles."""
