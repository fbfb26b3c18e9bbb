"""One policy document in memory that others write too, and a handler of ours at work on it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from builders import OWNER, REGION, TRAINING, Doc, environment, group, manifest, state
from fake_kind import NoAws

from reconciler.aws.api import Aws
from reconciler.core.data import Json
from reconciler.core.environment import Environment
from reconciler.core.outcome import Outcome, Report
from reconciler.core.plan import Plan
from reconciler.engine.apply import ApplyOptions, apply_plan
from reconciler.engine.guards import Limits
from reconciler.engine.plan import Planned, make_plan
from reconciler.engine.progress import Silent
from reconciler.engine.selection import Selection
from reconciler.kinds.policies.documents import DocumentHandler
from reconciler.policy.canonical import statement_text
from reconciler.policy.document import PolicyDocument, Statement, UnparseablePolicy, parse
from reconciler.policy.elements import sid_of
from reconciler.policy.ownership import belongs
from reconciler.policy.stores import Store

KEY = f"arn:aws:kms:{REGION}:{TRAINING}:key/0a1b"
KINDS = {
    Store.GROUP: "ModelPackageGroupPolicy",
    Store.REPOSITORY: "RepositoryPolicy",
    Store.BUCKET: "BucketPolicy",
    Store.KEY: "KeyPolicy",
}
CONSUMER, OTHER_CONSUMER = "333333333333", "arn:aws:iam::444444444444:role/deployer"
Respell = Callable[[Statement], Statement]
Hook = Callable[[int, str], None]


def verbatim(statement: Statement) -> Statement:
    return statement


@dataclass
class SharedDocument:
    """A document as a service keeps it: `respell` is how a read shows each statement.

    `calls` are the calls so far, by name; `intruder` is called before each of them with its
    number and name, `witness` after it took effect. Both may change `text` or fail.
    """

    store: Store
    text: str | None = None
    respell: Respell = verbatim
    intruder: Hook = lambda _number, _name: None
    witness: Hook = lambda _number, _name: None
    calls: list[str] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        return KINDS[self.store]

    @contextmanager
    def _call(self, name: str, aws: Aws, environment: Environment, target: str) -> Iterator[None]:
        assert isinstance(aws, NoAws)
        assert environment.name in {"registry", "training"}
        assert target in {"churn", "decision-trees", "acme-models", KEY}
        number = len(self.calls)
        try:
            self.intruder(number, name)
        finally:
            self.calls.append(name)
        yield
        self.witness(number, name)

    def read(self, aws: Aws, environment: Environment, target: str) -> str | None:
        with self._call("read", aws, environment, target):
            if self.text is None:
                return None
            document = parse(self.text)
            if isinstance(document, UnparseablePolicy):
                return self.text
            return document.with_statements([*map(self.respell, document.statements)]).text()

    def manager(self, aws: Aws, environment: Environment, target: str) -> str:
        assert isinstance(aws, NoAws)
        assert environment.name
        assert target
        return "CUSTOMER" if self.store is Store.KEY else ""

    def put(self, aws: Aws, environment: Environment, target: str, text: str) -> None:
        with self._call("put", aws, environment, target):
            self.puts.append(text)
            self.text = text

    def delete(self, aws: Aws, environment: Environment, target: str) -> None:
        with self._call("delete", aws, environment, target):
            assert self.store is not Store.KEY, "a key always has a policy"
            self.text = None

    # --- what is in it

    @property
    def statements(self) -> tuple[Statement, ...]:
        return parsed(self.text).statements if self.text else ()

    @property
    def ours(self) -> list[str]:
        """Return our statements, in the one text of all that mean the same."""
        return sorted(statement_text(each) for each in self.statements if is_ours(each))

    @property
    def foreign(self) -> list[str]:
        """Return everybody else's statements in their order, likewise."""
        return [statement_text(each) for each in self.statements if not is_ours(each)]

    def replace(self, statements: Sequence[Statement]) -> None:
        """Put other statements, as somebody else would; without any there is no document."""
        if not statements and self.store is not Store.KEY:
            self.text = None
            return
        start = parsed(self.text) if self.text else PolicyDocument({"Version": "2012-10-17"})
        self.text = start.with_statements(statements).text()


def is_ours(statement: Statement) -> bool:
    return belongs(sid_of(statement), OWNER)


def parsed(text: str) -> PolicyDocument:
    found = parse(text)
    assert isinstance(found, PolicyDocument), found
    return found


def grant(*names: str, access: Sequence[str] = ("read", "deploy")) -> Doc:
    return {"principals": list(names), "access": list(access)}


def manifests(*grants: Doc, name: str = "churn-consumers", **spec: Json) -> list[Doc]:
    """Return a manifest that has something to say in every document; without grants, nothing."""
    artifacts = {
        "environment": "training",
        "repositories": ["decision-trees"],
        "buckets": [{"name": "acme-models"}],
        "keys": [{"keyArn": KEY}],
    }
    asked = {"grants": list(grants)} if grants else {"ensure": "absent"}
    own = {"environment": "registry", "modelPackageGroups": ["churn"], "artifacts": [artifacts]}
    return [
        environment(),
        environment("training", TRAINING),
        group(),
        manifest("CrossAccountPolicy", name, own | asked | spec),
    ]


# --- the engine at work on it


def plan(shared: SharedDocument, documents: Sequence[Doc]) -> Planned:
    handler = DocumentHandler(shared, pause=lambda _seconds: None)
    return make_plan(
        state(documents),
        NoAws(),
        handlers=(handler,),
        selection=Selection(),
        limits=Limits(max_changes=1000),
    )


def execute(planned: Planned) -> Report:
    return apply_plan(
        planned,
        writes=NoAws(),
        options=ApplyOptions(timeout=5.0),
        progress=Silent(),
        cancel=Event(),
    )


def run(shared: SharedDocument, documents: Sequence[Doc]) -> tuple[Plan, Outcome | None]:
    """Plan and apply; return the plan and what became of its only action, if it has one."""
    planned = plan(shared, documents)
    report = execute(planned)
    assert len(report.outcomes) == len(planned.plan.actions) <= 1
    return planned.plan, report.outcomes[0] if report.outcomes else None


def as_read(dice: random.Random) -> Respell:
    """Return how AWS might show a statement: lists in any order, ids as root ARNs, `Sid: ""`."""

    def respell(statement: Statement) -> Statement:
        found: dict[str, Json] = {"Sid": "", **statement}
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            if isinstance(found.get(element), list):
                found[element] = shuffled(found[element], dice)
        for element in ("Principal", "NotPrincipal"):
            typed = found.get(element)
            if isinstance(typed, dict):
                found[element] = {
                    kind: shuffled(names, dice) if kind == "AWS" else names
                    for kind, names in typed.items()
                }
        copied: dict[str, Json] = json.loads(json.dumps(found))
        return copied

    return respell


def shuffled(value: Json, dice: random.Random) -> Json:
    found = list(value) if isinstance(value, list) else [value]
    dice.shuffle(found)
    return [
        f"arn:aws:iam::{each}:root" if isinstance(each, str) and each.isdigit() else each
        for each in found
    ]
