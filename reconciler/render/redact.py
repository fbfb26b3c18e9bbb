"""Keep secrets out of everything that is shown or written, on values, before any rendering.

Three nets: fields that are declared sensitive, map keys whose name says that they hold a secret
(the values of a container's `Environment` always count), and texts that look like a credential
wherever they stand. Digests of actions are taken over the real values, so two plans that differ
only in a secret are still different plans.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

from reconciler.core.data import Json, Missing, Value, digest, is_map

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SECRET_ENDINGS: Final = (
    "password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "token",
    "credential", "credentials", "apikey", "accesskey", "privatekey", "signingkey",
    "connectionstring",
)  # fmt: skip
_SECRET_MEMBERS: Final = frozenset({"ModelCardContent"})
_SECRET_MAPS: Final = frozenset({"Environment"})
_PAIR_KEYS: Final = ("Key", "Name")

_CREDENTIAL: Final = re.compile(
    r"""
    (?P<pem>-----BEGIN\ [A-Z0-9\ ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z0-9\ ]*KEY-----|\Z))
  | (?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
  | (?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{20,}
  | (?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{20,}
  | (?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}
  | (?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9-]{10,}
  | (?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}
  | (?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20,}
  | (?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
  | (?<=[?&]X-Amz-Signature=)[^&\s"']+
  | (?<=[?&]X-Amz-Security-Token=)[^&\s"']+
  | (?<=://)[^/\s:@"']+:[^/\s@"']+(?=@)
  | (?<=SecretAccessKey=)[^&\s"']+
    """,
    re.VERBOSE | re.DOTALL,
)
# Each alternative of the pattern needs one of these, and that of passwords in URLs both of the
# others. Looking for them is ten times as fast, and nearly every text has none.
_CREDENTIAL_SIGNS: Final = (
    "-----BEGIN ", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
    "xox", "hf_", "sk-", "eyJ", "X-Amz-S", "SecretAccessKey=",
)  # fmt: skip
_PASSWORD_SIGNS: Final = ("@", "://")


HIDDEN: Final = "(sensitive value)"
"""What stands where a secret was."""


class Redacted(str):
    """A text in which something was masked: equal only to one that hides the same.

    So a difference between two secrets stays a difference, although both look alike. What is
    hidden is compared by a digest that is never shown: that of a short secret can be guessed.
    """

    __slots__ = ("_hidden",)
    _hidden: str

    @classmethod
    def hiding(cls, text: str, value: Json) -> Self:
        """Return a text that stands for a value."""
        made = cls(text)
        made._hidden = digest(value)
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and self._hidden == other._hidden

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._hidden)


class Mask(Redacted):
    """What is shown in place of a whole secret."""

    __slots__ = ()

    @classmethod
    def over(cls, value: Json) -> Self:
        """Return the mask of one value."""
        return cls.hiding(HIDDEN, value)


def redacted(path: str, value: Value, *, sensitive: bool = False) -> Value:
    """Return the value of the field at `path` with every secret in it masked.

    `path` is the path of a field change: a member, or a member and a map's key (`Tags.team`).
    `sensitive` masks all of it, as does a path whose member or key says that it is secret.
    """
    if isinstance(value, Missing) or value is None:
        return value
    member, _, key = path.partition(".")
    if sensitive or is_secret_key(key or member) or member in _SECRET_MEMBERS:
        return Mask.over(value)
    return _masked(value)


@lru_cache(maxsize=4096)
def is_secret_key(key: str) -> bool:
    """Say whether the name of a map key announces a secret: `DB_PASSWORD`, `apiKey`.

    Example: `max_tokens` and `Tokenizer` do not, `hubToken` does.
    """
    words = [word.lower() for word in _WORD.findall(key)]
    joined = [first + second for first, second in pairwise(words)]
    return any(word.endswith(_SECRET_ENDINGS) for word in [*words, *joined])


def without_credentials(text: str) -> str:
    """Return the text with everything masked that looks like a credential."""
    return _searched_short(text) if len(text) <= _SHORT else _searched(text)


def _searched(text: str) -> str:
    for sign in _CREDENTIAL_SIGNS:
        if sign in text:
            return _CREDENTIAL.sub(HIDDEN, text)
    for sign in _PASSWORD_SIGNS:
        if sign not in text:
            return text
    return _CREDENTIAL.sub(HIDDEN, text)


# The same images, types and names come again and again: in a plan of thousands of versions, each
# is searched once. Long texts are not kept.
_SHORT: Final = 256
_searched_short = lru_cache(maxsize=4096)(_searched)


def _redacted_text(text: str) -> str:
    shown = without_credentials(text)
    return text if shown == text else Redacted.hiding(shown, text)


def _masked(value: Json) -> Json:
    if isinstance(value, str):
        return value if isinstance(value, Redacted) else _redacted_text(value)
    if is_map(value):
        return _masked_map(value)
    if isinstance(value, list | tuple):
        return type(value)(_masked(item) for item in value)
    return value


def _masked_map(value: Mapping[str, Json]) -> dict[str, Json]:
    secret_pair = "Value" in value and any(
        is_secret_key(str(value.get(name, ""))) for name in _PAIR_KEYS
    )
    found: dict[str, Json] = {}
    for key, item in value.items():
        name = without_credentials(key)
        while name in found:  # two keys that hide different secrets
            name += "+"
        hides = secret_pair and key == "Value" and item is not None
        found[name] = Mask.over(item) if hides else _member(key, item)
    return found


def _member(key: str, value: Json) -> Json:
    if value is None:
        return None
    if key in _SECRET_MAPS and is_map(value):
        return {name: Mask.over(item) for name, item in value.items()}
    if key in _SECRET_MEMBERS or is_secret_key(key):
        return Mask.over(value)
    return _masked(value)
