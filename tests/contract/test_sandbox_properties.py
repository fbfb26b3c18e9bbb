"""Properties of the sandbox that hold for any input: merging, patterns, policies, credentials."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_support import versions

from reconciler.sandbox.credentials import credentials_for, identify
from reconciler.sandbox.patterns import matches
from reconciler.sandbox.policy import wildcard

KEYS = st.sampled_from(["a", "b", "c/d", "é"])
VALUES = st.text("xyzÄ1", min_size=1, max_size=3)
CHANGES = st.lists(
    st.tuples(st.dictionaries(KEYS, VALUES), st.lists(KEYS, unique=True)), max_size=5
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CHANGES)
def test_metadata_is_the_sum_of_all_updates(
    registry: Any, group: str, changes: list[tuple[dict[str, str], list[str]]]
) -> None:
    (arn,) = versions(registry, group)
    expected: dict[str, str] = {}
    for added, removed in changes:
        sent: dict[str, Any] = {}
        if added:
            sent["CustomerMetadataProperties"] = added
        if removed:
            sent["CustomerMetadataPropertiesToRemove"] = removed
        registry.update_model_package(ModelPackageArn=arn, **sent)
        expected = {k: v for k, v in {**expected, **added}.items() if k not in removed}
    found = registry.describe_model_package(ModelPackageName=arn)
    assert found.get("CustomerMetadataProperties", {}) == expected


@given(st.text())
def test_unicode_categories_mean_what_java_means(value: str) -> None:
    pattern = r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*"
    expected = all(unicodedata.category(character)[0] in "LMZSNP" for character in value)
    assert matches(pattern, value, dot_matches_newline=False) is expected


@given(st.text())
def test_customer_metadata_pattern_is_its_character_set(value: str) -> None:
    expected = all(
        unicodedata.category(character)[0] in "LZN" or character in "_.:/=+-@"
        for character in value
    )
    pattern = r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}"
    assert matches(pattern, value, dot_matches_newline=True) is expected


@given(st.text("ab*?[].", max_size=6), st.text("ab[].", max_size=6))
def test_wildcards_are_stars_and_question_marks_only(pattern: str, value: str) -> None:
    parts = [".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern]
    assert wildcard(pattern, value) is bool(re.fullmatch("".join(parts), value))


@given(
    st.from_regex(r"[0-9]{12}", fullmatch=True), st.from_regex(r"[\w+=,.@-]{1,64}", fullmatch=True)
)
def test_minted_credentials_say_who_they_are(account: str, role: str) -> None:
    key, _, token = credentials_for(account, role)
    caller = identify(key, token, now=0)
    assert caller.account == account
    assert caller.arn == f"arn:aws:sts::{account}:assumed-role/{role}/sandbox"
