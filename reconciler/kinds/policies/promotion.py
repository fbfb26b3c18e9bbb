"""Promoting a share that RAM made of a group's policy: whom it shows what, and refusals. Pure.

A promoted share shows the group to every principal of the policy, not only to those of the manifest
that asks for it, and cannot be taken back (aws.md section 5.5). So all of them are part of what is
reviewed, and one that no manifest names is a reason to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.data import Json
from reconciler.core.plan import Level, Note
from reconciler.core.resources import Live
from reconciler.kinds.policies.intent import ShareIntent
from reconciler.kinds.policies.share_reading import ORPHANED, POLICY_PRINCIPALS, STILL_SHARED, texts
from reconciler.kinds.policies.widening import named
from reconciler.policy.arns import fold_principal, is_account_id


def policy_principals(live: Live, group: str) -> tuple[str, ...]:
    """Return everybody whom the share that RAM made of a group's policy names, accounts by id."""
    principals = live.values.get(POLICY_PRINCIPALS)
    found = principals.get(group) if isinstance(principals, Mapping) else None
    return tuple(fold_principal(str(each)) for each in found) if isinstance(found, Sequence) else ()


def promotion(live: Live, groups: Iterable[str], feature_set: str) -> dict[str, Json]:
    """Return one side of a promotion as it is reviewed: the feature set, and who sees the group."""
    return {
        group: {"FeatureSet": feature_set, "Principals": list(policy_principals(live, group))}
        for group in groups
    }


def promotion_notes(intent: ShareIntent, live: Live, promoted: Mapping[str, str]) -> Iterator[Note]:
    """Yield what each promotion does, and for whom. `promoted` are shares by their group."""
    for group, arn in promoted.items():
        who = ", ".join(named(each, intent.names) for each in policy_principals(live, group))
        text = f"RAM made share {arn} of the policy of {group}; promoting it makes it discoverable"
        yield Note(Level.INFO, "promotes-share", f"{text} for {who}, and cannot be taken back")


def promotion_refusals(intent: ShareIntent, live: Live, groups: Iterable[str]) -> Iterator[Note]:
    """Yield why groups may not be promoted: RAM refuses, or somebody is named by no manifest."""
    for group in groups:
        principals = policy_principals(live, group)
        wrong = [each for each in principals if not is_account_id(each)]
        unnamed = [each for each in principals if each not in intent.named.get(group, ())]
        if wrong:
            yield _impossible(group, wrong)
        elif unnamed:
            yield _unnamed(group, [named(each, intent.names) for each in unnamed])


def _impossible(group: str, wrong: Sequence[str]) -> Note:
    return Note(
        Level.ERROR,
        "promotion-impossible",
        f"the policy of {group} names {', '.join(wrong)}, so RAM cannot make it discoverable",
        "name accounts instead of roles in the group's policy, or leave discoverable out",
        "RAM answers OperationNotPermittedException for roles and for the action *",
        refuses=True,
    )


def _unnamed(group: str, who: Sequence[str]) -> Note:
    """Block the promotion alone: what takes them out of the policy may be in the same plan."""
    return Note(
        Level.ERROR,
        "promotion-shows-others",
        f"promoting the share of {group} would also show the group to {', '.join(who)}, whom no "
        "manifest names; RAM promotes a policy's share as a whole, and it cannot be taken back",
        "name them in the grants of a manifest for this group to show it to them too; or take them "
        "out of the group's policy and run again; or leave discoverable out",
    )


def leftover_notes(intent: ShareIntent, live: Live) -> Iterator[Note]:
    """Yield which shares show groups without a manifest that asks: kept, since not ours to take."""
    level = Level.WARNING if intent.said else Level.INFO
    for group, arn in texts(live, STILL_SHARED).items():
        text = f"{group} is still found by the accounts of share {arn}, which is not ours"
        fix = "delete that share in AWS RAM if they are not to find the group any more"
        yield Note(level, "still-shared", f"{text}: RAM keeps what was promoted", fix)
    for arn, name in texts(live, ORPHANED).items():
        text = f"share {name} ({arn}) is ours, but its manifest has vanished; it is kept"
        fix = "bring the manifest back with ensure: absent, apply, then remove it"
        yield Note(Level.WARNING, "orphaned-share", text, fix)
