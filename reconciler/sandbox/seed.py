"""What was there before the first apply: calls that others made, replayed into an empty sandbox.

An example can adopt a version only if somebody registered one, and share a repository, a bucket or
a key only if somebody made them. A seed file states those calls: who made them, and with what. They
go through the endpoint like anybody's, so they are judged and checked like anybody's. A file is a
list, in order:

    {"calls": [{"account": "111111111111", "role": "churn-pipeline", "region": "eu-west-1",
                "service": "sagemaker", "operation": "CreateModelPackageGroup",
                "parameters": {...}}, ...]}

`role` may be left out, and `service` where it is SageMaker. A policy may be written as the object
that its text stands for. KMS chooses the id of a key; a manifest has to name it, so CreateKey here
takes the one that the tag `_custom_id_` names (`kms_keys.CUSTOM_ID`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.documents import JsonObject, compact, mapping, objects, parse_object, text
from reconciler.sandbox.errors import SandboxFault
from reconciler.sandbox.storage import status

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

SEED: Final = "sandbox-seed.json"
_POLICIES: Final = frozenset({"Policy", "ResourcePolicy", "policyText"})
_MADE_BEFORE: Final = {
    "CreateAlias": "AlreadyExistsException",
    "CreateBucket": "BucketAlreadyOwnedByYou",
    "CreateKey": "AlreadyExistsException",
    "CreateModelPackageGroup": "already exists",
    "CreateRepository": "RepositoryAlreadyExistsException",
}
"""How the services answer, by operation, when a replay is repeated."""


class SeedFault(SandboxFault):
    """A seed file that cannot be read, or a call in it that the sandbox refuses."""


def seed_once(folders: Iterable[Path], state: Path, url: str) -> list[Path]:
    """Replay the seed files of some manifest folders, unless the sandbox holds a package already.

    Returns the files that were replayed. A replay that was cut short is repeated: what
    exists is taken as it is, and a `ClientToken` keeps a package from being made twice.

    Raises:
        SeedFault: as the class says; what was replayed before it stays.
    """
    files = [folder / SEED for folder in folders if (folder / SEED).is_file()]
    if not files or status(state).packages:
        return []
    for file in files:
        for position, call in enumerate(_calls(file), start=1):
            _replay(call, url, f"{file}: call {position} ({text(call, 'operation')})")
    return files


def _calls(file: Path) -> list[JsonObject]:
    try:
        found = objects(parse_object(file.read_text("utf-8")), "calls")
    except (OSError, ValueError) as error:
        raise SeedFault(f"{file}: cannot be read as a seed: {error}") from error
    if not found:
        raise SeedFault(f"{file}: there is nothing under 'calls'")
    return found


def _replay(call: JsonObject, url: str, place: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    operation = text(call, "operation") or ""
    parameters = {
        name: compact(value) if name in _POLICIES and isinstance(value, dict) else value
        for name, value in mapping(call, "parameters").items()
    }
    try:
        client = _client(call, url, place)
        method = _methods(client).get(operation)
        if method is None:
            raise SeedFault(f"{place}: no operation of {client.meta.service_model.service_id}")
        getattr(client, method)(**parameters)
    except ClientError as error:
        if _MADE_BEFORE.get(operation, "\0") not in str(error):
            raise SeedFault(f"{place}: {error}") from error
    except BotoCoreError as error:
        raise SeedFault(f"{place}: {error}") from error


def _client(call: JsonObject, url: str, place: str) -> BaseClient:
    account, region = text(call, "account"), text(call, "region")
    if not account or not region:
        raise SeedFault(f"{place}: account and region are missing")
    key, secret, token = credentials_for(account, text(call, "role"))
    return _session().create_client(
        text(call, "service") or "sagemaker",
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


@cache
def _session() -> Session:
    """Return one session for all callers, so that the service model is parsed once."""
    from botocore.session import Session

    return Session()


def _methods(client: BaseClient) -> dict[str, str]:
    """Return the client's method for each operation."""
    return {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
