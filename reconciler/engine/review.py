"""Whether a plan is what was reviewed. Pure.

`N` are the writing actions of the fresh plan, `R` what was reviewed. The rule is a strict subset
rule: an action of `N` that is not in `R` refuses the whole apply before its first write.

| case | verdict |
|---|---|
| N = R | apply |
| N is part of R | apply; what is done already is noted |
| N is part of what several reviews showed together | apply |
| an action reviewed otherwise (its resource changed since) | refuse, saying what differs |
| an action that nobody reviewed | refuse |
| no review was found | as `on_unreviewed` says |
| the plan's digest was accepted | apply, noting what nobody reviewed |
| an action that the approver was not shown (`gate`) | refuse, whatever else was reviewed |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from reconciler.core.environment import Environment
from reconciler.core.keys import ResourceKey
from reconciler.core.plan import Action, Plan, Verb
from reconciler.core.review import Review, ReviewedChange, ReviewedOperation, short

UNREVIEWED: Final = "unreviewed"
GATE: Final = "gate"

_MOST_FIELDS: Final = 12
_MOST_REMARKS: Final = 20
_MOST_SOURCES: Final = 3
_HAVE_IT_REVIEWED: Final = (
    "plan again and have it reviewed, or accept this plan as it is: --accept-digest {digest}"
)
_REVIEW_THE_PLACE: Final = "plan again with --out, have it reviewed, and apply that one"
_SHOW_THE_APPROVER: Final = "run again from the start: plan, show that plan to the approver, apply"


class OnUnreviewed(StrEnum):
    """What to do about actions that nobody reviewed.

    `gate`: what the approver of the gate was shown counts as reviewed. `apply`: apply everything,
    but only where no review was found at all.
    """

    FAIL = "fail"
    GATE = "gate"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a plan may be applied.

    `review` is what was reviewed (`None` = no review is asked for), `gate` the plan that the
    approver was shown. `accepted` are hex digests of whole plans, or their beginnings. `shown`
    says how a reviewer would see an action. `gaps` are sentences about reviews that do not count,
    `pulls` the numbers of the pull requests that were looked at.
    """

    shown: Callable[[Action], ReviewedOperation]
    review: Review | None = None
    gate: Review | None = None
    accepted: tuple[str, ...] = ()
    on_unreviewed: OnUnreviewed = OnUnreviewed.FAIL
    gaps: tuple[str, ...] = ()
    pulls: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """Why one action keeps the plan from being applied. `differences` are field by field."""

    code: str
    why: str
    fix: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the review: objections by the digest of their action, and remarks."""

    objections: Mapping[str, Objection] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def refuses(self) -> bool:
        """Say whether nothing of the plan may be written."""
        return bool(self.objections)

    @property
    def code(self) -> str:
        """Return the reason in one word for machines, empty where nothing is refused."""
        codes = {each.code for each in self.objections.values()}
        return UNREVIEWED if UNREVIEWED in codes else next(iter(codes), "")


REVIEWED: Final = Verdict()
"""The verdict where nothing stands against a plan."""


def judge_review(plan: Plan, terms: Terms) -> Verdict:
    """Return whether a plan may be applied: every writing action of it, or none."""
    case = _Case(plan, terms)
    objections = {
        action.digest: objection
        for action in plan.changes
        if (objection := case.objection(action)) is not None
    }
    return Verdict(objections, tuple(case.remarks(refused=bool(objections))))


class _Case:
    """One plan with its terms, and what is looked up in them again and again."""

    def __init__(self, plan: Plan, terms: Terms) -> None:
        self._plan = plan
        self._terms = terms
        self._digest = plan.digest.removeprefix("sha256:")
        self._environments = {each.name: each for each in plan.environments}
        self._is_accepted = any(self._digest.startswith(each) for each in terms.accepted)
        self._reviewed = _by_key(terms.review)
        self._shown = _by_key(terms.gate)

    # --- objections

    def objection(self, action: Action) -> Objection | None:
        """Return why an action may not be carried out, `None` if it may."""
        place = self._environments[action.key.environment]
        if not self._is_reviewed(action, place):
            return self._unreviewed(action, place)
        gate = self._terms.gate
        if gate is not None and not gate.allows(action.digest, place):
            return self._not_shown(action, place, gate)
        return None

    def _is_reviewed(self, action: Action, place: Environment) -> bool:
        terms = self._terms
        asks_for_none = terms.review is None and not terms.accepted
        if self._is_accepted or asks_for_none or self._applies_all:
            return True
        if terms.review is not None and terms.review.allows(action.digest, place):
            return True
        return self._gate_counts and self._gate_allows(action, place)

    @property
    def _applies_all(self) -> bool:
        review = self._terms.review
        may = self._terms.on_unreviewed is OnUnreviewed.APPLY
        return may and review is not None and review.is_empty

    @property
    def _gate_counts(self) -> bool:
        return self._terms.on_unreviewed is OnUnreviewed.GATE

    def _gate_allows(self, action: Action, place: Environment) -> bool:
        gate = self._terms.gate
        return gate is not None and gate.allows(action.digest, place)

    def _unreviewed(self, action: Action, place: Environment) -> Objection:
        review = self._terms.review
        fix = _HAVE_IT_REVIEWED.format(digest=self._digest[:16])
        if review is None:
            why = "no plan with a digest that was given by --accept-digest"
            return Objection(UNREVIEWED, f"{why}; this one has {self._digest[:16]}", fix)
        if review.is_empty:
            why = ": ".join(("no reviewed plan was found", *self._terms.gaps[:1]))
            return Objection(UNREVIEWED, why, fix)
        if review.covers(action.digest) or not review.knows_place(place):
            return Objection(UNREVIEWED, _moved(place), _REVIEW_THE_PLACE)
        why, differences = self._compared(action, self._reviewed.get(action.key, ()), "reviewed")
        return Objection(UNREVIEWED, why or _unseen(review), fix, differences)

    def _not_shown(self, action: Action, place: Environment, gate: Review) -> Objection:
        if gate.covers(action.digest) or not gate.knows_place(place):
            return Objection(GATE, _moved(place), _SHOW_THE_APPROVER)
        why, differences = self._compared(action, self._shown.get(action.key, ()), "approved")
        why = why or f"the approver was not shown it: it is not in {_listed(gate)}"
        return Objection(GATE, why, _SHOW_THE_APPROVER, differences)

    def _compared(
        self, action: Action, known: Sequence[ReviewedOperation], word: str
    ) -> tuple[str, tuple[str, ...]]:
        """Return how an action differs from what was seen of its resource; nothing if unknown."""
        if not known:
            return "", ()
        same = [each for each in known if each.verb is action.verb]
        if not same:
            verbs = ", ".join(dict.fromkeys(each.verb.word for each in known))
            return f"it was {word} as {verbs}, and is now {action.verb.word}", ()
        seen, now = same[-1].changes, self._terms.shown(action).changes
        differences = _differences(seen, now, word)
        if not differences:
            return f"it was {word}, but a value that is not shown differs now", ()
        why = f"it was {word}, but not like this: {_moved_side(seen, now)} changed since"
        return why, tuple(_few(differences, _MOST_FIELDS, "field"))

    # --- remarks

    def remarks(self, *, refused: bool) -> Iterator[str]:
        """Yield what there is to know about the run as a whole."""
        if not refused:
            yield from self._exceptions()
        yield from self._unmatched()
        yield from _few(self._terms.gaps, _MOST_REMARKS, "gap")
        if self._terms.review is not None:
            yield from _few([*self._settled(refused=refused)], _MOST_REMARKS, "operation")
            yield from self._others(self._terms.review)

    def _exceptions(self) -> Iterator[str]:
        """Yield why actions are applied that nobody reviewed."""
        review, gate = self._terms.review, self._terms.gate
        unseen = [
            action
            for action in self._plan.changes
            if review is not None
            and not review.allows(action.digest, self._environments[action.key.environment])
        ]
        if not unseen:
            return
        what = f"{_counted(len(unseen), 'operation')} that nobody reviewed"
        if self._is_accepted:
            yield f"{what}, accepted by the digest of the plan: {self._digest[:16]}"
        elif self._applies_all:
            yield f"{what}: no reviewed plan was found, and --on-unreviewed apply allows that"
        elif gate is not None:
            yield f"{what}, counted as reviewed since the approver was shown {_listed(gate)}"

    def _unmatched(self) -> Iterator[str]:
        if self._terms.accepted and not self._is_accepted and self._plan.changes:
            given = ", ".join(self._terms.accepted)
            yield f"--accept-digest {given} is not of this plan, which has {self._digest[:16]}"

    def _settled(self, *, refused: bool) -> Iterator[str]:
        """Yield what was reviewed and need not be done: it is so already, or replaced."""
        for each in self._gone.values():
            verbs = self._verbs[each.key]
            if _is_done(each.verb, verbs):
                yield f"already done: {each.verb.word} {each.key}"
            elif not refused and Verb.BLOCKED not in verbs:
                yield f"reviewed, and not needed in that form any more: {each.verb.word} {each.key}"

    def _others(self, review: Review) -> Iterator[str]:
        """Yield how many reviewed operations are not in this plan, of which no more is known."""
        elsewhere = {
            short(each.digest)
            for each in review.operations
            if each.key.environment not in self._environments
        }
        if number := len(review.digests - self._gone.keys() - self._fresh - elsewhere):
            are = "is" if number == 1 else "are"
            yield (
                f"{_counted(number, 'reviewed operation')} {are} not in this plan: already done, "
                "or of resources that are not declared any more or not selected"
            )

    @cached_property
    def _fresh(self) -> frozenset[str]:
        return frozenset(short(action.digest) for action in self._plan.actions)

    @cached_property
    def _verbs(self) -> Mapping[ResourceKey, set[Verb]]:
        found: dict[ResourceKey, set[Verb]] = {}
        for action in self._plan.actions:
            found.setdefault(action.key, set()).add(action.verb)
        return found

    @cached_property
    def _gone(self) -> Mapping[str, ReviewedOperation]:
        """Return what was reviewed of resources of this plan and is not in it, by digest."""
        known = self._terms.review.operations if self._terms.review else ()
        return {
            short(each.digest): each
            for each in known
            if each.key in self._verbs and short(each.digest) not in self._fresh
        }


def _is_done(verb: Verb, now: set[Verb]) -> bool:
    """Say whether nothing is left of an operation, by what is still to do to its resource."""
    if Verb.BLOCKED in now:
        return False
    return Verb.APPROVE not in now if verb is Verb.APPROVE else now <= {Verb.NONE, Verb.APPROVE}


def _by_key(review: Review | None) -> Mapping[ResourceKey, list[ReviewedOperation]]:
    found: dict[ResourceKey, list[ReviewedOperation]] = {}
    for each in review.operations if review else ():
        found.setdefault(each.key, []).append(each)
    return found


def _unseen(review: Review) -> str:
    where = f"it is not in {_listed(review)}"
    if review.digests <= {short(each.digest) for each in review.operations}:
        return f"nobody reviewed it: {where}"
    # Of a comment no more is known than the digests of what it shows.
    return f"{where}: nobody reviewed it, or its resource or manifest changed since"


def _moved(place: Environment) -> str:
    return f"it was not reviewed for this account, region and owner: {place.name}"


def _differences(
    before: Sequence[ReviewedChange], now: Sequence[ReviewedChange], word: str
) -> list[str]:
    """Return the fields whose change is another one than was seen, both ways of it."""
    old = {each.path: each for each in before}
    new = {each.path: each for each in now}
    return [
        f"{path}: {word} {_change(old.get(path))}; now {_change(new.get(path))}"
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    ]


def _moved_side(before: Sequence[ReviewedChange], now: Sequence[ReviewedChange]) -> str:
    """Return which side of a change is another one than was seen, as far as that can be told."""
    old = {each.path: each for each in before}
    both = [(old[each.path], each) for each in now if each.path in old]
    is_live = any(seen.before != each.before for seen, each in both)
    is_declared = any(seen.after != each.after for seen, each in both)
    if len(both) < max(len(before), len(now)) or is_live is is_declared:
        return "the live resource or its manifest"
    return "the live resource" if is_live else "its manifest"


def _change(change: ReviewedChange | None) -> str:
    return f"{change.before} -> {change.after}" if change else "no change"


def _few(lines: Sequence[str], most: int, noun: str) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {_counted(len(lines) - most, f'more {noun}')}"


def _listed(review: Review) -> str:
    named = ", ".join(review.sources[:_MOST_SOURCES])
    more = len(review.sources) - _MOST_SOURCES
    return f"{named} and {more} more" if more > 0 else named


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
