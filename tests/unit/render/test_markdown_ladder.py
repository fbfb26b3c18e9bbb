"""What is left out when there is too much: in order, in whole blocks, and never silently."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_plans import SETTING, WIDE, failed_apply, many, two_environments, written
from markdown_reading import OURS, read
from render_plans import (
    HERE,
    a_change,
    a_plan,
    a_refusal,
    an_action,
    everything,
)
from test_markdown_parts import HOSTILE, LINKED

from reconciler.core.data import MISSING, Json
from reconciler.core.keys import ResourceKey
from reconciler.core.location import Location
from reconciler.core.plan import Action, Level, Note, Plan, Unmanaged, Verb
from reconciler.core.review import short
from reconciler.render.contract import PlanDocument
from reconciler.render.document import plan_document
from reconciler.render.markdown import (
    LEAST,
    SUMMARY,
    Budget,
    Dialect,
    Rendered,
    Unit,
    plans,
    render_plans,
)
from reconciler.render.markdown.resources import Section, section
from reconciler.render.marker import parse_marker

BUDGETS = [Budget(LEAST), Budget(20_000), Budget(60_000), Budget(LEAST, Unit.BYTES), SUMMARY]


def rendered(plan: PlanDocument, limit: int | Budget = 60_000) -> Rendered:
    return render_plans([plan], SETTING, limit=limit)


def listed(text: str, title: str) -> str:
    """Return one list of a text."""
    found = re.search(rf"^> \*\*{title}.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no list {title!r}"
    return found.group()


def counted_rest(listing: str) -> int:
    found = re.search(r"^> - and ([0-9,]+) more$", listing, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("limit", [LEAST, 12_000, 30_000, 60_000, SUMMARY], ids=str)
@pytest.mark.parametrize("number", [0, 1, 60, 400, 3000])
def test_a_text_of_many_changes_is_within_its_limit(number: int, limit: int | Budget) -> None:
    budget = Budget(limit) if isinstance(limit, int) else limit
    found = rendered(many(number), limit)
    assert budget.fits(found.text)
    assert parse_marker(found.text) == found.marker
    assert found.marker.truncated == found.truncated == ("Truncated:" in found.text)


@pytest.mark.parametrize("limit", [LEAST, 20_000, 60_000])
def test_every_deletion_and_approval_is_named_or_counted(limit: int) -> None:
    text = rendered(many(3000), limit).text
    for title, first, total in (
        ("Destructive", 5, 300),
        ("300 approval changes", 3, 300),
        ("Access is widened", 1, 60),
    ):
        every = listed(text, title)
        names = set(re.findall(r"`churn-v(\d+)`", every))
        assert len(names) + counted_rest(every) == total
        assert str(first) in names


def test_ten_thousand_changes_name_every_deletion_and_approval() -> None:
    text = rendered(many(10_000)).text
    assert len(text) <= 60_000
    for title in ("Destructive", "1,000 approval changes"):
        assert len(set(re.findall(r"`churn-v(\d+)`", listed(text, title)))) == 1000


def test_nothing_is_made_that_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Section] = []

    def counting(*arguments: object) -> Section:
        made.append(section(*arguments))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(plans, "section", counting)
    text = rendered(many(10_000)).text
    assert len(made) <= text.count("<details>") + 1


def test_updates_go_before_creations_and_those_before_what_matters() -> None:
    def kept(limit: int) -> dict[str, int]:
        text = rendered(many(300), limit).text
        words = ("update", "create", "approval", "delete")
        return {each: text.count(f"<details><summary>{each} ") for each in words}

    assert kept(200_000) == {"update": 210, "create": 30, "approval": 30, "delete": 30}
    some = kept(60_000)
    assert some["create"] == some["approval"] == some["delete"] == 30
    assert 0 < some["update"] < 210
    fewer = kept(40_000)
    assert fewer["update"] <= 6  # those that widen access
    assert fewer["create"] < 30
    assert fewer["approval"] == fewer["delete"] == 30


def test_what_does_not_change_goes_before_anything_else() -> None:
    same = [an_action(Verb.NONE, name=f"same-with-a-long-name-{n}") for n in range(300)]
    plan = written(a_plan(*same, *[an_action(Verb.UPDATE, a_change("Tags.a"), name="u")]))
    wanted = replace(SETTING, list_unchanged=True)
    whole = render_plans([plan], wanted, limit=20_000)
    assert not whole.truncated
    assert "same-with-a-long-name-299" in whole.text
    for text in (plan, written(a_plan(*same))):
        cut = render_plans([text], wanted, limit=LEAST)
        assert cut.truncated
        assert Budget(LEAST).fits(cut.text)
        assert "the names of 300 unchanged resources did not fit" in cut.text
        assert "same-with" not in cut.text
    assert "<summary>update ModelPackage" in render_plans([plan], wanted, limit=LEAST).text


def test_large_updates_go_first() -> None:
    actions = [
        an_action(
            Verb.UPDATE,
            *[a_change(f"Tags.k{key}", "a", "b" * 60) for key in range(size)],
            name=f"size-{size}",
        )
        for size in range(1, 40)
    ]
    text = rendered(written(a_plan(*actions)), 20_000).text
    sizes = [int(each) for each in re.findall(r"<summary>.*?size-(\d+)", text)]
    assert sizes == list(range(1, len(sizes) + 1))
    assert 1 < len(sizes) < 39


def test_the_note_says_what_was_left_out_and_where_it_is() -> None:
    found = rendered(many(3000), LEAST)
    note = found.text.partition("**Truncated: ")[2].partition("\n")[0]
    assert "rows under “Destructive: 300 deletions”" in note
    assert "the diffs of 3,000 resources" in note
    assert f"[the run's summary]({SETTING.run_url})" in note
    more = replace(SETTING, summary_url="https://h.example/s", artifact_url="https://h.example/a")
    text = render_plans([many(3000)], more).text
    assert (
        "[the run's summary](https://h.example/s) and [its artifact](https://h.example/a)" in text
    )


def test_a_table_of_more_than_fifty_rows_says_how_many_more() -> None:
    text = rendered(many(51, only=Verb.UPDATE)).text
    assert text.count("| update | ModelPackage ") == 50
    assert "\n\nand 1 more\n" in text


def test_a_long_list_of_warnings_does_not_drive_out_the_diffs() -> None:
    notes = tuple(Note(Level.WARNING, "w", f"warning {number} of it") for number in range(200))
    found = rendered(written(a_plan(an_action(Verb.UPDATE, a_change(), notes=notes))))
    assert counted_rest(listed(found.text, "200 warnings")) == 180
    assert "<details" in found.text
    assert found.truncated


def test_a_list_does_not_take_the_room_of_another() -> None:
    refusals = tuple(a_refusal(what="x " * 400, fix=f"{number}") for number in range(500))
    plan = a_plan(
        *(an_action(Verb.APPROVE, a_change(), name=f"v{number}") for number in range(100)),
        refusals=refusals,
    )
    text = rendered(written(plan)).text
    assert counted_rest(listed(text, "Refused")) > 0
    approvals = listed(text, "100 approval changes")
    assert len(set(re.findall(r"`v(\d+)`", approvals))) == 100


def test_names_without_a_row_are_grouped_by_what_becomes_of_them() -> None:
    actions = [
        an_action(Verb.APPROVE, a_change(after=after), name=f"v{number}")
        for number in range(60)
        for after in (("Approved", "Rejected")[number % 2],)
    ]
    every = listed(rendered(written(a_plan(*actions))).text, "60 approval changes")
    groups = re.findall(
        r"^> - ModelPackage: `PendingManualApproval` → `(\w+)`: ", every, re.MULTILINE
    )
    assert groups == ["Approved", "Rejected"]


def test_a_limit_below_the_least_is_refused() -> None:
    with pytest.raises(ValueError, match="8000 UTF-16 units"):
        rendered(many(1), LEAST - 1)


def test_several_hundred_missing_environments_fit() -> None:
    names = tuple(f"environment-{number}" for number in range(900))
    found = render_plans([], replace(SETTING, expected=names), limit=LEAST)
    assert len(found.text) <= LEAST
    assert "900 plans missing" in found.text
    assert found.truncated


# --- any plan

hostile = st.sampled_from(list(HOSTILE.values())) | st.text(max_size=30)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=5,
)
sides = st.just(MISSING) | values.filter(lambda value: value is not None)
places = st.builds(Location, hostile, st.integers(1, 99))
changes = st.builds(
    a_change,
    st.sampled_from(["Tags", "ModelApprovalStatus", "Statement"]) | hostile,
    sides,
    sides,
    sensitive=st.booleans(),
    reason=hostile,
    where=st.none() | places,
)
notes = st.builds(
    Note,
    st.sampled_from(Level),
    st.sampled_from(["widens-access", "unknown", "x"]),
    hostile,
    hostile,
    hostile,
)


@st.composite
def actions(draw: st.DrawFn) -> Action:
    keys = st.builds(ResourceKey, st.sampled_from(["registry", "production"]), hostile, hostile)
    return Action(
        draw(keys),
        draw(st.sampled_from(Verb)),
        draw(places),
        tuple(draw(st.lists(changes, max_size=3))),
        arn=draw(st.none() | hostile),
        context=draw(hostile),
        notes=tuple(draw(st.lists(notes, max_size=2))),
        waits_for=draw(st.none() | hostile),
    )


@st.composite
def any_plan(draw: st.DrawFn) -> Plan:
    base = everything()
    drawn = tuple(draw(st.lists(actions(), max_size=4)))
    refusals = draw(
        st.lists(st.builds(a_refusal, what=hostile, why=hostile, fix=hostile), max_size=2)
    )
    return replace(
        base,
        actions=drawn * draw(st.sampled_from([1, 1, 40])),
        refusals=tuple(refusals),
        unmanaged=(Unmanaged("registry", "x", draw(hostile)),),
    )


def encodable(plan: Plan) -> PlanDocument | None:
    """Return a plan's document; none where it holds a lone surrogate, which no file can."""
    try:
        return plan_document(plan)
    except UnicodeEncodeError:
        return None


@settings(max_examples=40, deadline=None)
@given(any_plan(), st.sampled_from(BUDGETS), st.sampled_from(Dialect))
def test_any_plan_is_a_text_within_its_limit_that_holds_together(
    plan: Plan, budget: Budget, dialect: Dialect
) -> None:
    document = encodable(plan)
    if document is None:
        return
    found = render_plans([document], SETTING, limit=budget, dialect=dialect)
    assert budget.fits(found.text)
    marker = parse_marker(found.text)
    assert marker == found.marker
    digests = [short(each.digest) for each in plan.actions if each.verb is not Verb.NONE]
    assert marker is not None
    assert marker.operations in {tuple(dict.fromkeys(digests)), None}
    seen = read(found.text)
    assert set(seen.elements) <= OURS
    assert seen.attributes <= {"href", "open", "lang"}
    assert not LINKED.search(seen.outside)
    assert all(each.startswith(f"{SETTING.repository_url}/") for each in seen.links)
    assert len(seen.comments) == 1
    assert not any(line.lstrip().startswith("::") for line in found.text.splitlines())
    assert "##[" not in found.text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_every_place_is_inert(text: str) -> None:
    where = Location(f"a/{text}.yaml", 1)
    action = an_action(
        Verb.APPROVE,
        a_change("Note", text, "b", where=where, reason=text),
        a_change("Note", MISSING, {text: [text, {"a": text}]}),
        a_change("ModelApprovalStatus", text, text + "x"),
        a_change("Statement." + text, text, MISSING),
        name=text,
        context=text,
        where=where,
        arn=text,
        notes=(replace(WIDE, text=text), Note(Level.WARNING, text, text, text, text)),
        waits_for=text,
    )
    every = (replace(action, verb=verb) for verb in Verb)
    plan = a_plan(
        *every,
        refusals=(a_refusal(guard=text, what=text, why=text, fix=text, where=HERE),),
        environments=everything().environments,
    )
    for dialect in Dialect:
        found = read(render_plans([plan_document(plan)], SETTING, dialect=dialect).text)
        assert set(found.elements) <= OURS
        assert not LINKED.search(found.outside)
        assert all(each.startswith(f"{SETTING.repository_url}/") for each in found.links)


def test_hostile_setting_is_inert() -> None:
    setting = replace(
        SETTING,
        key="--><img src=x>",
        branch="`@octocat #1`",
        run_url="https://x.example/) ![i](https://evil.example/i.png",
        repository_url="https://evil.example/ [x](y)",
        head="<script>",
        base="#1",
        expected=("@octocat",),
    )
    plan, report = failed_apply()
    found = read(render_plans([plan, two_environments()], setting, reports=[report]).text)
    assert set(found.elements) <= OURS
    assert not found.links
    assert not LINKED.search(found.outside)
