"""Mask what this run must not show: given texts wherever they stand, and account ids if asked.

This is done to the documents, before anything is shortened or escaped: half of a secret, or an
escaped one, would not be found in the text that is made of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from reconciler.core.data import Json, Missing
from reconciler.render.contract import Part, PlanDocument, ReportDocument
from reconciler.render.markdown.setting import EarlyEnd, Setting
from reconciler.render.principals import with_places
from reconciler.render.redact import HIDDEN

_ACCOUNT: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{8}(?=[0-9]{4}(?![0-9A-Za-z]))")
_DIGITS: Final = 12
_KEPT: Final = 4
_STARS: Final = "*" * (_DIGITS - _KEPT)
_AS_WRITTEN: Final = frozenset({"digest", "planDigest", "document", "formatVersion", "verb"})
_SIDES: Final = ("before", "after")

Masked = TypeVar("Masked", bound=Part)
_Text = Callable[[str], str]


def masked_plans(plans: Sequence[PlanDocument], setting: Setting) -> Sequence[PlanDocument]:
    """Return plans without what must not be shown. Digests stay those of the real values."""
    return [_masked(plan, setting, plan.accounts) for plan in plans]


def masked_reports(
    reports: Sequence[ReportDocument | EarlyEnd], setting: Setting, accounts: Iterable[str]
) -> Sequence[ReportDocument | EarlyEnd]:
    """Return reports without what must not be shown; `accounts` are those of the plans."""
    known = dict.fromkeys(accounts, "")
    return [
        _masked(each, setting, known)
        if isinstance(each, ReportDocument)
        else replace(each, error=_masked(each.error, setting, known))
        for each in reports
    ]


def masked_setting(setting: Setting) -> Setting:
    """Return a setting whose own texts are masked as well."""
    text = _texts(setting, {})
    return replace(
        setting,
        key=text(setting.key),
        branch=text(setting.branch),
        expected=tuple(text(each) for each in setting.expected),
    )


def _masked(part: Masked, setting: Setting, accounts: Mapping[str, str]) -> Masked:
    """Return a document with every text masked; the same one where there is nothing to mask."""
    written = part.model_dump_json(by_alias=True)
    hides = any(each and _as_json(each) in written for each in setting.hidden)
    if not (hides or setting.mask_accounts):
        return part
    text = _texts(setting, accounts)
    return part.model_validate_json(json.dumps(_walked(json.loads(written), text, accounts)))


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _texts(setting: Setting, accounts: Mapping[str, str]) -> _Text:
    """Return what masks one text."""
    hidden = sorted((each for each in setting.hidden if each), key=len, reverse=True)
    secrets = re.compile("|".join(map(re.escape, hidden))) if hidden else None
    known = [each for each in accounts if len(each) == _DIGITS] if setting.mask_accounts else []

    def masked(text: str) -> str:
        if secrets:
            text = secrets.sub(HIDDEN, text)
        for account in known:
            text = text.replace(account, _STARS + account[-_KEPT:])
        return _ACCOUNT.sub(_STARS, text) if setting.mask_accounts else text

    return masked


def _walked(value: Json, text: _Text, accounts: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {
            text(key): item
            if key in _AS_WRITTEN
            else _walked(_placed(key, item, accounts), text, accounts)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_walked(item, text, accounts) for item in value]
    if isinstance(value, int) and len(str(value)) == _DIGITS:
        masked = text(str(value))
        return value if masked == str(value) else masked
    return value


def _placed(key: str, value: Json, accounts: Mapping[str, str]) -> Json:
    """Name principals by their environment as long as their account can be read."""
    if key not in _SIDES or not isinstance(value, Mapping | list):
        return value
    found = with_places(value, accounts)
    return None if isinstance(found, Missing) else found
