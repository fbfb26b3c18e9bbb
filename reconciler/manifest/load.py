"""Read manifests: files to text, to data, to typed manifests, with every problem collected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pydantic

from reconciler.core.environment import (
    AssumeRole,
    Environment,
    GuardSettings,
    OnDrift,
)
from reconciler.core.location import dotted
from reconciler.core.problem import Problem
from reconciler.manifest.document import Document, SourceFile
from reconciler.manifest.loader import load as load_documents
from reconciler.manifest.models import API_VERSION, EnvironmentSpec
from reconciler.manifest.nulls import null_problems
from reconciler.manifest.references import Fragments, Origin, resolve, suggestion
from reconciler.manifest.registry import MANIFESTS
from reconciler.manifest.schema_problems import schema_problems
from reconciler.manifest.source import read_sources
from reconciler.manifest.workspace import Manifest, Workspace
from reconciler.shapes.base import Shape, member_at


def load(roots: Sequence[Path]) -> Workspace:
    """Return the manifests under some files and folders.

    Raises:
        MissingRoot: if one of the roots does not exist.
    """
    sources, problems = read_sources(roots)
    workspace = parse(sources)
    return replace(workspace, problems=_sorted([*problems, *workspace.problems]))


def parse(sources: Sequence[SourceFile]) -> Workspace:
    """Return the manifests in some texts. Pure."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for source in sources:
        found, wrong = load_documents(source)
        documents += found
        problems += wrong
    named = {
        (kind, name): document
        for document in documents
        if (kind := _text(document, "kind")) and (name := _text(document, "metadata", "name"))
    }
    manifests: list[Manifest[Shape]] = []
    for document in documents:
        manifest, wrong = _manifest(document, named)
        problems += wrong
        if manifest:
            manifests.append(manifest)
    problems += _duplicates(manifests)
    said = {each.where for each in problems}  # a name of the wrong form is wrong only once
    problems += (each for each in _unknown_environments(documents, named) if each.where not in said)
    environments = {
        each.name: _environment(each.name, each.spec, each)
        for each in manifests
        if isinstance(each.spec, EnvironmentSpec)
    }
    return Workspace(
        manifests=tuple(manifests),
        environments=environments,
        problems=_sorted(problems),
        document_count=len(documents),
        invalid=frozenset(named) - {(each.kind, each.name) for each in manifests},
    )


def _sorted(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems in order; one that shows through several references is said once."""
    once: dict[tuple[object, ...], Problem] = {}
    for each in problems:
        first = once.setdefault((each.where, each.code, each.what), each)
        if len(each.path) < len(first.path):
            once[each.where, each.code, each.what] = each
    return tuple(sorted(once.values(), key=lambda each: each.sort_key))


def _text(document: Document, *path: str) -> str | None:
    value: object = document.data
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _manifest(document: Document, named: Fragments) -> tuple[Manifest[Shape] | None, list[Problem]]:
    """Return one document as a typed manifest, or what is wrong with it."""
    wrong = list(_envelope_problems(document))
    if wrong:
        return None, wrong
    kind = str(document.data["kind"])
    data, origin, wrong = resolve(document, kind, named)
    model = MANIFESTS[kind]
    manifest: Manifest[Shape] | None = None
    try:
        envelope = model.model_validate(data)
        manifest = None if wrong else _typed(envelope, kind, origin)
    except pydantic.ValidationError as error:
        wrong += schema_problems(error, model, origin)
    # A null of the wrong type is wrong only once; one that is refused hides nothing else.
    said = {each.path for each in wrong}
    wrong += [each for each in null_problems(data, model, origin) if each.path not in said]
    return manifest, wrong


def _typed(envelope: Shape, kind: str, origin: Origin) -> Manifest[Shape]:
    metadata, spec = envelope.metadata, envelope.spec  # type: ignore[attr-defined]
    return Manifest(kind, metadata.name, metadata.labels, spec, origin)


def _envelope_problems(document: Document) -> Iterator[Problem]:
    """Check what has to be known before a model can be chosen: `apiVersion` and `kind`."""
    for key in ("apiVersion", "kind"):
        if key not in document.data:
            yield Problem(
                "E204",
                document.where,
                key,
                f"'{key}' is required",
                "every manifest has apiVersion, kind, metadata and spec",
                f"add {key}",
            )
    version, kind = document.data.get("apiVersion"), document.data.get("kind")
    if version is not None and version != API_VERSION:
        yield Problem(
            "E201",
            document.locate(("apiVersion",)),
            "apiVersion",
            f"unknown apiVersion {document.scalar_text(('apiVersion',)) or 'of another type'}",
            fix=f"write apiVersion: {API_VERSION}",
        )
    if kind is not None and (not isinstance(kind, str) or kind not in MANIFESTS):
        known = ", ".join(MANIFESTS)
        yield Problem(
            "E202",
            document.locate(("kind",)),
            "kind",
            f"unknown kind {document.scalar_text(('kind',)) or 'of another type'}",
            f"known kinds: {known}",
            suggestion(str(kind), list(MANIFESTS)) or "use one of the known kinds",
        )


def _duplicates(manifests: Sequence[Manifest[Shape]]) -> Iterator[Problem]:
    """Yield a problem for every manifest whose kind, environment and name are taken already."""
    seen: dict[tuple[str, str, str], Manifest[Shape]] = {}
    for each in manifests:
        environment = getattr(each.spec, "environment", "")
        first = seen.setdefault((each.kind, environment, each.name), each)
        if first is not each:
            scope = f" in environment '{environment}'" if environment else ""
            yield Problem(
                "E306",
                each.locate(("metadata", "name")),
                dotted(("metadata", "name")),
                f"{each.kind} '{each.name}' is declared twice{scope}",
                f"first declared at {first.locate(('metadata', 'name'))}",
                "rename or remove one of the two",
            )


def _unknown_environments(documents: Sequence[Document], named: Fragments) -> Iterator[Problem]:
    """Yield a problem for every document whose environment no document declares.

    Whether the rest of it is valid does not matter: all that is wrong is said at once.
    """
    known = sorted(name for kind, name in named if kind == "Environment")
    path = ("spec", "environment")
    for each in documents:
        model = MANIFESTS.get(_text(each, "kind") or "")
        environment = _text(each, *path)
        if environment is None or model is None or member_at(model, path) is None:
            continue
        if environment not in known:
            yield Problem(
                "E304",
                each.locate(path),
                dotted(path),
                f"there is no Environment named '{environment}'",
                f"known: {', '.join(known) or 'none'}",
                suggestion(environment, known) or "add a manifest of kind Environment",
            )


def _environment(name: str, spec: EnvironmentSpec, manifest: Manifest[Shape]) -> Environment:
    roles, guards, approvals = spec.assume_role, spec.guards, spec.approvals
    return Environment(
        name=name,
        account_id=spec.account_id,
        region=spec.region,
        owner=spec.owner,
        where=manifest.where,
        assume_role=AssumeRole(roles.plan, roles.apply, roles.external_id)
        if roles
        else AssumeRole(),
        guards=GuardSettings(guards.max_changes, guards.max_change_percent)
        if guards
        else GuardSettings(),
        on_drift=OnDrift(approvals.on_drift) if approvals else OnDrift.REPORT,
        artifact_buckets=dict(spec.artifact_buckets or {}),
        watch_policies=spec.watch_policies,
    )
