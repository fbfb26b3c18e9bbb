"""The plan: one value that every renderer shows and that apply executes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.changes import FieldChange
from reconciler.core.data import Json, digest, is_missing
from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location


class Verb(StrEnum):
    """What an action does to its resource."""

    CREATE = "create"
    UPDATE = "update"
    APPROVE = "approve"
    ADOPT = "adopt"
    DELETE = "delete"
    BLOCKED = "blocked"
    NONE = "none"

    @property
    def word(self) -> str:
        """Return the verb for people: what changes an approval may as well reject."""
        return "approval" if self is Verb.APPROVE else self.value


WRITING_VERBS = frozenset({Verb.CREATE, Verb.UPDATE, Verb.APPROVE, Verb.ADOPT, Verb.DELETE})
"""The verbs that stand for a change in AWS."""


class Level(StrEnum):
    """How much a note weighs. An error makes the run fail; the others are only shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say about an action besides its changes. `code` is stable, for machines.

    A note that `refuses` is a guard's: nothing of the plan is applied, and `why` says why.
    `about` are differences between what is live and what is declared that the action leaves as
    they are.
    """

    level: Level
    code: str
    text: str
    fix: str = ""
    why: str = ""
    refuses: bool = False
    about: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a guard does not let this plan be applied, and how to go on.

    `key` is the resource it is about (`None` = the whole plan).
    """

    guard: str
    key: ResourceKey | None
    where: Location | None
    what: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The version that a new one follows, and what the new one does differently."""

    name: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """Access that an action gives and takes, in words that other actions use for the same."""

    gives: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


NOTHING_MOVES = Handover()


@dataclass(frozen=True, slots=True)
class Action:
    """One change to one resource, or the statement that none is needed.

    `changes` hold all that is declared where the resource is created, else what differs.
    `target` is what the manifest says it acts on, where the key does not (a group, a version).
    `context` places the resource for people, e.g. `in group churn`. `arn` is the live resource.
    `waits_for` is the live status that has to pass first (`InProgress`), if any. `basis` is the
    fingerprint of what others have in the same resource, where they may write into it too.
    `moves` is access that may come from, or go to, another resource. `modified_by` and
    `modified_at` are who changed the live resource last, where AWS says so; no digest holds them.
    """

    key: ResourceKey
    verb: Verb
    where: Location
    changes: tuple[FieldChange, ...] = ()
    arn: str | None = None
    target: str = ""
    context: str = ""
    needs: tuple[ResourceKey, ...] = ()
    after_keys: tuple[ResourceKey, ...] = ()
    notes: tuple[Note, ...] = ()
    predecessor: Predecessor | None = None
    waits_for: str | None = None
    basis: str = ""
    moves: Handover = NOTHING_MOVES
    modified_by: str | None = None
    modified_at: str | None = None

    @property
    def writes(self) -> bool:
        """Say whether executing this action changes anything in AWS."""
        return self.verb in WRITING_VERBS

    def notes_of(self, level: Level) -> tuple[Note, ...]:
        """Return the notes of one level."""
        return tuple(note for note in self.notes if note.level is level)

    @property
    def before(self) -> Mapping[str, Json] | None:
        """Return what this action replaces, by path; `None` if it creates its resource."""
        if self.verb is Verb.CREATE:
            return None
        return {each.path: each.before for each in self.changes if not is_missing(each.before)}

    @property
    def after(self) -> Mapping[str, Json] | None:
        """Return what there will be instead, by path; `None` if it deletes its resource."""
        if self.verb is Verb.DELETE:
            return None
        return {each.path: each.after for each in self.changes if not is_missing(each.after)}

    @property
    def digest(self) -> str:
        """Return the digest a reviewer approves: identity, verb, target, before and after."""
        key: Json = [self.key.environment, self.key.kind, self.key.name]
        return digest(
            {
                "key": key,
                "verb": self.verb.value,
                "target": self.target,
                "before": self.before,
                "after": self.after,
            }
        )


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live thing in a managed scope that no manifest declares.

    `owner` and `identity` are what its markers say (`None` = it carries none).
    """

    environment: str
    kind: str
    arn: str
    owner: str | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the manifests came from, as Git knows it.

    `prefix` is the folder in the repository to which all locations are relative: empty at its
    root, else with a slash at its end.
    """

    commit: str
    dirty: bool
    prefix: str = ""

    @property
    def label(self) -> str:
        """Return the commit as it is stamped on resources: marked where files differ from it."""
        return f"{self.commit}-dirty" if self.dirty else self.commit


@dataclass(frozen=True, slots=True)
class Plan:
    """All that would change, in execution order, with the guards' refusals.

    `source` says which commit the manifests are at, if there is one; it is not in the digest.
    Nor are the `accounts`: the names of all declared environments by account id, for people.
    """

    environments: tuple[Environment, ...]
    actions: tuple[Action, ...]
    refusals: tuple[Refusal, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    source: Source | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def commit(self) -> str | None:
        """Return the commit of the manifests as it is stamped on resources."""
        return self.source.label if self.source else None

    @property
    def changes(self) -> tuple[Action, ...]:
        """Return the actions that write."""
        return tuple(action for action in self.actions if action.writes)

    @property
    def errors(self) -> tuple[Action, ...]:
        """Return the actions that carry an error note: the run cannot end well."""
        return tuple(action for action in self.actions if action.notes_of(Level.ERROR))

    @property
    def counts(self) -> Mapping[Verb, int]:
        """Return how many actions there are of each verb, in the order of `Verb`."""
        counter = Counter(action.verb for action in self.actions)
        return {verb: counter[verb] for verb in Verb}

    @property
    def digest(self) -> str:
        """Return the digest of all actions that write or are blocked."""
        return digest([a.digest for a in self.actions if a.verb is not Verb.NONE])
