"""How resources, places in manifests and commits are named in a text, and what they link to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from reconciler.render.contract import Identity, Place
from reconciler.render.markdown.blocks import Dialect, address_of, fence, link
from reconciler.render.markdown.escaping import Code, clipped, code, prose
from reconciler.render.markdown.setting import Setting

_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_SHORT: Final = 12
_LONGEST_NAME: Final = 200
_LONGEST_PATH: Final = 300
_LONGEST_TEXT: Final = 1000
_MOST_LINES: Final = 60


@dataclass(frozen=True, slots=True)
class Naming:
    """What names depend on. `several` environments have names that begin with theirs."""

    setting: Setting
    dialect: Dialect
    several: bool

    def name(self, resource: Identity) -> Code:
        """Return the name of a resource, unique in this text beside its kind."""
        name = clipped(resource.name, _LONGEST_NAME)
        place = clipped(resource.environment, _LONGEST_NAME)
        return Code(f"{place}/{name}" if self.several else name)

    def resource(self, resource: Identity) -> str:
        """Return kind and name of a resource."""
        return f"{said(clipped(resource.kind, _LONGEST_NAME))} {code(self.name(resource))}"

    def place(self, where: Place, prefix: str) -> str:
        """Return where something is declared, as a link to the head commit where it is known."""
        path = clipped(where.path, _LONGEST_NAME)
        return link(code(f"{path}:{where.line}"), self._address(where, prefix))

    def commit(self, commit: str) -> str:
        """Return a commit by its first digits, as a link where the repository is known."""
        shown = code(commit[:_SHORT])
        base = self.setting.repository_url
        return link(shown, f"{base}/commit/{commit}") if _COMMIT.fullmatch(commit) else shown

    @property
    def whole(self) -> str:
        """Return where to find what is left out of a text."""
        found = [
            link(words, address)
            for words, address in (
                ("the run's summary", self.setting.summary_url or self.setting.run_url),
                ("its artifact", self.setting.artifact_url),
            )
            if address
        ]
        return " and ".join(found) or "`plan.json`"

    def _address(self, where: Place, prefix: str) -> str:
        """Return the page of a line; nothing for a place outside of the repository."""
        base, head, path = self.setting.repository_url, self.setting.head, f"{prefix}{where.path}"
        is_known = bool(base) and bool(_COMMIT.fullmatch(head))
        if not is_known or len(path) > _LONGEST_PATH or not _is_inside(path):
            return ""
        return address_of(f"{base}/blob/{head}", path, f"L{where.line}")


def number_of(number: int, noun: str) -> str:
    """Return `1 change` or `1,200 changes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def said(text: str) -> str:
    """Return a sentence, which may quote others, of bounded length."""
    return prose(clipped(text, _LONGEST_TEXT))


def fix_of(fix: str) -> str:
    """Return how to go on; one that holds a block to copy keeps its lines."""
    first, _, rest = fix.partition("\n")
    if not rest:
        return said(first)
    lines = rest.split("\n")
    more = [f"… and {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    kept = [clipped(each, _LONGEST_NAME) for each in lines[:_MOST_LINES]]
    return f"{said(first)}\n{fence(chr(10).join([*kept, *more]))}"


def item(text: str, *below: str) -> str:
    """Return an item of a list, with lines and blocks of its own below it."""
    inner = [f"  - {_indented(each, '    ')}" for each in below if each]
    return "\n".join([f"- {text}", *inner])


def labelled(label: str, text: str) -> str:
    """Return `why: ...`, nothing where there is no text."""
    return f"{label}: {text}" if text else ""


def _indented(text: str, by: str) -> str:
    return text.replace("\n", f"\n{by}")


def _is_inside(path: str) -> bool:
    """Say whether a path is relative and stays below where it starts."""
    steps = path.split("/")
    return bool(path) and "\\" not in path and not {"", ".."}.intersection(steps)
