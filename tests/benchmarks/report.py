"""What a benchmark found, and how it is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from .processes import Run, cpu, megabytes, wall


@dataclass(frozen=True, slots=True)
class Check:
    """One bound of design section 12 and what was measured."""

    what: str
    measured: str
    bound: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What one program took: medians of several runs, and the most memory of any."""

    program: str
    wall: float
    cpu: float
    megabytes: float
    runs: int

    @classmethod
    def of(cls, program: str, runs: Sequence[Run]) -> Taken:
        return cls(program, wall(runs), cpu(runs), megabytes(runs), len(runs))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: who ran, what it took, and the bounds."""

    title: str
    taken: tuple[Taken, ...]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


def times_faster(ours: Sequence[Run], peer: Sequence[Run], bound: float, than: str) -> Check:
    """Check how many times faster than a peer we are, whole processes."""
    ratio = wall(peer) / wall(ours)
    return Check(f"faster than {than}", f"{ratio:.2f} x", f">= {bound:g} x", ratio >= bound)


def times_slower(ours: Sequence[Run], floor: Sequence[Run], bound: float, than: str) -> Check:
    """Check how many times the time of a floor we take, whole processes."""
    ratio = wall(ours) / wall(floor)
    return Check(f"time of {than}", f"{ratio:.2f} x", f"<= {bound:g} x", ratio <= bound)


def at_most(what: str, measured: float, bound: float, unit: str = "") -> Check:
    """Check a number against its upper bound."""
    return Check(what, f"{measured:.4g}{unit}", f"<= {bound:g}{unit}", measured <= bound)


def text_of(row: Row) -> Iterator[str]:
    """Yield the lines of one row."""
    yield row.title
    for each in row.taken:
        yield (
            f"    {each.program:<42}{each.wall:>9.3f} s wall {each.cpu:>9.3f} s cpu"
            f" {each.megabytes:>6.0f} MB   median of {each.runs}"
        )
    for check in row.checks:
        verdict = "PASS" if check.passed else "FAIL"
        yield f"    {verdict}  {check.what:<38}{check.measured:>12}   bound {check.bound}"
    yield ""


def json_of(rows: Sequence[Row]) -> str:
    """Return all rows as JSON."""
    return json.dumps([asdict(row) | {"passed": row.passed} for row in rows], indent=2)
