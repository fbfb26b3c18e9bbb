"""ARNs and principals: taking them apart, and the spellings that AWS treats as one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):"
    r"(?P<account>[0-9]{12}|aws|):(?P<resource>\S(?:.*\S)?)"
)
_ACCOUNT = re.compile(r"[0-9]{12}")
_DANGLING = re.compile(r"A(?:RO|ID)A[A-Z0-9]+(?::\S*)?")
_ROOT = "root"


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN. `region` and `account` are empty where the service has none."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        """Return the ARN as AWS writes it."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """Return the parts of an ARN, or `None` if the text is not one."""
    found = _ARN.fullmatch(text)
    return Arn(**found.groupdict()) if found else None


def is_account_id(text: str) -> bool:
    """Say whether a text is an account id: twelve digits, leading zeros included."""
    return _ACCOUNT.fullmatch(text) is not None


def root_arn(partition: str, account: str) -> str:
    """Return the ARN by which policies name a whole account."""
    return f"arn:{partition}:iam::{account}:{_ROOT}"


def is_root(arn: Arn) -> bool:
    """Say whether an ARN names a whole account."""
    return arn.service == "iam" and arn.resource == _ROOT


def account_of(principal: str) -> str | None:
    """Return the account of an account id or of an IAM or STS ARN."""
    if is_account_id(principal):
        return principal
    arn = parse_arn(principal)
    return arn.account if arn and arn.service in {"iam", "sts"} else None


def fold_principal(principal: str) -> str:
    """Return the account id for a root ARN of any partition, everything else as it is.

    AWS stores account ids as root ARNs (policies.md A3 "Account id -> root ARN").
    """
    arn = parse_arn(principal)
    return arn.account if arn and is_root(arn) else principal


def fold_session(principal: str) -> str:
    """Return the role ARN of an assumed-role session ARN, everything else as it is.

    STS leaves the role's path out of session ARNs, so the result has none either
    (IAM user guide, "IAM identifiers").
    """
    arn = parse_arn(principal)
    if arn is None or arn.service != "sts":
        return principal
    kind, _, rest = arn.resource.partition("/")
    role = rest.partition("/")[0]
    if kind != "assumed-role" or not role:
        return principal
    return str(Arn(arn.partition, "iam", "", arn.account, f"role/{role}"))


def is_session(principal: str) -> bool:
    """Say whether a principal is a session of an assumed role."""
    return fold_session(principal) != principal


def is_dangling(principal: str) -> bool:
    """Say whether a principal is the unique id that AWS shows for a deleted role or user.

    AROA ids are roles, AIDA ids users (policies.md A3 "Deleted principal shown as").
    """
    return _DANGLING.fullmatch(principal) is not None
