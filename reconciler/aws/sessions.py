"""Sessions: who calls AWS for an environment, proven before anything is read.

caller's credentials ──┬─ no role given, or already in it ──┐
                       └─ AssumeRole (plan or apply role) ──┴─ GetCallerIdentity = accountId?
                                                                ├─ yes → reads() / writes()
                                                                └─ no  → fault, nothing read
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from threading import Thread
from typing import Any, Self

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind
from reconciler.aws.calls import Calls, Connect, Slots
from reconciler.aws.clients import Access, Clients, Wanted
from reconciler.aws.credentials import (
    AmbientSessions,
    CallerSession,
    CallerSessions,
    Identity,
    assumed,
    is_role,
)
from reconciler.aws.faults import classify
from reconciler.aws.once import Once
from reconciler.aws.pacing import Pacer
from reconciler.aws.reads import WriteRefusedError
from reconciler.aws.replacing import replaces_all
from reconciler.aws.timing import Timing
from reconciler.aws.trace import Trace, log_call
from reconciler.aws.wording import place
from reconciler.core.environment import AssumeRole, CallerIdentity, Environment

__all__ = ["AmbientSessions", "CallerSessions", "Mode", "Sessions"]


_Site = tuple[str, str, str, AssumeRole]  # of an environment: all that access depends on


class Mode(StrEnum):
    """What the command is for; selects the role and whether writing is possible at all."""

    PLAN = "plan"
    APPLY = "apply"


class Sessions:
    """Verified access to environments. Thread-safe; close it, or use it as a context manager.

    Args:
        caller: where the caller's own credentials come from.
        mode: whether this command plans (and then cannot write) or applies.
        endpoint_url: where all calls go instead of AWS (the sandbox).
        parallelism: the most calls in flight to one environment, reading and writing each.
        timing: timeouts, attempts, and the clock.
        trace: is told of every call; by default it is logged at DEBUG.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with a default
        self,
        caller: CallerSessions,
        *,
        mode: Mode,
        endpoint_url: str | None = None,
        parallelism: int = 10,
        timing: Timing | None = None,
        trace: Trace = log_call,
    ) -> None:
        self._caller = caller
        self._mode = mode
        self._timing = timing or Timing()
        self._trace = trace
        # Apart: the reads that verify what was written must not hold up what is still to write.
        self._read_slots, self._write_slots = Slots(parallelism), Slots(parallelism)
        pacer = Pacer(clock=self._timing.clock, sleep=self._timing.sleep)
        self._clients = Clients(
            endpoint_url=endpoint_url, parallelism=parallelism, timing=self._timing, pacer=pacer
        )
        self._callers: Once[Any, Access] = Once()
        self._identities: Once[tuple[Access, str], Identity] = Once()
        self._verified: Once[_Site, tuple[Access, Identity]] = Once()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._clients.close()

    def reads(self) -> Aws:
        """Return calls whose clients refuse every operation that is not a read."""
        return self._calls(reads_only=True)

    def writes(self) -> Aws:
        """Return calls that may write. A plan has none: `WriteRefusedError`."""
        if self._mode is Mode.PLAN:
            raise WriteRefusedError("anything while planning")
        return self._calls(reads_only=False)

    def verify(self, environment: Environment) -> Identity:
        """Return who calls for an environment, or raise `AwsFault` if that is another account.

        Asked of STS once; every later call returns or raises the same. Every call of `reads` and
        `writes` does this first.
        """
        return self._proven(environment)[1]

    def caller(self, environment: Environment) -> CallerIdentity:
        """Return who calls for an environment, and whether that is to write (see `verify`)."""
        return CallerIdentity(self.verify(environment).arn, self._mode is Mode.APPLY)

    def _calls(self, *, reads_only: bool) -> _VerifiedCalls:
        def connect(environment: Environment, service: str, operation: str) -> Any:
            access, identity = self._proven(environment)
            return self._clients.get(
                Wanted(
                    access,
                    service,
                    environment.region,
                    identity.account_id,
                    reads_only=reads_only,
                    once=replaces_all(service, operation),
                )
            )

        slots = self._read_slots if reads_only else self._write_slots
        return _VerifiedCalls(self, connect, slots=slots, timing=self._timing, trace=self._trace)

    def _proven(self, environment: Environment) -> tuple[Access, Identity]:
        site = (
            environment.name,
            environment.account_id,
            environment.region,
            environment.assume_role,
        )
        return self._verified.result(site, lambda: self._prove(environment))

    def _prove(self, environment: Environment) -> tuple[Access, Identity]:
        access, role = self._own(environment), self._role(environment)
        if role is None:
            self._make_ready(access, environment)
        identity = self._identity(access, environment)
        if role is not None and not is_role(identity.arn, role):
            access = self._assumed(access, role, environment)
            self._make_ready(access, environment)
            identity = self._identity(access, environment)
        if identity.account_id != environment.account_id:
            raise _other_account(environment, identity, role, self._mode)
        return access, identity

    def _make_ready(self, access: Access, environment: Environment) -> None:
        """Make the client of the registry while STS answers: that takes longer. It calls nothing.

        If that fails, so will whoever asks for the client.
        """
        self._sts_client(access, environment)  # first: clients are made one at a time
        wanted = Wanted(
            access, "sagemaker", environment.region, environment.account_id, reads_only=True
        )

        def make() -> None:
            with suppress(Exception):
                self._clients.get(wanted)

        Thread(target=make, name="client", daemon=True).start()

    def _role(self, environment: Environment) -> str | None:
        roles = environment.assume_role
        return roles.plan if self._mode is Mode.PLAN else roles.apply

    def _own(self, environment: Environment) -> Access:
        session = self._caller.session(environment)
        return self._callers.result(session, lambda: _access(session, environment))

    def _identity(self, access: Access, environment: Environment) -> Identity:
        # Credentials belong to one partition, and any of its regions can say whose they are.
        key = (access, environment.partition)
        return self._identities.result(key, lambda: self._ask(access, environment))

    def _ask(self, access: Access, environment: Environment) -> Identity:
        answer = self._sts(access, environment, "GetCallerIdentity", {})
        return Identity(account_id=str(answer["Account"]), arn=str(answer["Arn"]))

    def _assumed(self, access: Access, role: str, environment: Environment) -> Access:
        parameters = {"RoleArn": role, "RoleSessionName": f"reconciler-{self._mode}"}
        if environment.assume_role.external_id is not None:
            parameters["ExternalId"] = environment.assume_role.external_id
        fresh = assumed(lambda: self._sts(access, environment, "AssumeRole", parameters))
        return Access(credentials=fresh, profile=access.profile)

    def _sts(
        self, access: Access, environment: Environment, operation: str, parameters: Answer
    ) -> Answer:
        def connect(environment: Environment, _service: str, _operation: str) -> Any:
            return self._sts_client(access, environment)

        # Slots of its own: a call that holds one of the environment's may be what needs the role.
        calls = Calls(connect, slots=Slots(1), timing=self._timing, trace=self._trace)
        return calls.call(environment, "sts", operation, parameters)

    def _sts_client(self, access: Access, environment: Environment) -> Any:
        return self._clients.get(
            Wanted(access, "sts", environment.region, account_id="", reads_only=True)
        )


class _VerifiedCalls(Calls):
    """`Aws`: the calls, and who makes them."""

    def __init__(
        self,
        sessions: Sessions,
        connect: Connect,
        *,
        slots: Slots,
        timing: Timing,
        trace: Trace,
    ) -> None:
        super().__init__(connect, slots=slots, timing=timing, trace=trace)
        self._sessions = sessions

    def caller(self, environment: Environment) -> CallerIdentity:
        """Return who these calls are made as (see `Aws.caller`)."""
        return self._sessions.caller(environment)


def _access(session: CallerSession, environment: Environment) -> Access:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
    except (BotoCoreError, ClientError) as error:
        raise classify(
            error, service="sts", operation="GetCallerIdentity", environment=environment
        ) from None
    profile = session.profile_name
    return Access(credentials=credentials, profile=None if profile == "default" else profile)


def _other_account(
    environment: Environment, identity: Identity, role: str | None, mode: Mode
) -> AwsFault:
    via = f" (through {role})" if role else ""
    if role:
        fix = f"correct accountId or assumeRole.{mode} at {environment.where}"
    else:
        fix = (
            f"use credentials of account {environment.account_id} (--profile, AWS_PROFILE), or"
            f" correct accountId, or set assumeRole.{mode}, at {environment.where}"
        )
    return AwsFault(
        FaultKind.CREDENTIALS,
        what=(
            f"{place(environment)} is account {environment.account_id}, but the credentials are"
            f" for account {identity.account_id}"
        ),
        operation="GetCallerIdentity",
        code="AccountMismatch",
        why=f"{environment.where} names the account; AWS says the caller is {identity.arn}{via}",
        fix=fix,
    )
