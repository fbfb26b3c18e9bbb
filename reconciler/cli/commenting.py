"""The comment of a pull request: which one, in which state, and whether it may be written now.

A plan's comment is written only while the pull request is still at the commit that was planned.
An apply's comment keeps, in its marker, what was reviewed in the pull request: what the apply
itself planned anew was reviewed by nobody, and must not count as if it had been.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from reconciler.cli.rendering import hidden_texts
from reconciler.cli.step import Step
from reconciler.core.data import short_digest
from reconciler.core.plan import WRITING_VERBS, Verb
from reconciler.core.review import place_digest
from reconciler.github.client import Client
from reconciler.github.comments import (
    CommentHost,
    Done,
    Found,
    Upserted,
    own,
    remove,
    upsert,
)
from reconciler.github.deployments import newer_success
from reconciler.github.pulls import Pull, pull, pulls_with
from reconciler.github.reviews import pulls_of
from reconciler.github.run import Run
from reconciler.render.contract import PlanDocument, ReportDocument
from reconciler.render.markdown import COMMENT, Budget, EarlyEnd, Rendered, Setting, render_plans
from reconciler.render.marker import Marker, State, Subject, marker_line

_SHORT: Final = 12


class WhenNoChanges(StrEnum):
    """What to do about a plan without any change."""

    UPDATE = "update"
    ALWAYS = "always"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that a comment is to say, and for which pull request."""

    plans: Sequence[PlanDocument]
    reports: Sequence[ReportDocument | EarlyEnd]
    state: State
    key: str
    expected: tuple[str, ...]
    head: str
    pull: int | None
    when_no_changes: WhenNoChanges
    mask_accounts: bool
    artifact_url: str
    summary_url: str
    unplanned: Sequence[EarlyEnd] = ()
    not_behind: bool = False

    @property
    def pulls(self) -> tuple[int, ...]:
        """Return the pull requests whose reviews an apply went by."""
        made = [each for each in self.reports if isinstance(each, ReportDocument)]
        return tuple(dict.fromkeys(number for each in made for number in each.pulls))

    @property
    def is_plan(self) -> bool:
        """Say whether this is about what would be done, not about what was."""
        return self.state is State.PLANNED

    @property
    def is_outcome(self) -> bool:
        """Say whether this tells what became of an apply."""
        return self.state not in (State.PLANNED, State.APPLYING)

    @property
    def is_quiet(self) -> bool:
        """Say whether there is nothing to tell: all plans are there, if any, and change nothing."""
        covered = {each.name for plan in self.plans for each in plan.environments}
        return (
            self.is_plan
            and not self.unplanned
            and covered >= set(self.expected)
            and not any(
                plan.refusals or any(action.verb is not Verb.NONE for action in plan.actions)
                for plan in self.plans
            )
        )

    @property
    def planned_head(self) -> str:
        """Return the commit that the plans are of, empty if they do not agree or differ from it."""
        sources = [plan.source for plan in self.plans]
        found = {"" if each is None or each.dirty else each.commit for each in sources}
        return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one pull request's comment, in words and in values."""

    words: str
    upserted: Upserted | None = None
    truncated: bool = False


def write_comments(
    client: Client, run: Run, wanted: Wanted, host: CommentHost
) -> Iterator[Written]:
    """Write the comment of every pull request that this is about, and yield what became of it."""
    if wanted.not_behind and _is_overtaken(client, run, wanted):
        yield Written("a later commit was deployed already, so nothing is announced")
        return
    for number, is_own in _numbers(client, run, wanted).items():
        yield _write(client, run, wanted, host, _Target(number, is_own))


def _is_overtaken(client: Client, run: Run, wanted: Wanted) -> bool:
    """Say whether each environment with changes is at a later commit: all of it will be refused."""
    names = {
        each.resource.environment
        for plan in wanted.plans
        for each in plan.actions
        if each.verb in WRITING_VERBS
    }
    return bool(names) and all(
        newer_success(client, f"reconcile-{name}", run.sha) for name in sorted(names)
    )


def preview(run: Run, wanted: Wanted, *, limit: Budget) -> str:
    """Return the text without its marker, for where no comment can be written."""
    setting = _setting(run, wanted, _head(run, wanted), run.base_branch, None)
    return _rendered(wanted, setting, limit, marker=False).text


@dataclass(frozen=True, slots=True)
class _Target:
    """A pull request. `is_own` says that this run is about it: it was planned, or pushed."""

    number: int
    is_own: bool


def _numbers(client: Client, run: Run, wanted: Wanted) -> Mapping[int, bool]:
    """Return the pull requests: as told, of the event, of the queue, or those of the commit.

    An apply is also about those whose reviews it went by; they, and all if it was started by hand,
    are not its own: the last commit's pull request need not have to do with it.
    """
    told = wanted.pull or run.pull_request
    if told is not None:
        return {told: True}
    if not run.sha:
        return {}
    if not wanted.is_plan:
        is_push = run.event_name != _BY_HAND
        pushed = {each.number: is_push for each in pulls_of(client, run)}
        return dict.fromkeys(wanted.pulls, False) | pushed
    found = pulls_with(client, run.sha)
    return {each.number: True for each in found if each.is_open and each.head == run.sha}


_BY_HAND: Final = "workflow_dispatch"


def _head(run: Run, wanted: Wanted) -> str:
    return wanted.head or run.head_sha or wanted.planned_head


def _write(client: Client, run: Run, wanted: Wanted, host: CommentHost, target: _Target) -> Written:
    number = target.number
    about = Marker(Subject.PLAN, wanted.key, wanted.state, "", run=run.run_id, attempt=run.attempt)
    found = own(host.list(number), host.whoami(), about)
    if why := _left_alone(wanted, found, target):
        return Written(f"pull request #{number}: {why}, so nothing is written")
    at = pull(client, number)
    head = _head(run, wanted)
    if wanted.is_plan and not (at.is_open and head == at.head):
        return Written(_too_late(at, head))
    if wanted.is_quiet and (handled := _quietly(host, found, wanted, about)) is not None:
        return Written(_words(number, handled), handled)
    reviewed = None if wanted.is_plan else _reviewed(found)
    setting = _setting(run, wanted, head, at.base, reviewed)
    body, truncated = _body(wanted, setting, host.longest)
    upserted = upsert(host, number, _with_before(body, wanted, found, host.longest), found)
    return Written(_words(number, upserted), upserted, truncated)


def _left_alone(wanted: Wanted, found: Found, target: _Target) -> str:
    """Return why a comment stays as it is, empty if it need not.

    What was applied was applied, whatever an old run that is repeated comes to. Another run's
    pull request is told that it was made up for, if this run was about all of its environments.
    """
    marker = found.marker
    if wanted.state is State.SUPERSEDED and marker and marker.state in _SETTLED:
        return f"its comment says {marker.state.value} already"
    if wanted.is_plan or target.is_own:
        return ""
    if marker is None:
        return "it has no plan comment"
    if wanted.state is not State.APPLIED or marker.state is State.APPLIED:
        return "it is told only what was made up for"
    places = {
        place_digest(each.name, each.account_id, each.region, each.owner)
        for plan in wanted.plans
        for each in plan.environments
    }
    covered = marker.places and places.issuperset(marker.places)
    return "" if covered else "its comment is about other environments"


_SETTLED: Final = frozenset({State.APPLIED, State.SUPERSEDED})
_BEFORE: Final = "<details><summary>What was said before</summary>"


def _with_before(body: str, wanted: Wanted, found: Found, longest: int) -> str:
    """Return a text that keeps, folded, what an apply had done before it was superseded."""
    marker, current = found.marker, found.current
    is_kept = wanted.state is State.SUPERSEDED and marker and marker.state is State.FAILED
    if not (is_kept and current):
        return body
    _, _, before = current.body.partition("\n")
    kept = f"{body.rstrip()}\n\n{_BEFORE}\n\n{before.strip()}\n\n</details>\n"
    return kept if Budget(longest).fits(kept) else body


def _quietly(host: CommentHost, found: Found, wanted: Wanted, about: Marker) -> Upserted | None:
    """Do about a plan without changes as told; `None` means to write it."""
    if wanted.when_no_changes is WhenNoChanges.DELETE:
        return remove(host, about, found)
    if wanted.when_no_changes is WhenNoChanges.UPDATE and found.current is None:
        return Upserted(Done.NOTHING)
    return None


def _body(wanted: Wanted, setting: Setting, longest: int) -> tuple[str, bool]:
    """Return the text of a comment, and whether something was left out of it."""
    limit = Budget(min(COMMENT.limit, longest))
    rendered = _rendered(wanted, setting, limit)
    reviewed = setting.reviewed
    if reviewed is None:
        return rendered.text, rendered.truncated
    _, _, text = rendered.text.partition("\n")
    marker = replace(rendered.marker, planned_by=reviewed.planned_by or reviewed.run)
    return f"{marker_line(marker)}\n{text}", rendered.truncated


def _rendered(wanted: Wanted, setting: Setting, limit: Budget, *, marker: bool = True) -> Rendered:
    return render_plans(
        wanted.plans,
        setting,
        reports=wanted.reports,
        unplanned=wanted.unplanned,
        limit=limit,
        marker=marker,
    )


def _reviewed(found: Found) -> Marker:
    """Return what was reviewed: as the comment says that was there, else nothing."""
    return found.marker or Marker(Subject.PLAN, "", State.PLANNED, "")


def _setting(run: Run, wanted: Wanted, head: str, branch: str, reviewed: Marker | None) -> Setting:
    return Setting(
        key=wanted.key,
        repository_url=run.repository_url,
        run_url=run.url,
        summary_url=wanted.summary_url,
        artifact_url=wanted.artifact_url,
        run=run.run_id,
        attempt=run.attempt,
        head=head,
        base=run.base_sha,
        branch=branch,
        state=wanted.state,
        expected=wanted.expected,
        nonce=short_digest([run.run_id, run.attempt, wanted.key, wanted.state.value]),
        mask_accounts=wanted.mask_accounts,
        hidden=hidden_texts(os.environ),
        reviewed=reviewed,
    )


def _too_late(at: Pull, head: str) -> str:
    """Return why a plan is not written: a plan that comes after the merge was not reviewed."""
    if at.is_open:
        planned = f"the plan is of {head[:_SHORT]}" if head else "it is not known what was planned"
        why = f"it is at {at.head[:_SHORT]}, and {planned}"
    else:
        why = "it is merged" if at.is_merged else "it is closed"
    return f"pull request #{at.number}: {why}, so nothing is written"


def tell_written(step: Step, found: Sequence[Written]) -> None:
    """Tell the step about the first comment, which is the only one of a plan."""
    first = next((each for each in found if each.upserted is not None), Written(""))
    comment = first.upserted.comment if first.upserted else None
    step.output("comment-id", comment.identity if comment else "")
    step.output("comment-url", comment.url if comment else "")
    step.output("truncated", first.truncated)


_SAID: Final[Mapping[Done, str]] = {
    Done.CREATED: "comment created",
    Done.UPDATED: "comment updated",
    Done.UNCHANGED: "the comment says this already",
    Done.OUTRUN: "a later run has written the comment, so nothing is written",
    Done.DELETED: "no changes, comment deleted",
    Done.NOTHING: "no changes, and no comment that says otherwise",
}


def _words(number: int, upserted: Upserted) -> str:
    comment = upserted.comment
    place = f" ({comment.url})" if comment is not None and comment.url else ""
    folded = f"; {upserted.minimised} older folded away" if upserted.minimised else ""
    return f"pull request #{number}: {_SAID[upserted.done]}{place}{folded}"
