"""What differs is found by our own descent, and is what deepdiff finds."""

from __future__ import annotations

from deepdiff import DeepDiff
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.data import Json
from reconciler.render.differences import _changed_places
from reconciler.render.redact import _CREDENTIAL, _CREDENTIAL_SIGNS, Mask, without_credentials

SCALARS = st.sampled_from([None, True, False, 1, 2, 1.0, "", "a", "b", "a longer text"])
KEYS = st.sampled_from("abcd")
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)
CREDENTIALS = [
    "-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "B" * 16, "ASIA" + "B" * 16, "ghs_" + "a" * 20,
    "github_pat_" + "a" * 20, "glpat-" + "a" * 16, "xoxb-" + "a" * 10, "hf_" + "a" * 30,
    "sk-" + "a" * 20, "eyJ" + "a" * 8 + "." + "b" * 8 + ".c", "?X-Amz-Signature=abc",
    "&X-Amz-Security-Token=abc", "https://user:word@host", "SecretAccessKey=abc",
]  # fmt: skip


@given(MAPS, MAPS)
def test_places_are_those_of_deepdiff(before: dict[str, Json], after: dict[str, Json]) -> None:
    tree = DeepDiff(before, after, view="tree", zip_ordered_iterables=True)
    expected = {
        tuple(level.path(output_format="list")) for category in tree.values() for level in category
    }
    assert set(_changed_places(before, after)) == expected


@given(st.lists(st.sampled_from([*CREDENTIALS, *_CREDENTIAL_SIGNS, " ", "/", "x"]), max_size=4))
def test_no_credential_slips_past_the_quick_look(parts: list[str]) -> None:
    text = "".join(parts)
    slow = _CREDENTIAL.sub(lambda found: Mask.over(found.group()), text)
    assert without_credentials(text) == slow
