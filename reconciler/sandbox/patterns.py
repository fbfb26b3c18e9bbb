r"""The service model's regular expressions, which are Java's, as Python can run them.

Python's `re` knows no `\p{L}`. Characters beyond ASCII are therefore replaced by one stand-in per
Unicode category, in the value as in the pattern; ASCII characters stand for themselves. Patterns
without categories (KMS names code points) are run as they are, their classes being ASCII's as in
Java.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ASCII_MEMBERS = {
    "L": "A-Za-z",
    "M": "",
    "N": "0-9",
    "P": r"!\"#%&'()*,\-./:;?@\[\\\]_{}",
    "S": r"$+<=>\^`|~",
    "Z": " ",
    "C": r"\x00-\x1f\x7f",
}
_STAND_IN = {category: chr(0xE000 + place) for place, category in enumerate(_ASCII_MEMBERS)}
_CATEGORY = re.compile(r"\\p\{([LMNPSZC])\}")
_QUANTIFIED_END = re.compile(r"\$\{\d+,\d+\}")


def matches(pattern: str, value: str, *, dot_matches_newline: bool) -> bool:
    """Return whether the whole of `value` matches a pattern of the service model."""
    compiled = _compiled(pattern, dot_matches_newline)
    by_category = _CATEGORY.search(pattern) is not None and not value.isascii()
    plain = "".join(map(_stand_in, value)) if by_category else value
    return compiled.fullmatch(plain) is not None


@cache
def _compiled(pattern: str, dot_matches_newline: bool) -> re.Pattern[str]:  # noqa: FBT001
    """Translate one pattern.

    The CustomerMetadata patterns end in `${1,128}`: a quantified end anchor, which Java accepts
    and which adds nothing to the character class (botocore: CustomerMetadataKey and -Value).
    """
    repaired = _QUANTIFIED_END.sub("", pattern)
    translated = _CATEGORY.sub(
        lambda found: _ASCII_MEMBERS[found[1]] + _STAND_IN[found[1]], repaired
    )
    flags = re.ASCII | (re.DOTALL if dot_matches_newline else 0)
    return re.compile(translated, flags)


def _stand_in(character: str) -> str:
    if character.isascii():
        return character
    return _STAND_IN[unicodedata.category(character)[0]]
