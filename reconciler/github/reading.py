"""GitHub's JSON into typed values, at the boundary: what is not as documented is an error."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.data import Json
from reconciler.github.faults import GitHubError
from reconciler.github.run import member


def text(data: Json, *keys: str) -> str:
    """Return the text at some keys."""
    found = member(data, *keys)
    if not isinstance(found, str):
        raise _unexpected(keys, "a text")
    return found


def maybe_text(data: Json, *keys: str) -> str:
    """Return the text at some keys, empty where there is `null` or nothing."""
    return "" if member(data, *keys) is None else text(data, *keys)


def number(data: Json, *keys: str) -> int:
    """Return the whole number at some keys."""
    found = member(data, *keys)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _unexpected(keys, "a number")
    return found


def items(data: Json, *keys: str) -> Sequence[Json]:
    """Return the list at some keys."""
    found = member(data, *keys)
    if not isinstance(found, list):
        raise _unexpected(keys, "a list")
    return found


def _unexpected(keys: Sequence[str], wanted: str) -> GitHubError:
    place = ".".join(keys) or "the whole answer"
    return GitHubError(
        "GitHub answers something unexpected",
        why=f"{place} is not {wanted}",
        fix="check GITHUB_API_URL; a proxy may have answered in GitHub's place",
    )
