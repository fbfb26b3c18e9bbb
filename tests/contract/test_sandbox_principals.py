"""What all stores of policies share: who exists, what is shown, and writers that interfere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from sandbox_support import OTHER, THIRD, client, refused
from stores import ROLE, STORES, Store, bucket_store

from reconciler.sandbox.calls import READS, WRITES, Call
from reconciler.sandbox.errors import AnswerLost
from reconciler.sandbox.faults import Hook
from reconciler.sandbox.operations import implemented
from reconciler.sandbox.server import SandboxServer


def writer(store: Store) -> Hook:
    """Return a hook that replaces the policy, as somebody else would."""

    def intrude(_call: Call) -> None:
        store.put(THIRD)

    return intrude


@pytest.fixture(params=STORES, ids=lambda make: make.__name__)
def store(request: pytest.FixtureRequest, server: SandboxServer) -> Store:
    made: Store = request.param(server)
    server.calls.clear()
    return made


def test_roles_exist_unless_declared_otherwise(server: SandboxServer, store: Store) -> None:
    store.put(ROLE)
    server.principals.delete(f"{ROLE}-2")
    with refused(*store.refusal):
        store.put([ROLE, f"{ROLE}-2"])
    assert store.principals() == {ROLE}
    server.principals.create(f"{ROLE}-2")
    store.put([ROLE, f"{ROLE}-2"])


def test_new_role_is_not_seen_for_some_attempts(server: SandboxServer, store: Store) -> None:
    server.principals.appear_later(ROLE, attempts=2)
    for _ in range(2):
        with refused(*store.refusal):
            store.put(ROLE)
    store.put(ROLE)
    store.put(ROLE)


def test_sessions_exist_with_their_role(server: SandboxServer, store: Store) -> None:
    session = f"arn:aws:sts::{OTHER}:assumed-role/deployer/ci"
    store.put(session)
    server.principals.delete(ROLE)
    with refused(*store.refusal):
        store.put(session)


def test_account_ids_are_root_arns_and_duplicates_of_them(store: Store) -> None:
    store.put([OTHER, THIRD])
    assert store.principals() == {f"arn:aws:iam::{who}:root" for who in (OTHER, THIRD)}
    twice = [OTHER, f"arn:aws:iam::{OTHER}:root"]
    if store.service == "sagemaker":
        with refused("ValidationException", "Invalid policy provided: Duplicate principal"):
            store.put(twice)
    else:
        store.put(twice)
        assert store.principals() == {f"arn:aws:iam::{OTHER}:root"}


def test_deleted_role_is_shown_by_its_id_for_good_and_refused_when_put_back(
    server: SandboxServer, store: Store
) -> None:
    store.put([ROLE, THIRD])
    server.principals.delete(ROLE)
    (unique,) = store.principals() - {f"arn:aws:iam::{THIRD}:root"}
    assert unique.startswith("AROA")
    with pytest.raises(ClientError, match=r"(?i)principal|Invalid repository policy"):
        store.put(unique)
    server.principals.create(ROLE)
    assert unique in store.principals()
    store.put(ROLE)
    assert store.principals() == {ROLE}


def test_deleted_user_has_another_prefix(server: SandboxServer, store: Store) -> None:
    user = f"arn:aws:iam::{OTHER}:user/ann"
    store.put(user)
    server.principals.delete(user)
    assert [who[:4] for who in store.principals()] == ["AIDA"]


def test_calls_are_classified(server: SandboxServer, store: Store) -> None:
    store.put(ROLE)
    store.get()
    assert [(call.operation, call.is_write, call.service) for call in server.calls] == [
        (store.writing, True, store.service),
        (store.reading, False, store.service),
    ]


def test_every_operation_of_the_sandbox_is_known_to_write_or_not() -> None:
    assert implemented() <= READS | WRITES
    assert not READS & WRITES
    for action in READS | WRITES:
        service, _, operation = action.partition(":")
        assert Call(service, operation, "", "").is_write is (action in WRITES), action


def test_writer_comes_between_a_read_and_a_write(server: SandboxServer, store: Store) -> None:
    store.put(ROLE)
    server.faults.after(writer(store), store.reading, nth=1)
    assert store.principals() == {ROLE}
    assert store.principals() == {f"arn:aws:iam::{THIRD}:root"}


def test_writer_comes_right_before_a_read(server: SandboxServer, store: Store) -> None:
    store.put(ROLE)
    server.faults.before(writer(store), store.reading, nth=1)
    assert store.principals() == {f"arn:aws:iam::{THIRD}:root"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_writer_comes_right_before_or_after_a_write(
    server: SandboxServer, store: Store, when: str
) -> None:
    hook = server.faults.before if when == "before" else server.faults.after
    hook(writer(store), store.writing, nth=1)
    store.put(ROLE)
    left = ROLE if when == "before" else f"arn:aws:iam::{THIRD}:root"
    assert store.principals() == {left}


def test_answer_may_get_lost_after_the_write(server: SandboxServer, store: Store) -> None:
    def lose(_call: Call) -> None:
        raise AnswerLost

    server.faults.after(lose, store.writing, nth=1)
    with pytest.raises(ConnectionClosedError):
        store.put(ROLE)
    assert store.principals() == {ROLE}


def test_new_role_is_seen_after_its_time(served: Any) -> None:
    server, _, clock = served()
    store = bucket_store(server)
    server.principals.appear_later(ROLE, seconds=60)
    with refused(*store.refusal):
        store.put(ROLE)
    clock.advance(60)
    store.put(ROLE)


def test_absent_principals_are_a_setting(served: Any) -> None:
    missing = f"arn:aws:iam::{THIRD}:*"
    server, _, _ = served(absent_principals=(missing,))
    store = bucket_store(server)
    store.put(OTHER)
    for principal in (THIRD, f"arn:aws:iam::{THIRD}:role/deployer"):
        with refused(*store.refusal):
            store.put(principal)
    server.principals.create(f"arn:aws:iam::{THIRD}:role/deployer")
    store.put(f"arn:aws:iam::{THIRD}:role/deployer")


def test_clearing_a_server_forgets_everybody_and_everything(server: SandboxServer) -> None:
    store = bucket_store(server)
    store.put(ROLE)
    server.principals.delete(ROLE)
    server.clear()
    assert client(server, "s3").list_buckets()["Buckets"] == []
    store = bucket_store(server)
    store.put(ROLE)
    assert store.principals() == {ROLE}


def test_deleted_principals_survive_a_restart(tmp_path: Path) -> None:
    with SandboxServer(tmp_path / "s") as server:
        store = bucket_store(server)
        store.put(ROLE)
        server.principals.delete(ROLE)
        before = store.principals()
    with SandboxServer(tmp_path / "s") as server:
        s3 = client(server, "s3")
        assert next(iter(before)) in s3.get_bucket_policy(Bucket="acme")["Policy"]
