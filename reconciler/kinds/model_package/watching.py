"""Groups that are looked into though their environment declares no version of them. Pure.

A version that somebody registered by hand, or whose manifest has vanished, is only seen where its
group is read at all. A plan reads the groups whose versions it is about; a command that looks for
drift reads all that are declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.keys import ResourceKey
from reconciler.core.resources import Desired, Live
from reconciler.kinds.model_package.intent import KIND, SERVICE, GroupTarget, PackageIntent
from reconciler.kinds.model_package_group import KIND as GROUP_KIND
from reconciler.kinds.model_package_group import group_name
from reconciler.manifest.models import ModelPackageGroupSpec
from reconciler.manifest.workspace import Workspace

_ANY = "*"  # no manifest has this name


def watched_groups(
    workspace: Workspace, found: Sequence[Desired[PackageIntent]]
) -> Iterator[Desired[PackageIntent]]:
    """Yield one look into every group that would not be read otherwise."""
    if not workspace.watches_everywhere:
        return
    read = {(each.key.environment, each.intent.group.arn) for each in found if each.intent.group}
    known = {each.intent.group.arn: each.intent.group for each in found if each.intent.group}
    for manifest in workspace.of(GROUP_KIND, ModelPackageGroupSpec):
        environment = workspace.environments.get(manifest.spec.environment)
        if environment is None:
            continue
        name = group_name(manifest)
        arn = environment.arn(SERVICE, f"model-package-group/{name}")
        if (environment.name, arn) not in read:
            claimed = known.get(arn)
            target = GroupTarget(
                name,
                arn,
                is_foreign=False,
                owner=environment,
                claims=claimed.claims if claimed else {},
                numbers=claimed.numbers if claimed else {},
            )
            yield Desired(
                key=ResourceKey(environment.name, KIND, f"{manifest.name}/{_ANY}"),
                environment=environment,
                values={},
                intent=PackageIntent("", group=target),
                where=manifest.where,
                locate=manifest.locate,
                labels=manifest.labels,
                declared=False,
            )


def claimant_of(group: GroupTarget, live: Live) -> ResourceKey | None:
    """Return the manifest that means a version, by its markers or its number."""
    if live.owner is not None and live.identity is not None:
        found = group.claims.get((live.owner, live.identity))
        if found is not None:
            return found
    return None if live.version is None else group.numbers.get(live.version)
