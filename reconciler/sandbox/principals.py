"""Who exists in IAM, as the services see it that check the principals of a policy.

Every account root, role and user exists, unless a test says otherwise: by the setting
`absent_principals`, or at run time by the `principals` of a server. A deleted role's unique id
stays in the policies that named it, even when a role of the same name comes back: IAM resolves
names to ids when a policy is stored (IAM user guide, "IAM JSON policy elements: Principal"; the S3
user guide quoted in MIT-LCP/physionet-build#2094).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.sandbox.arns import Site
from reconciler.sandbox.credentials import unique_tag
from reconciler.sandbox.documents import JsonObject, mapping, number
from reconciler.sandbox.shelves import Shelf

GLOBAL = "global"
"""The `region` of what belongs to a whole account."""

_ACCOUNT_ID = re.compile(r"\d{12}")
_IAM = re.compile(r"arn:(aws[a-z\-]*):iam::(\d{12}):(root|(?:role|user)/[\w+=,.@/\-]+)", re.ASCII)
_SESSION = re.compile(
    r"arn:(aws[a-z\-]*):sts::(\d{12}):(?:assumed-role/([\w+=,.@\-]+)/[\w+=,.@\-]+|"
    r"federated-user/[\w+=,.@\-]+)",
    re.ASCII,
)


@dataclass(slots=True)
class _Delay:
    """A principal that AWS does not see yet: until a time, and for so many writes that name it."""

    until: float
    attempts: int


class Principals:
    """The IAM principals of all accounts. Safe to use from any thread while the server runs."""

    def __init__(self, shelf: Shelf, absent: tuple[str, ...], clock: Callable[[], float]) -> None:
        self._shelf = shelf
        self._absent = absent
        self._clock = clock
        self._lock = threading.Lock()
        self._delays: dict[str, _Delay] = {}
        self._shown_ids: dict[str, int] = {}

    def create(self, arn: str) -> None:
        """Make a role or user exist: a new one (a new unique id) if it was deleted before."""
        state = self._state(arn)
        if state.get("Exists") is False:
            self._store(arn, exists=True, generation=self._generation(arn) + 1)
        elif not self._exists(arn):
            self._store(arn, exists=True, generation=self._generation(arn))

    def delete(self, arn: str) -> None:
        """Delete a role or user: policies that name it show its unique id from now on."""
        self._store(arn, exists=False, generation=self._generation(arn))

    def appear_later(self, arn: str, *, seconds: float = 0, attempts: int = 0) -> None:
        """Create a role that is not seen yet: for some seconds, and for the next writes.

        Source of the delay: terraform-provider-aws retries "Principal not found" and its
        siblings for minutes after a role was created (#39064; S3 and KMS in its key.go).
        """
        self.create(arn)
        with self._lock:
            self._delays[arn] = _Delay(self._clock() + seconds, attempts)

    def show_id(self, arn: str, *, reads: int = 1) -> None:
        """Let the next ListGrants calls show the unique id although the role exists.

        Source: aws/aws-sdk-go#1718 and terraform-provider-aws#29340 (after a role's creation).
        """
        with self._lock:
            self._shown_ids[arn] = reads

    def missing(self, arns: Iterable[str]) -> list[str]:
        """Return those that a write which names them is refused for; counts as one attempt."""
        return [arn for arn in dict.fromkeys(arns) if not self._is_visible(arn)]

    def id_of(self, arn: str) -> str:
        """Return the unique id of a role or user, as GetCallerIdentity shows it for a role."""
        prefix = "AIDA" if ":user/" in arn else "AROA"
        generation = self._generation(arn)
        return prefix + unique_tag(arn if generation == 0 else f"{arn}#{generation}")

    def ids_of(self, arns: Iterable[str]) -> dict[str, str]:
        """Return the unique ids of the roles and users among some principals."""
        return {arn: self.id_of(arn) for arn in arns if _has_id(arn)}

    def shown(self, arn: str, unique_id: str | None) -> str:
        """Return how a stored policy shows a principal that had this id when it was stored."""
        if unique_id is None:
            return arn
        gone = self._state(arn).get("Exists") is False
        return unique_id if gone or self.id_of(arn) != unique_id else arn

    def shown_in_grant(self, arn: str, unique_id: str | None) -> str:
        """Return how ListGrants shows a grantee; see `show_id`."""
        with self._lock:
            left = self._shown_ids.get(arn, 0)
            self._shown_ids[arn] = max(0, left - 1)
        return unique_id if left and unique_id is not None else self.shown(arn, unique_id)

    def _is_visible(self, arn: str) -> bool:
        named = _named(arn)
        if named is None or not self._exists(named):
            return False
        with self._lock:
            delay = self._delays.get(named)
            if delay is None:
                return True
            delay.attempts -= 1
            if delay.attempts >= 0 or self._clock() < delay.until:
                return False
            del self._delays[named]
            return True

    def _exists(self, arn: str) -> bool:
        stated = self._state(arn).get("Exists")
        if isinstance(stated, bool):
            return stated
        return not any(fnmatchcase(arn, pattern) for pattern in self._absent)

    def _generation(self, arn: str) -> int:
        return int(number(self._state(arn), "Generation") or 0)

    def _state(self, arn: str) -> JsonObject:
        return mapping(self._shelf.get(_site(arn), arn) or {}, "principal")

    def _store(self, arn: str, *, exists: bool, generation: int) -> None:
        content: JsonObject = {"Arn": arn, "Exists": exists, "Generation": generation}
        self._shelf.put(_site(arn), arn, {"principal": content})


def root_arn(principal: str, partition: str) -> str:
    """Return an account id as the ARN of its root, and any other principal as it is."""
    if _ACCOUNT_ID.fullmatch(principal):
        return f"arn:{partition}:iam::{principal}:root"
    return principal


def partition_of(arn: str) -> str | None:
    """Return the partition of a principal's ARN, None when it is no ARN of a principal."""
    match = _IAM.fullmatch(arn) or _SESSION.fullmatch(arn)
    return None if match is None else match[1]


def _named(arn: str) -> str | None:
    """Return the ARN that decides whether a principal exists: a session needs its role."""
    session = _SESSION.fullmatch(arn)
    if session is None:
        return arn if _IAM.fullmatch(arn) else None
    partition, account, role = session.groups()
    name = "root" if role is None else f"role/{role}"
    return f"arn:{partition}:iam::{account}:{name}"


def _has_id(arn: str) -> bool:
    return _IAM.fullmatch(arn) is not None and not arn.endswith(":root")


def _site(arn: str) -> Site:
    match = _IAM.fullmatch(arn)
    return Site("000000000000" if match is None else match[2], GLOBAL)
