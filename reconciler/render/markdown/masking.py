"""Mask what this run must not show: given texts wherever they stand, and account ids if asked.

This is done to the documents, before anything is shortened or escaped: half of a secret, or an
escaped one, would not be found in the text that is made of them. Only what changes is made anew,
and each text is searched once: a plan of ten thousand changes says the same things again and again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cache
from typing import Final, TypeVar

from reconciler.render.contract import Part, PlanDocument, ReportDocument
from reconciler.render.markdown.setting import EarlyEnd, Hiding, Setting
from reconciler.render.principals import with_places
from reconciler.render.redact import HIDDEN

_ACCOUNT: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{8}(?=[0-9]{4}(?![0-9A-Za-z]))")
_LIKE_ONE: Final = re.compile(r"[0-9]{12}")
_DIGITS: Final = 12
_KEPT: Final = 4
_STARS: Final = "*" * (_DIGITS - _KEPT)
_AS_WRITTEN: Final = frozenset({"digest", "plan_digest", "document", "format_version"})
_SIDES: Final = frozenset({"before", "after", "live", "git"})

Masked = TypeVar("Masked", bound=Part)
_Text = Callable[[str], str]


def masked_plans(plans: Sequence[PlanDocument], setting: Setting) -> Sequence[PlanDocument]:
    """Return plans without what must not be shown. Digests stay those of the real values."""
    return [masked(plan, setting.hiding, plan.accounts) for plan in plans]


def masked_reports(
    reports: Sequence[ReportDocument | EarlyEnd], setting: Setting, accounts: Iterable[str]
) -> Sequence[ReportDocument | EarlyEnd]:
    """Return reports without what must not be shown; `accounts` are those of the plans."""
    known = dict.fromkeys(accounts, "")
    return [
        masked(each, setting.hiding, known)
        if isinstance(each, ReportDocument)
        else masked_end(each, setting, known)
        for each in reports
    ]


def masked_end(end: EarlyEnd, setting: Setting, accounts: Iterable[str]) -> EarlyEnd:
    """Return why a command ended early, without what must not be shown."""
    known = dict.fromkeys(accounts, "")
    name = masked_text(end.environment, setting.hiding, known)
    return replace(end, error=masked(end.error, setting.hiding, known), environment=name)


def masked_setting(setting: Setting) -> Setting:
    """Return a setting whose own texts are masked as well."""
    text = _texts(setting.hiding, ())
    return replace(
        setting,
        key=text(setting.key),
        branch=text(setting.branch),
        expected=tuple(text(each) for each in setting.expected),
    )


def masked_text(text: str, hiding: Hiding, accounts: Iterable[str] = ()) -> str:
    """Return one text without what must not be shown."""
    return _texts(hiding, accounts)(text)


def masked(part: Masked, hiding: Hiding, accounts: Mapping[str, str]) -> Masked:
    """Return a document with every text masked; the same one where there is nothing to mask.

    `accounts` are known to be ids, and name those of them that have a name.
    """
    if not (hiding.accounts or _occurs(part, hiding.texts)):
        return part
    return _Masker(_texts(hiding, accounts), accounts).part(part)


def _occurs(part: Part, texts: frozenset[str]) -> bool:
    """Say whether any of some texts is in a document."""
    sought = [json.dumps(each, ensure_ascii=False)[1:-1] for each in texts if each]
    written = part.model_dump_json(by_alias=True) if sought else ""
    return any(each in written for each in sought)


def _texts(hiding: Hiding, accounts: Iterable[str]) -> _Text:
    """Return what masks one text."""
    hidden = sorted((each for each in hiding.texts if each), key=len, reverse=True)
    secrets = re.compile("|".join(map(re.escape, hidden))) if hidden else None
    known = [each for each in accounts if len(each) == _DIGITS]

    def without_accounts(text: str) -> str:
        for account in known:
            text = text.replace(account, _STARS + account[-_KEPT:])
        return _ACCOUNT.sub(_STARS, text)

    @cache
    def masked(text: str) -> str:
        if secrets:
            text = secrets.sub(HIDDEN, text)
        if hiding.accounts and _LIKE_ONE.search(text):
            text = without_accounts(text)
        return text

    return masked


class _Masker:
    """Masks the parts of one document. What nothing changes in is kept, not copied."""

    def __init__(self, text: _Text, accounts: Mapping[str, str]) -> None:
        self._text = text
        self._accounts = accounts

    def part(self, part: Masked) -> Masked:
        """Return a part with its texts masked; its digests and our own words stay."""
        members: Mapping[str, object] = vars(part)
        changed: dict[str, object] = {}
        for name, value in members.items():
            found = self._same_text(value) if type(value) is str else self._member(name, value)
            if found is not value and name not in _AS_WRITTEN:
                changed[name] = found
        return part.model_copy(update=changed) if changed else part

    def _member(self, name: str, value: object) -> object:
        if name in _SIDES and isinstance(value, dict | list):
            # Principals are named as long as their account can be read.
            return self._any(with_places(value, self._accounts))
        return self._any(value)

    def _any(self, value: object) -> object:
        """Return a value with its texts masked: the same one where nothing changes."""
        if value is None or isinstance(value, Enum | bool | float):
            return value
        if isinstance(value, str):
            return self._same_text(value)
        if isinstance(value, tuple):
            items = tuple(map(self._any, value))
            return value if _is_same(items, value) else items
        if isinstance(value, Part):
            return self.part(value)
        return self._nested(value)

    def _same_text(self, text: str) -> str:
        found = self._text(text)  # may be an equal text that was met before
        return text if found == text else found

    def _nested(self, value: object) -> object:
        if isinstance(value, dict):
            return self._map(value)
        if isinstance(value, list):
            items = [*map(self._any, value)]
            return value if _is_same(items, value) else items
        return self._number(value)

    def _map(self, value: Mapping[str, object]) -> Mapping[str, object]:
        found = {self._text(key): self._any(item) for key, item in value.items()}
        is_kept = [*found] == [*value] and _is_same(found.values(), value.values())
        return value if is_kept else found

    def _number(self, value: object) -> object:
        shown = str(value)
        if not isinstance(value, int) or len(shown) != _DIGITS:
            return value
        found = self._text(shown)
        return value if found == shown else found


def _is_same(one: Iterable[object], other: Iterable[object]) -> bool:
    return all(each is before for each, before in zip(one, other, strict=True))
