"""botocore clients: one for each credentials, service, region and purpose, made once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import reconciler
from reconciler.aws.once import Once
from reconciler.aws.pacing import Pacer
from reconciler.aws.reads import refuse_writes
from reconciler.aws.timing import Timing


@dataclass(frozen=True, eq=False, slots=True)
class Access:
    """Credentials to sign with, and the profile whose other settings (CA bundle, ...) apply.

    Compared by identity: two of them are two sets of clients.
    """

    credentials: Any
    profile: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which client: `account_id` is whose limits its calls count against (empty = unknown).

    `once` keeps botocore from sending a call again by itself, whatever came back.
    """

    access: Access
    service: str
    region: str
    account_id: str
    reads_only: bool
    once: bool = False


class Clients:
    """Makes clients under a lock, since botocore sessions are not thread-safe (clients are).

    All sessions share one data loader: the SageMaker model, 425 operations, is parsed once.
    """

    def __init__(
        self, *, endpoint_url: str | None, parallelism: int, timing: Timing, pacer: Pacer
    ) -> None:
        self._endpoint_url = endpoint_url
        self._parallelism = parallelism
        self._timing = timing
        self._pacer = pacer
        self._lock = threading.Lock()
        self._loader: Any = None
        self._sessions: dict[Access, Any] = {}
        self._clients: Once[Wanted, Any] = Once()

    def get(self, wanted: Wanted) -> Any:
        """Return the client, making it the first time."""
        return self._clients.result(wanted, lambda: self._make(wanted))

    def close(self) -> None:
        """Close the connections of every client."""
        for client in self._clients.results():
            client.close()

    def _make(self, wanted: Wanted) -> Any:
        with self._lock:
            session = self._session(wanted.access)
            client = session.create_client(
                wanted.service,
                region_name=wanted.region,
                endpoint_url=self._endpoint_url,
                config=self._config(session, 1 if wanted.once else self._timing.attempts),
            )
        self._pacer.attach(client, wanted.account_id)
        if wanted.reads_only:
            refuse_writes(client)
        return client

    def _session(self, access: Access) -> Any:
        if access not in self._sessions:
            self._sessions[access] = self._new_session(access)
        return self._sessions[access]

    def _new_session(self, access: Access) -> Any:
        from botocore.session import Session

        from reconciler.aws.service_models import ServiceModels

        session = Session(profile=access.profile)
        session.register_component("credential_provider", _Given(access.credentials))
        # AssumeRole in the environment's own region: no dependency on us-east-1.
        session.set_config_variable("sts_regional_endpoints", "regional")
        if self._loader is None:
            self._loader = ServiceModels.like(session.get_component("data_loader"))
        session.register_component("data_loader", self._loader)
        return session

    def _config(self, session: Any, attempts: int) -> Any:
        from botocore.config import Config

        return Config(
            # What botocore says by itself; it would put that together twice for every call.
            user_agent=session.user_agent(),
            user_agent_extra=f"sagemaker-reconciler/{reconciler.__version__}",
            connect_timeout=self._timing.connect_timeout,
            read_timeout=self._timing.read_timeout,
            max_pool_connections=self._parallelism,
            # Not "adaptive": see `pacing`, which does that job per operation.
            retries={"mode": "standard", "total_max_attempts": attempts},
            # A local endpoint has no host name per bucket.
            s3={"addressing_style": "path"} if self._endpoint_url else None,
        )


class _Given:
    """The credential chain of a session that was given its credentials."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        """Return the credentials; botocore asks once."""
        return self._credentials
