"""The row of comments: a plan of 10,000 changes as the text of a pull request's comment."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reconciler.core.data import digest

from .manifests import ACCOUNT, REGION
from .processes import RECONCILE, Run, peer, run, wall
from .report import Check, Row, Taken, at_most

CHANGES = 10_000
LIMIT = 60_000
_OF_TEN = {0: "create", 3: "approve", 5: "delete"}
_COUNTS = ("create", "update", "approve", "adopt", "delete", "blocked", "unchanged", "refusals")


def comment_row(folder: Path, runs: int) -> Row:
    """Measure `reconcile render` of 10,000 changes, and count what its text still names."""
    plan = _write(folder / "plan.json")
    ours: list[Run] = []
    floor: list[Run] = []
    for _ in range(runs):
        ours.append(run([RECONCILE, "render", str(plan)], folder=folder))
        floor.append(run(peer("json_floor", str(plan)), folder=folder))
    text = ours[-1].output
    units = len(text.encode("utf-16-le")) // 2
    return Row(
        f"render, {CHANGES:,} changes",
        (Taken.of("reconcile render", ours), Taken.of("json, read and written again", floor)),
        (
            at_most("time", wall(ours), 2, " s"),
            at_most("length in UTF-16 units", units, LIMIT),
            _named(text, "Destructive", "deletions"),
            _named(text, r"[\d,]+ approval changes", "approvals"),
        ),
    )


def _named(text: str, title: str, what: str) -> Check:
    """Check that every entry of a list is named, or that it says how many are not."""
    found = re.search(rf"^> \*\*{title}.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    listed = found.group() if found else ""
    names = len(set(re.findall(r"`churn-v(\d+)`", listed)))
    more = re.search(r"^> - and ([\d,]+) more$", listed, re.MULTILINE)
    total = names + (int(more[1].replace(",", "")) if more else 0)
    wanted = CHANGES // 10
    return Check(f"{what} named (or counted)", f"{names} ({total})", f"({wanted})", total == wanted)


def _write(path: Path) -> Path:
    actions = [_action(number) for number in range(CHANGES)]
    plan = {
        "document": "plan",
        "formatVersion": "1",
        "toolVersion": "0.1.0",
        "commit": None,
        "digest": digest([each["digest"] for each in actions]),
        "environments": [
            {"name": "registry", "accountId": ACCOUNT, "region": REGION, "owner": "acme/ml"}
        ],
        "actions": actions,
        "refusals": [],
        "unmanaged": [],
        "summary": dict.fromkeys(_COUNTS, 0),
    }
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def _action(number: int) -> dict[str, Any]:
    verb = _OF_TEN.get(number % 10, "update")
    changes = {
        "create": [
            _change(f"CustomerMetadataProperties.key-{each}", None, f"value {number}")
            for each in range(10)
        ],
        "approve": [_change("ModelApprovalStatus", "PendingManualApproval", "Approved")],
        "delete": [],
        "update": [_change("CustomerMetadataProperties.team", "risk", f"fraud {number}")],
    }
    return {
        "resource": {
            "environment": "registry", "kind": "ModelPackage", "name": f"churn-v{number}",
        },
        "verb": verb,
        "digest": digest(number),
        "where": {"path": f"manifests/churn/{number}.yaml", "line": 9, "column": 1},
        "context": f"version {number} of group churn",
        "changes": changes[verb],
    }  # fmt: skip


def _change(path: str, before: str | None, after: str) -> dict[str, Any]:
    sides = {"before": before, "after": after}
    return {"path": path, **sides, "rule": "mutable", "sensitive": False}
