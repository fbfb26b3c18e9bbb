"""Whose credentials: the caller's own from the ambient chain, and roles assumed from them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.aws.api import Answer, AwsFault, FaultKind
from reconciler.core.environment import Environment

if TYPE_CHECKING:
    from botocore.session import Session


class CallerSession(Protocol):
    """What is needed of a boto3 session. botocore's own does as well, and loads faster."""

    @property
    def profile_name(self) -> str | None:
        """The profile whose settings apply."""
        ...

    def get_credentials(self) -> Any:
        """Return the credentials, or `None` where the chain has none."""
        ...


class CallerSessions(Protocol):
    """Where the caller's own credentials come from."""

    def session(self, environment: Environment) -> CallerSession:
        """Return the session whose credentials are the caller's for an environment.

        Returning the same object for several environments says that they share credentials.
        Thread-safe.
        """
        ...


class AmbientSessions:
    """The caller as every AWS tool sees them: environment variables, profiles, SSO, instance role.

    One session for all environments. `profile` overrides `AWS_PROFILE`.
    """

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._session: CallerSession | None = None

    def session(self, environment: Environment) -> CallerSession:  # noqa: ARG002 - one for all
        """Return the one session. A profile that does not exist is a fault that lists others."""
        with self._lock:
            if self._session is None:
                self._session = self._new()
            return self._session

    def _new(self) -> CallerSession:
        from botocore.session import Session

        ambient = Session(profile=self._profile)
        known = ambient.available_profiles
        if ambient.profile is not None and ambient.profile not in known:
            raise _no_profile(ambient.profile, known)
        return _Ambient(ambient)


class _Ambient:
    def __init__(self, session: Session) -> None:
        self._session = session
        self.profile_name: str | None = session.profile

    def get_credentials(self) -> Any:
        return self._session.get_credentials()


def _no_profile(profile: str, known: list[str]) -> AwsFault:
    return AwsFault(
        FaultKind.CREDENTIALS,
        what=f"AWS profile '{profile}' not found",
        operation="GetCallerIdentity",
        code="ProfileNotFound",
        why=f"the AWS configuration files know: {', '.join(sorted(known)) or 'no profile at all'}",
        fix="name one of them (--profile, AWS_PROFILE), or add it with `aws configure sso`",
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who STS says is calling."""

    account_id: str
    arn: str


_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>.+)")
_ASSUMED = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<name>[^/]+)/.+"
)


def is_role(caller_arn: str, role_arn: str) -> bool:
    """Say whether a caller is already in a role.

    STS leaves a role's path out of the assumed-role ARN. Comparing names is enough: they are
    unique in an account whatever the path (IAM user guide, "IAM and STS quotas").
    """
    role, assumed = _ROLE.fullmatch(role_arn), _ASSUMED.fullmatch(caller_arn)
    return bool(role and assumed and role.groupdict() == assumed.groupdict())


def _wrong_clock() -> AwsFault:
    return AwsFault(
        FaultKind.CREDENTIALS,
        what="the credentials of the assumed role have expired already",
        operation="AssumeRole",
        code="ExpiredOnArrival",
        why="AWS gave them just now, so this machine's clock is ahead",
        fix="set this machine's clock",
    )


def assumed(assume: Callable[[], Answer]) -> Any:
    """Return botocore credentials that call `assume` for fresh ones before the old ones expire.

    `assume` returns the answer of AssumeRole. Nothing is called until somebody signs with them.
    """
    from botocore.credentials import DeferredRefreshableCredentials

    def fresh() -> dict[str, str]:
        given = assume()["Credentials"]
        if given["Expiration"] <= datetime.now(UTC):
            raise _wrong_clock()
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    return DeferredRefreshableCredentials(refresh_using=fresh, method="assume-role")
