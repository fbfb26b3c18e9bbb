"""The strict YAML loader: text to plain data, in one pass over libyaml's events. Pure.

What is refused, and why, stands in `reconciler.core.codes`. A document with a problem is
left out and the file's other documents are still returned, so that all their problems can
be shown at once. After a syntax error or a bound nothing of the file is returned: it is
unknown where its documents end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from sys import intern
from typing import Final, NoReturn

from yaml import CSafeLoader, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.core.location import DataPath, Location, dotted
from reconciler.core.problem import Problem
from reconciler.manifest import syntax
from reconciler.manifest.aliases import measure
from reconciler.manifest.document import Data, Document, SourceFile
from reconciler.manifest.limits import (
    MAX_ALIASED_NODES,
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_PROBLEMS,
    file_too_large,
)
from reconciler.manifest.marks import BYTE_ORDER_MARK, mark_of
from reconciler.manifest.scalars import TYPED_STARTS, resolve

_VERSION: Final = (1, 2)
_SHOWN_KEY_LENGTH: Final = 60
_DUPLICATE_FIX: Final = "remove one of them"
_DUPLICATE_ROOT_FIX: Final = "begin a second manifest with a line '---', or remove one of them"


class _GivenUp(Exception):  # noqa: N818 - not an error but the way out of a file
    """Nothing more can be learned from this file."""


def load(source: SourceFile) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a file and everything that is wrong with its YAML.

    Never raises, whatever the text. Empty documents are skipped.
    """
    text = source.text.removeprefix(BYTE_ORDER_MARK)
    if len(text) > MAX_FILE_BYTES:
        return [], [file_too_large(source.path)]
    if not text.isascii() and (strange := syntax.strange_character(source.path, text)):
        return [], [strange]
    if "%TAG" in text and (flood := syntax.flood_of_directives(source.path, text)):
        return [], [flood]
    reading = _Reading(source)
    documents, problems = reading.documents, reading.problems
    try:
        reading.read(CSafeLoader(text).get_event)
    except _GivenUp:
        documents = []
    except YAMLError as error:
        documents = []
        problems.append(syntax.explain(source.path, text, error))
    return documents, sorted(problems, key=lambda problem: problem.sort_key)


class _Reading:
    """One pass over one file.

    Finished values of a document are collected flat in `_items`, beside the events that began
    them in `_events`. A container puts a placeholder there; its end folds all that follows the
    placeholder into it. Events are kept so that a problem can tell its place; nothing is
    computed for them otherwise.
    """

    def __init__(self, source: SourceFile) -> None:
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self._source = source
        self._number = -1
        self._problems_before = 0
        self._repeated = 0
        self._items: list[Data] = []
        self._events: list[NodeEvent] = []
        self._starts: list[int] = []
        self._anchors: dict[str, Data] = {}
        self._open_anchors: set[str] = set()

    def read(self, next_event: Callable[[], Event | None]) -> None:
        """Build all documents. This loop is the product's hottest: keep work out of it."""
        typed_starts, typed = TYPED_STARTS, self._typed
        keep, note = self._items.append, self._events.append
        for event in iter(next_event, None):
            if type(event) is ScalarEvent:
                value: Data = event.value
                if not event.style and event.value[:1] in typed_starts:
                    value = typed(event)
                if event.anchor is not None or event.tag is not None:
                    self._check_properties(event)
                    self._name(event, value)
                keep(value)
                note(event)
            elif type(event) is MappingEndEvent:
                self._end_mapping()
            elif type(event) is MappingStartEvent or type(event) is SequenceStartEvent:
                self._start(event)
            elif type(event) is SequenceEndEvent:
                self._end_list()
            else:
                self._rare(event)

    def _rare(self, event: Event) -> None:
        match event:
            case AliasEvent():
                self._items.append(self._repeat(event))
                self._events.append(event)
            case DocumentStartEvent():
                self._start_document(event)
            case DocumentEndEvent():
                self._end_document()
            case _:
                pass

    def _start_document(self, event: DocumentStartEvent) -> None:
        self._number += 1
        self._problems_before = len(self.problems)
        self._items.clear()
        self._events.clear()
        self._anchors.clear()
        if event.tags or (event.version and event.version != _VERSION):
            self._add(syntax.directive(self._place(event)))

    def _end_document(self) -> None:
        root, event = self._items[0], self._events[0]
        if isinstance(event, ScalarEvent) and not event.value and not event.style:
            return
        if not isinstance(root, dict):
            what = f"a document has to be a mapping, not {_described(root)}"
            self._refuse("E120", event, what, fix="begin it with 'apiVersion: reconciler/v1'")
        elif len(self.problems) == self._problems_before:
            where = self._place(event)
            self.documents.append(Document(self._source, self._number, root, where))

    def _typed(self, event: ScalarEvent) -> Data:
        value = resolve(event.value)
        if type(value) is float and not math.isfinite(value):
            what = f"{event.value} is not a finite number"
            self._refuse("E130", event, what, fix="write a number, or quote it if it is text")
        return value

    def _start(self, event: CollectionStartEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._check_properties(event)
            if event.anchor is not None:
                self._open_anchors.add(event.anchor)
        self._items.append(None)
        self._events.append(event)
        self._starts.append(len(self._items))
        if len(self._starts) > MAX_DEPTH:
            self._give_up_depth(event)

    def _end_list(self) -> None:
        start = self._starts.pop()
        self._fold(start, self._items[start:])

    def _end_mapping(self) -> None:
        start = self._starts.pop()
        content = self._items[start:]
        mapping: dict[str, Data] = {}
        try:
            # Keys and values alternate, so `zip` takes both from one iterator. `intern` refuses
            # what is not text, and makes equal keys of all files one object.
            each = iter(content)
            mapping = dict(zip(map(intern, each), each))  # type: ignore[arg-type]  # noqa: B905
        except TypeError:
            self._check_keys(start)
        else:
            if 2 * len(mapping) != len(content) or "<<" in mapping:
                self._check_keys(start)
        self._fold(start, mapping)

    def _fold(self, start: int, value: Data) -> None:
        event = self._events[start - 1]
        del self._items[start:], self._events[start:]
        self._items[-1] = value
        if event.anchor is not None:
            self._open_anchors.discard(event.anchor)
            self._name(event, value)

    def _check_keys(self, start: int) -> None:
        """Report every key of the innermost mapping that is duplicate, not text, or `<<`."""
        first: dict[str, NodeEvent] = {}
        for position in range(start, len(self._items), 2):
            key, event = self._items[position], self._events[position]
            if not isinstance(key, str):
                self._refuse_key(event, key, start)
            elif key == "<<" and isinstance(event, ScalarEvent) and not event.style:
                self._refuse(
                    "E123",
                    event,
                    "merge keys ('<<') are not supported",
                    why="YAML 1.2 has none, and what they override is easily missed",
                    fix="write the keys out, or refer to a fragment with 'ref'",
                    end=start,
                )
            elif key in first:
                self._refuse(
                    "E121",
                    event,
                    f"key {_shown(key)} is already set at {self._place(first[key])}",
                    why="only one of the two values could be used",
                    fix=_DUPLICATE_FIX if self._path(start) else _DUPLICATE_ROOT_FIX,
                    end=start,
                    key=key,
                )
            else:
                first[key] = event

    def _refuse_key(self, event: NodeEvent, key: Data, start: int) -> None:
        what = f"a key has to be text, not {_described(key)}"
        if isinstance(event, ScalarEvent):
            text = event.value
            fix = f'quote it: "{_cut(text)}"' if text else "write the key before the ':'"
        elif self._is_template(event):
            fix = "manifests are not templates: write the value; quote it if it is text"
        else:
            fix = "use text as the key; quote the value if it begins with '{' or '['"
        self._refuse("E122", event, what, fix=fix, end=start)

    def _is_template(self, event: NodeEvent) -> bool:
        offset = mark_of(event).index
        text = self._source.text.removeprefix(BYTE_ORDER_MARK)
        return text.startswith("{{", offset - 1)

    def _check_properties(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(
                "E124",
                event,
                f"tags are not allowed: {_cut(tag)}",
                why="manifests are plain data",
                fix="remove the tag; quote a value that has to be text",
            )
        name = event.anchor
        if name is not None and (name in self._anchors or name in self._open_anchors):
            what = f"anchor &{_cut(name)} is defined twice in this document"
            self._refuse("E127", event, what, fix="give one of them another name")

    def _name(self, event: NodeEvent, value: Data) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = value

    def _repeat(self, event: AliasEvent) -> Data:
        """Return what an alias stands for, within the bounds."""
        name = event.anchor or ""
        if name in self._open_anchors:
            what = f"alias *{_cut(name)} stands inside what &{_cut(name)} marks"
            self._refuse("E126", event, what, fix="write the value out")
            return None
        if name not in self._anchors:
            what = f"alias *{_cut(name)} has no anchor before it in this document"
            fix = f'mark a value with &{_cut(name)}, or quote the text: "*{_cut(name)}"'
            self._refuse("E125", event, what, fix=fix)
            return None
        value = self._anchors[name]
        size, depth = measure(value, MAX_ALIASED_NODES - self._repeated)
        self._repeated += size
        if self._repeated > MAX_ALIASED_NODES:
            what = f"the aliases of this file repeat more than {MAX_ALIASED_NODES:,} values"
            self._refuse("E128", event, what, fix="use fewer aliases, or fragments with 'ref'")
            raise _GivenUp
        if len(self._starts) + depth > MAX_DEPTH:
            self._give_up_depth(event)
        return value

    def _give_up_depth(self, event: NodeEvent) -> NoReturn:
        what = f"nested deeper than {MAX_DEPTH} levels"
        self._refuse("E129", event, what, fix="flatten the structure")
        raise _GivenUp

    def _refuse(  # noqa: PLR0913 - the parts of a message
        self,
        code: str,
        event: NodeEvent,
        what: str,
        *,
        why: str = "",
        fix: str = "",
        end: int | None = None,
        key: str | None = None,
    ) -> None:
        """Report a problem. `end` is where the mapping that is being folded starts."""
        path = self._path(end)
        path = path if key is None else (*path, key)
        self._add(Problem(code, self._place(event), dotted(path), what, why, fix))

    def _add(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            what = f"{MAX_PROBLEMS} problems in this file; the rest of it was not checked"
            self.problems.append(
                Problem("E131", problem.where, "", what, fix="correct these first")
            )
            raise _GivenUp

    def _path(self, end: int | None) -> DataPath:
        """Return the path of the next item, or of the container that starts at `end`."""
        bounds = [*self._starts, len(self._items) + 1 if end is None else end]
        path: list[str | int] = []
        for start, after in pairwise(bounds):
            offset = after - 1 - start
            if isinstance(self._events[start - 1], SequenceStartEvent):
                path.append(offset)
            elif offset % 2:
                path.append(str(self._items[after - 2]))
        return tuple(path)

    def _place(self, event: Event) -> Location:
        mark = mark_of(event)
        return Location(self._source.path, mark.line + 1, mark.column + 1)


def _described(value: Data) -> str:
    """Return what kind of value this is, as a user would call it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"


def _shown(key: str) -> str:
    return repr(_cut(key))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_KEY_LENGTH else f"{text[:_SHOWN_KEY_LENGTH]}…"
