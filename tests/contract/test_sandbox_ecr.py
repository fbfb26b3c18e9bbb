"""Repositories and repository policies: what ECR refuses, and what it makes of what it stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_support import OTHER, REGION, THIRD, client, refused

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.storage import reset, status

NAME = "team/decision-trees"
ROLE = f"arn:aws:iam::{OTHER}:role/deployer"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": f"sha256:{'0' * 64}", "size": 1},
        "layers": [],
    }
)


def statement(principal: Any = OTHER, **more: Any) -> dict[str, Any]:
    return {
        "Sid": "with spaces-and-hyphens",
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": principal},
        "Action": PULL,
        **more,
    }


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2008-10-17", "Statement": list(statements)})


def put(ecr: Any, *statements: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = ecr.set_repository_policy(repositoryName=NAME, policyText=policy(*statements), **more)
    found: list[dict[str, Any]] = json.loads(answer["policyText"])["Statement"]
    return found


def read(ecr: Any, **more: Any) -> list[dict[str, Any]]:
    answer = ecr.get_repository_policy(repositoryName=NAME, **more)
    found: list[dict[str, Any]] = json.loads(answer["policyText"])["Statement"]
    return found


@pytest.fixture
def ecr(server: SandboxServer) -> Any:
    found = client(server, "ecr")
    found.create_repository(repositoryName=NAME)
    return found


def test_repository_is_described_as_created(ecr: Any) -> None:
    (found,) = ecr.describe_repositories(repositoryNames=[NAME])["repositories"]
    assert found["repositoryArn"] == f"arn:aws:ecr:{REGION}:{DEFAULT_ACCOUNT}:repository/{NAME}"
    assert found["repositoryUri"] == f"{DEFAULT_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}"
    assert (found["registryId"], found["imageTagMutability"]) == (DEFAULT_ACCOUNT, "MUTABLE")
    with refused("RepositoryAlreadyExistsException", f"name '{NAME}' already exists"):
        ecr.create_repository(repositoryName=NAME)
    with refused("InvalidParameterException", "must satisfy regular expression"):
        ecr.create_repository(repositoryName="Upper")


def test_repositories_are_listed_in_pages(ecr: Any) -> None:
    ecr.create_repository(repositoryName="aaa")
    ecr.create_repository(repositoryName="zzz")
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    names = [[r["repositoryName"] for r in page["repositories"]] for page in pages]
    assert names == [["aaa", NAME], ["zzz"]]


def test_missing_repository_and_missing_policy_have_their_own_codes(ecr: Any) -> None:
    calls: list[Callable[..., object]] = [
        ecr.get_repository_policy,
        ecr.delete_repository_policy,
        lambda **named: ecr.set_repository_policy(**named, policyText=policy(statement())),
        ecr.delete_repository,
    ]
    for call in calls:
        with refused("RepositoryNotFoundException", "does not exist in the registry with id"):
            call(repositoryName="missing")
    for call in calls[:2]:
        with refused("RepositoryPolicyNotFoundException", "Repository policy does not exist"):
            call(repositoryName=NAME)
    with refused("RepositoryNotFoundException"):
        ecr.describe_repositories(repositoryNames=[NAME, "missing"])


def test_policy_comes_back_rewritten_with_statements_in_order(ecr: Any) -> None:
    answered = put(ecr, statement([OTHER], Sid="Z"), statement(Sid="A", Action=["ecr:ListImages"]))
    assert answered == read(ecr)
    assert [item["Sid"] for item in answered] == ["Z", "A"]
    assert answered[0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert answered[1]["Action"] == "ecr:ListImages"
    text = ecr.get_repository_policy(repositoryName=NAME)["policyText"]
    assert '"Version" : "2008-10-17"' in text
    assert "Sid" not in put(ecr, {k: v for k, v in statement().items() if k != "Sid"})[0]


def test_principals_come_in_another_order_on_every_read(ecr: Any) -> None:
    roles = [f"arn:aws:iam::{OTHER}:role/r{number}" for number in range(6)]
    put(ecr, statement(roles))
    orders = [read(ecr)[0]["Principal"]["AWS"] for _ in range(6)]
    assert all(sorted(order) == roles for order in orders)
    assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"Statement": []}',
        '{"Statement": ["x"]}',
        '{"Version": "2013-01-01", "Statement": []}',
        policy(statement(Effect="allow")),
        policy(statement([])),
        policy({"Effect": "Allow", "Action": "ecr:*"}),
        policy(statement(Resource="*")),
        policy(statement(Resource=f"arn:aws:ecr:{REGION}:{DEFAULT_ACCOUNT}:repository/{NAME}")),
        policy(statement(Action="s3:GetObject")),
        policy(statement(Action=[*PULL, "ecr:GetAuthorizationToken"])),
        policy(statement(Action=[])),
        policy(statement(f"arn:aws:iam::{OTHER}:*")),
        policy(statement("AROAABCDEFGHIJKLMNOPQ")),
    ],
)
def test_invalid_policies_are_refused(ecr: Any, text: str) -> None:
    with refused(
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: "
        "'Invalid repository policy provided'",
    ):
        ecr.set_repository_policy(repositoryName=NAME, policyText=text)
    with refused("RepositoryPolicyNotFoundException"):
        read(ecr)


def test_whole_ecr_and_anybody_are_taken(ecr: Any) -> None:
    put(ecr, statement("*", Action="ecr:*"), statement(Action="ECR:batchgetimage"))


def test_size_counts_characters_as_they_were_put(ecr: Any) -> None:
    fits = policy(statement()).ljust(10_240)
    ecr.set_repository_policy(repositoryName=NAME, policyText=fits)
    with refused("InvalidParameterException", "PolicyText", "10240"):
        ecr.set_repository_policy(repositoryName=NAME, policyText=f"{fits} ")


def test_policy_that_locks_its_writer_out_needs_force(ecr: Any) -> None:
    deny = statement("*", Effect="Deny", Action="ecr:Set*")
    with refused("InvalidParameterException", "from setting another policy in the future"):
        put(ecr, deny)
    put(ecr, deny, force=True)
    with refused("AccessDeniedException", "with an explicit deny in a resource-based policy"):
        put(ecr, statement())
    assert len(read(ecr)) == 1


def test_deleting_a_policy_returns_it(ecr: Any) -> None:
    put(ecr, statement())
    answer = ecr.delete_repository_policy(repositoryName=NAME)
    assert json.loads(answer["policyText"])["Statement"]
    with refused("RepositoryPolicyNotFoundException"):
        ecr.delete_repository_policy(repositoryName=NAME)


def test_other_accounts_do_what_the_policy_allows(server: SandboxServer, ecr: Any) -> None:
    ecr.put_image(repositoryName=NAME, imageManifest=MANIFEST, imageTag="1.0")
    deployer = client(server, "ecr", account=OTHER, role="deployer")
    here = {"registryId": DEFAULT_ACCOUNT, "repositoryName": NAME}
    image = {**here, "imageIds": [{"imageTag": "1.0"}]}
    denied: list[Callable[[], object]] = [
        lambda: deployer.batch_get_image(**image),
        lambda: deployer.get_repository_policy(**here),
        lambda: deployer.get_repository_policy(**{**here, "repositoryName": "missing"}),
        lambda: deployer.describe_repositories(registryId=DEFAULT_ACCOUNT),
    ]
    for call in denied:
        with refused("AccessDeniedException", "because no resource-based policy allows the ecr:"):
            call()
    put(ecr, statement(ROLE))
    assert len(deployer.batch_get_image(**image)["images"]) == 1
    for call in denied[1:]:
        with refused("AccessDeniedException"):
            call()
    with refused("AccessDeniedException"):
        client(server, "ecr", account=THIRD).batch_get_image(**image)


def test_full_repository_is_deleted_by_force_only(ecr: Any) -> None:
    ecr.put_image(repositoryName=NAME, imageManifest=MANIFEST, imageTag="1.0")
    with refused("RepositoryNotEmptyException", "still contains images"):
        ecr.delete_repository(repositoryName=NAME)
    ecr.delete_repository(repositoryName=NAME, force=True)
    with refused("RepositoryNotFoundException"):
        ecr.describe_repositories(repositoryNames=[NAME])


def test_everything_but_images_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with SandboxServer(folder) as server:
        ecr = client(server, "ecr")
        ecr.create_repository(repositoryName=NAME, tags=[{"Key": "a", "Value": "b"}])
        ecr.create_repository(repositoryName="deep/er")
        put(ecr, statement())
        before = read(ecr), ecr.describe_repositories()["repositories"]
    with SandboxServer(folder) as server:
        ecr = client(server, "ecr")
        assert (read(ecr), ecr.describe_repositories()["repositories"]) == before
        assert (
            client(server, "ecr", region="us-east-1").describe_repositories()["repositories"] == []
        )
    assert status(folder).neighbours == {"ecr-repositories": 2}
    damaged = next(folder.rglob("deep*.json"))
    damaged.write_text('{"format": 1}')
    with (
        SandboxServer(folder) as server,
        refused("SandboxFault", str(damaged), "reconcile sandbox reset"),
    ):
        client(server, "ecr").describe_repositories()
    reset(folder)
    assert not folder.exists()
