"""Fixtures of the tests about access."""

from __future__ import annotations

import access_support
import pytest
from live import Lab


@pytest.fixture
def artifacts(lab: Lab) -> access_support.Artifacts:
    """A repository, a bucket and a key in the account that trains."""
    return access_support.artifacts(lab)
