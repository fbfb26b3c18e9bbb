"""ARNs of groups and packages: building them, and understanding what a caller wrote instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.sandbox.errors import wrong_region

_ARN = re.compile(r"arn:(aws[a-z\-]*):sagemaker:([a-z0-9\-]*):([0-9]{12}):([a-z\-]*)/(.+)")


@dataclass(frozen=True, slots=True)
class Site:
    """One account in one region: what all registry state is scoped to."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """Return the ARN partition of this region (AWS general reference, "ARN format")."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a SageMaker resource here; the name is used as it is."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def package_arn(self, name: str) -> str:
        """Return a package's ARN; its name part is lower-cased.

        Source: AWS developer guide, "Define a pipeline" (tutorial output shows
        `model-package/abalonemodelpackagegroupname/1`).
        """
        return self.arn("model-package", name.lower())


@dataclass(frozen=True, slots=True)
class Named:
    """What a caller named: where it lives and the name part (`group`, `package` or `group/3`)."""

    site: Site
    name: str
    kind: str | None = None


def understand(given: str, home: Site) -> Named:
    """Return what `given` (a name, `name/version` or an ARN) means to a caller at `home`.

    Raises:
        ApiError: It is an ARN of another region.
    """
    match = _ARN.fullmatch(given)
    if match is None:
        return Named(home, given)
    _, region, account, kind, name = match.groups()
    if region != home.region:
        raise wrong_region(home.region)
    return Named(Site(account, region), name, kind)
