"""What is always there: the title, what it comes to, how far things are, and the footer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler import __version__
from reconciler.core.outcome import Status
from reconciler.core.plan import Verb
from reconciler.render.markdown.blocks import Dialect, link
from reconciler.render.markdown.escaping import clipped, code
from reconciler.render.markdown.marking import whole_digest
from reconciler.render.markdown.naming import Naming, number_of
from reconciler.render.markdown.overview import Overview
from reconciler.render.markdown.setting import ALL, Setting
from reconciler.render.marker import State

_MOST_NAMES: Final = 3
_LONGEST: Final = 80
_SHORT: Final = 12
_APPLY: Final = frozenset({State.APPLYING, State.APPLIED, State.FAILED})


def title(found: Overview, setting: Setting) -> str:
    """Return the heading: what this is, of which environments, and how it stands."""
    subject = "apply" if setting.state in _APPLY else "plan"
    target = _target(found, setting)
    return f"## reconcile {subject} · {f'{target} · ' if target else ''}{_standing(found, setting)}"


def _target(found: Overview, setting: Setting) -> str:
    names = [each.name for each in found.environments]
    if setting.key != ALL:
        return code(clipped(setting.key, _LONGEST))
    shown = [code(clipped(each, _LONGEST)) for each in names[:_MOST_NAMES]]
    more = len(names) - _MOST_NAMES
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _standing(found: Overview, setting: Setting) -> str:
    """Return the state in a word or two: a plan's is what it comes to."""
    if setting.state is not State.PLANNED:
        return setting.state.value
    if found.refusals:
        return "refused"
    if found.missing or found.ends or found.unplanned:
        return "failed"
    if found.counts.get(Verb.BLOCKED):
        return "blocked"
    return number_of(found.changes, "change") if found.changes else "no changes"


def totals(found: Overview) -> str:
    """Return how many actions there are of each kind, in one line; nothing without any plan."""
    number = found.counts
    is_part = bool(found.missing or found.unplanned)
    if is_part and not number:
        return ""
    approved = sum(
        each.status_change is not None and each.status_change.after == "Approved"
        for each in found.approvals
        if each.action.verb is Verb.APPROVE
    )
    parts = [
        *_some(number.get(Verb.CREATE, 0), "to create"),
        *_some(number.get(Verb.UPDATE, 0), "to update"),
        *_some(approved, "to approve"),
        *_some(number.get(Verb.APPROVE, 0) - approved, "to reject or set back"),
        *_some(number.get(Verb.ADOPT, 0), "to adopt"),
        *_some(number.get(Verb.DELETE, 0), "to delete"),
        *_some(number.get(Verb.BLOCKED, 0), "blocked"),
    ]
    rest = [
        *_some(number.get(Verb.NONE, 0), "unchanged"),
        *_some(found.unmanaged, "live but in no manifest, left alone"),
    ]
    none = "**No changes** where a plan was made" if is_part else "**No changes**"
    changed = f"**{', '.join(parts)}**" if parts else none
    return f"{'; '.join([changed, *rest])}.{_place(found)}"


def _place(found: Overview) -> str:
    """Return account and region of a single environment; those of several are in a table."""
    part = found.environments[0].part if len(found.environments) == 1 else None
    if part is None:
        return ""
    account, region = (code(clipped(each, _LONGEST)) for each in (part.account_id, part.region))
    return f" In account {account}, {region}."


def results(found: Overview) -> str:
    """Return how many outcomes there are of each kind, nothing where nothing was applied."""
    statuses = [each for each in Status if found.statuses.get(each)]
    if not statuses:
        return ""
    if statuses == [Status.UNCHANGED]:
        return "**There was nothing to do.**"
    shown = ", ".join(f"{found.statuses[each]:,} {each.value}" for each in statuses)
    return f"Outcome: **{shown}**."


def quiet(found: Overview) -> str:
    """Return the one line about plans that change nothing."""
    number = found.counts.get(Verb.NONE, 0)
    if not number:
        return "**No changes.** Nothing was selected."
    left = f" {_left_alone(found.unmanaged)}" if found.unmanaged else ""
    return f"**No changes.** {number_of(number, 'resource')} as declared.{left}"


def _left_alone(number: int) -> str:
    return f"{number_of(number, 'live resource')} that no manifest declares, left alone."


def _some(number: int, words: str) -> list[str]:
    return [f"{number:,} {words}"] if number else []


def progress(found: Overview, setting: Setting) -> str:
    """Return what the state means for the reader."""
    run = link("the run", setting.run_url)
    match setting.state:
        case State.PLANNED:
            return ""
        case State.APPLYING:
            return f"This was merged. It is being applied, or waits for an approval, see {run}."
        case State.APPLIED:
            return f"This was merged and applied, see {run}."
        case State.FAILED:
            return f"This was merged, but {_failure(found)}, see {run}.{_next(found)}"
        case State.SUPERSEDED:
            return (
                "A later apply took the place of this one: nothing of it was applied in this run."
            )


def _failure(found: Overview) -> str:
    is_known = found.statuses and not (found.ends or found.statuses.get(Status.APPLIED))
    return "nothing of it was applied" if is_known else "not all of it could be applied"


def _next(found: Overview) -> str:
    """Return what to do next, unless an alert says it: what is refused once is refused again."""
    if found.objected or found.refusals:
        return ""
    return " What was applied stays; running the job again tries the rest."


def footer(found: Overview, naming: Naming) -> str:
    """Return the commits, the version, the digest and the run, in one line."""
    text = " · ".join(_footing(found, naming))
    return f"<sub>{text}</sub>" if naming.dialect is Dialect.GITHUB else text


def _footing(found: Overview, naming: Naming) -> Iterator[str]:
    setting = naming.setting
    if setting.head:
        yield f"head {naming.commit(setting.head)}"
    if setting.base:
        yield f"base {naming.commit(setting.base)}"
    versions = [each.tool_version for each in found.plans] or [__version__]
    yield f"reconcile {code(clipped(versions[0], _LONGEST))}"
    yield f"plan {code(whole_digest(found.plans, found.reports).removeprefix('sha256:')[:_SHORT])}"
    if setting.run_url:
        yield link("run", setting.run_url)
    if setting.artifact_url:
        yield link("whole plan", setting.artifact_url)
    waits = found.changes and not found.refusals and setting.state is State.PLANNED
    if waits and setting.branch:
        yield f"applies after merge to {code(clipped(setting.branch, _LONGEST))}"
