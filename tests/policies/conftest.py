"""Fixtures of the policy tests."""

from __future__ import annotations

import pytest
from live import Lab
from policy_lab import PolicyLab, furnished


@pytest.fixture
def policies(lab: Lab) -> PolicyLab:
    """Three accounts with all that a policy speaks about, and no policy yet."""
    return furnished(lab)
