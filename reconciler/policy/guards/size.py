"""Guards on the text that is sent: its length and its characters."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.guards.case import Case, Concern, refusal, warning

_RESERVE_PERCENT = 95


def size(case: Case) -> Iterator[Concern]:
    """Refuse what is larger than the service takes, and warn within five percent of it."""
    found, limit, unit = case.facts.size(case.text), case.facts.limit, case.facts.unit
    measured = f"the {case.facts.title} is {found:,} {unit} long; {limit:,} are allowed"
    fix = "write instead: accounts in place of many roles, or fewer prefixes and levels"
    if found > limit:
        yield refusal("size", None, measured, "the service refuses longer ones", fix)
    elif found * 100 > limit * _RESERVE_PERCENT:
        yield warning("size", None, measured, "the next addition may be refused", fix)


def charset(case: Case) -> Iterator[Concern]:
    """Refuse characters that the service does not take (botocore's patterns)."""
    allowed = case.facts.charset
    stray = sorted({char for char in case.text if not allowed.fullmatch(char)})
    if stray:
        named = ", ".join(f"U+{ord(char):04X}" for char in stray)
        yield refusal(
            "charset",
            None,
            f"the {case.facts.title} would hold {named}",
            "the service takes a document in one line, and KMS nothing beyond Latin-1",
            "write instead: the JSON escape of the character (\\u and four hex digits)",
        )
