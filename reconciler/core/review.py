"""What people have reviewed: the operations that may be carried out, and where they were seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from reconciler.core.data import digest
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Verb

_SHORT: Final = 16


@dataclass(frozen=True, slots=True)
class ReviewedChange:
    """One field of a reviewed operation, as it was shown (secrets masked)."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReviewedOperation:
    """An operation of a reviewed plan of which more is known than its digest."""

    key: ResourceKey
    verb: Verb
    digest: str
    changes: tuple[ReviewedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """All that was reviewed.

    `digests` and `places` are the first 16 hex digits: what a comment's marker holds. `operations`
    say more about those that were reviewed in a plan file. `sources` name what was reviewed, for
    people (`plan.json`, `pull request #12 at 1a2b3c4`); none means that nothing was found. `parts`
    are the single reviews that this one was joined from, if it was.
    """

    digests: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    operations: tuple[ReviewedOperation, ...] = ()
    sources: tuple[str, ...] = ()
    parts: tuple[Review, ...] = field(default=(), compare=False, repr=False)

    def __or__(self, other: Review) -> Review:
        """Return what either was reviewed in."""
        return Review(
            self.digests | other.digests,
            self.places | other.places,
            (*self.operations, *other.operations),
            tuple(dict.fromkeys((*self.sources, *other.sources))),
            (*self._parts, *other._parts),
        )

    @property
    def is_empty(self) -> bool:
        """Say whether no review was found at all: not even one of a plan without changes."""
        return not self.sources

    def covers(self, action_digest: str) -> bool:
        """Say whether an operation was reviewed, wherever that was to be carried out."""
        return short(action_digest) in self.digests

    def allows(self, action_digest: str, environment: Environment) -> bool:
        """Say whether an operation was reviewed for this account, region and owner.

        Of several reviews one must have shown both: what was reviewed for one account is not
        carried out in another, because a second review happens to name that one.
        """
        return any(
            part.covers(action_digest) and part.knows_place(environment) for part in self._parts
        )

    def knows_place(self, environment: Environment) -> bool:
        """Say whether plans were reviewed for this account, region and owner."""
        return environment_digest(environment) in self.places

    @property
    def _parts(self) -> tuple[Review, ...]:
        return self.parts or (self,)


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """An operation of a fresh plan that nobody reviewed. `differences` are field by field."""

    key: ResourceKey
    verb: Verb
    digest: str
    why: str
    fix: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fresh plan beside what was reviewed, for whoever decides whether it may be applied.

    `changes` is how many operations the plan has. `trouble` is why it could not be compared.
    """

    changes: int
    unreviewed: tuple[Unreviewed, ...] = ()
    remarks: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def words(self) -> str:
        """Return what it comes to, in a sentence."""
        if self.trouble:
            return "It is not known what was reviewed."
        if not self.changes:
            return "There is nothing to review."
        if not self.unreviewed:
            return "All of it was reviewed."
        return f"Nobody reviewed {len(self.unreviewed):,} of {self.changes:,} changes."


def short(action_digest: str) -> str:
    """Return the part of a digest that is compared: its first 16 hex digits."""
    return action_digest.removeprefix("sha256:")[:_SHORT]


def environment_digest(environment: Environment) -> str:
    """Return what stands for an environment's account, region and owner."""
    return place_digest(
        environment.name, environment.account_id, environment.region, environment.owner
    )


def place_digest(name: str, account_id: str, region: str, owner: str) -> str:
    """Return a short digest of an environment: the same place has the same, and it names none.

    The digests of actions name environments only, so that the place is compared by itself.
    """
    return short(digest([name, account_id, region, owner]))
