"""Resolve `ref` to fragments: merge inline keys over them, and remember where each value is from.

`{ref: name, ...overrides}` takes the fragment and lets inline keys win: mappings merge key by
key, `containers` merge by position, every other list is replaced as a whole. A fragment may
itself refer to another one of its kind.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.location import DataPath, Location, dotted
from reconciler.core.problem import Problem
from reconciler.manifest.document import Data, Document

REF = "ref"

# Where a manifest of a kind may say `ref`, and the kind of fragment that it must name. A `None`
# step stands for every item of a list.
REFERENCES: Mapping[str, tuple[tuple[tuple[str | None, ...], str], ...]] = {
    "ModelPackage": (
        (("spec", "inferenceSpecification"), "InferenceSpecification"),
        (("spec", "additionalInferenceSpecifications", None), "InferenceSpecification"),
        (("spec", "validationSpecification"), "ValidationProfile"),
    ),
    "InferenceSpecification": ((("spec",), "InferenceSpecification"),),
    "ValidationProfile": ((("spec",), "ValidationProfile"),),
}

Fragments = Mapping[tuple[str, str], Document]
"""Fragment documents by kind and name."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One contribution to a merged value: the data of a document below `base`."""

    document: Document
    base: DataPath
    data: Data


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the values of one manifest were written, through its references.

    `layers` holds, for each path that said `ref`, the contributions, strongest first. `incomplete`
    are those of these paths whose reference leads nowhere, so that keys may seem to be missing.
    """

    document: Document
    layers: Mapping[DataPath, tuple[Layer, ...]] = field(default_factory=dict)
    incomplete: frozenset[DataPath] = frozenset()

    def is_incomplete(self, path: DataPath) -> bool:
        """Say whether a reference on the way to a path leads nowhere."""
        return any(path[: len(each)] == each for each in self.incomplete)

    def locate(self, path: DataPath, *, key: bool = False) -> Location:
        """Return where the value at a path of the merged manifest was written."""
        document, inner = self._written(path)
        return document.locate(inner, key=key)

    def elsewhere(self, path: DataPath) -> Location | None:
        """Return where the value at a path was written if that is a fragment, at little cost."""
        document, inner = self._written(path)
        return None if document is self.document else document.locate(inner)

    def scalar_text(self, path: DataPath) -> str | None:
        """Return the scalar at a path of the merged manifest as its author wrote it."""
        document, inner = self._written(path)
        return document.scalar_text(inner)

    def _written(self, path: DataPath) -> tuple[Document, DataPath]:
        for length in range(len(path), 0, -1):
            layers = self.layers.get(path[:length])
            if layers:
                rest = path[length:]
                layer = next((each for each in layers if _holds(each.data, rest)), layers[0])
                return layer.document, (*layer.base, *rest)
        return self.document, path


@dataclass(slots=True)
class _Resolution:
    """The work on one document: what it may refer to, and what was found on the way."""

    origin: Document
    fragments: Fragments
    problems: list[Problem] = field(default_factory=list)
    layers: dict[DataPath, tuple[Layer, ...]] = field(default_factory=dict)
    incomplete: set[DataPath] = field(default_factory=set)


def resolve(
    document: Document, kind: str, fragments: Fragments
) -> tuple[dict[str, Data], Origin, list[Problem]]:
    """Return a document's data with every `ref` replaced, its origin, and what is wrong.

    A reference that does not resolve is reported and left out, so that the rest can be checked.
    """
    work = _Resolution(document, fragments)
    data: Data = document.data
    for pattern, fragment_kind in REFERENCES.get(kind, ()):
        for path in _places(document.data, pattern):
            data = _replace_at(data, path, _merged(work, path, fragment_kind))
    if not isinstance(data, dict):
        raise TypeError("a document stays a mapping")
    return data, Origin(document, work.layers, frozenset(work.incomplete)), work.problems


def _places(data: Data, pattern: Sequence[str | None], at: DataPath = ()) -> Iterator[DataPath]:
    """Yield the paths that match a pattern and hold a mapping with `ref`."""
    if not pattern:
        if isinstance(data, dict) and REF in data:
            yield at
        return
    step, rest = pattern[0], pattern[1:]
    if step is None and isinstance(data, list):
        for index, item in enumerate(data):
            yield from _places(item, rest, (*at, index))
    elif step is not None and isinstance(data, dict) and step in data:
        yield from _places(data[step], rest, (*at, step))


def _merged(work: _Resolution, path: DataPath, kind: str) -> Data:
    """Return the merged value at a path that says `ref`, recording its layers."""
    layers: list[Layer] = []
    seen: list[tuple[str, str]] = []
    document, base = work.origin, path
    while True:
        value = value_at(document.data, base)
        if not isinstance(value, dict):
            break
        layers.append(Layer(document, base, {k: v for k, v in value.items() if k != REF}))
        if REF not in value:
            break
        found = _follow(work, document, (*base, REF), kind, seen)
        if found is None:
            work.incomplete.add(path)
            break
        document, base = found, ("spec",)
    work.layers[path] = tuple(layers)
    merged: Data = {}
    for layer in reversed(layers):
        merged = _overlay(merged, layer.data)
    return merged


def _follow(
    work: _Resolution,
    document: Document,
    at: DataPath,
    kind: str,
    seen: list[tuple[str, str]],
) -> Document | None:
    """Return the fragment that a `ref` names, or report why there is none."""
    name = value_at(document.data, at)
    where = document.locate(at)
    if not isinstance(name, str):
        what = "a reference is the name of a fragment"
        work.problems.append(_problem("E205", where, at, what, fix="write ref: NAME"))
        return None
    if (kind, name) in seen:
        chain = " -> ".join([*(each for _, each in seen), name])
        work.problems.append(
            _problem("E302", where, at, f"reference cycle: {chain}", fix="break the cycle")
        )
        return None
    seen.append((kind, name))
    found = work.fragments.get((kind, name))
    if found is None:
        work.problems.append(_unknown(work.fragments, where, at, kind, name))
    return found


def _unknown(fragments: Fragments, where: Location, at: DataPath, kind: str, name: str) -> Problem:
    others = sorted(other for other, known in fragments if known == name)
    if others:
        what = f"'{name}' is {_a(others[0])}, but {_a(kind)} is wanted here"
        return _problem("E303", where, at, what, fix=f"name a manifest of kind {kind}")
    names = sorted(known for of_kind, known in fragments if of_kind == kind)
    return _problem(
        "E301",
        where,
        at,
        f"there is no {kind} named '{name}'",
        why=f"known: {', '.join(names) or 'none'}",
        fix=suggestion(name, names) or f"add a manifest of kind {kind} with this name",
    )


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return `did you mean 'x'?` for the nearest known name, or nothing."""
    by_folded = {each.lower(): each for each in known}
    nearest = difflib.get_close_matches(name.lower(), list(by_folded), n=1)
    return f"did you mean '{by_folded[nearest[0]]}'?" if nearest else ""


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AEIOU" else f"a {kind}"


def _problem(  # noqa: PLR0913, PLR0917 - the parts of one message
    code: str, where: Location, at: DataPath, what: str, why: str = "", fix: str = ""
) -> Problem:
    return Problem(code, where, dotted(at), what, why, fix)


def value_at(data: Data, path: DataPath) -> Data:
    """Return the value at a path, or `None` where there is nothing."""
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _holds(data: Data, path: DataPath) -> bool:
    for step in path:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return False
    return True


def _replace_at(data: Data, path: DataPath, value: Data) -> Data:
    """Return a copy of the data with the value at an existing path replaced."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, dict) and isinstance(step, str):
        return {**data, step: _replace_at(data[step], rest, value)}
    if isinstance(data, list) and isinstance(step, int):
        return [
            _replace_at(each, rest, value) if index == step else each
            for index, each in enumerate(data)
        ]
    raise TypeError(f"no such place: {dotted(path)}")


def _overlay(under: Data, over: Data, name: str = "") -> Data:
    """Return `over` laid on `under`: mappings by key, `containers` by position, others replaced."""
    if isinstance(under, dict) and isinstance(over, dict):
        merged = dict(under)
        merged |= {key: _overlay(under.get(key), value, key) for key, value in over.items()}
        return merged
    if name == "containers" and isinstance(under, list) and isinstance(over, list):
        longer = under if len(under) > len(over) else over
        return [
            _overlay(under[i], over[i]) if i < min(len(under), len(over)) else longer[i]
            for i in range(len(longer))
        ]
    return over
