"""What we render passes every guard, and every guard has a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from guard_cases import (
    ADMIN,
    bucket,
    case,
    key,
    pull,
)
from policy_samples import (
    ours,
)

from reconciler.policy.guards import GUARDS, judge
from reconciler.policy.stores import Store

CLEAN = {
    Store.GROUP: [ours()],
    Store.REPOSITORY: [pull()],
    Store.BUCKET: [bucket()],
    Store.KEY: [ADMIN, key()],
}


@pytest.mark.parametrize("store", Store)
def test_what_we_render_raises_no_concern(store: Store) -> None:
    assert judge(case(store, *CLEAN[store])) == ()


def test_every_guard_has_a_test_here() -> None:
    files = sorted(Path(__file__).parent.glob("test_policy_guards*.py"))
    text = "".join(each.read_text(encoding="utf-8") for each in files)
    named = [each.__name__.replace("_", "-") for each in GUARDS]
    assert all(f'"{name}"' in text for name in named)
    assert len(set(named)) == len(named)
