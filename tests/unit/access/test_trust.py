"""`access trust-policy`: exactly the jobs that are to take a role, in both forms of subject."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from builders import environment, group, version, workspace

from reconciler.access.permissions import Mode
from reconciler.access.trust import Repository, Trust, trust_policy
from reconciler.core.data import Json

ROLES = {"plan": "arn:aws:iam::111111111111:role/p", "apply": "arn:aws:iam::111111111111:role/a"}
THERE = {"plan": "arn:aws:iam::222222222222:role/p", "apply": "arn:aws:iam::222222222222:role/a"}
CLASSIC = Repository("acme", "models")
IMMUTABLE = Repository("acme", "models", "12", "345")


def policy_for(
    mode: Mode, repository: Repository = CLASSIC, *, external: str = "", name: str = "registry"
) -> list[Mapping[str, Json]]:
    roles = ROLES | ({"externalId": external} if external else {})
    documents = [
        environment("registry", assumeRole=roles),
        environment("training", accountId="222222222222", assumeRole=THERE),
        group("churn"),
        version("there", {"environment": "registry", "name": "churn"}, environment="training"),
    ]
    found = workspace(documents)
    trust = Trust(repository, "main", f"reconcile-{name}")
    document = trust_policy(found, found.environments[name], mode, trust)
    statements = document["Statement"]
    assert isinstance(statements, list)
    return statements


def subjects(statement: Mapping[str, Json]) -> Json:
    condition = statement["Condition"]
    assert isinstance(condition, Mapping)
    equals = condition["StringEquals"]
    assert isinstance(equals, Mapping)
    assert equals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    return equals["token.actions.githubusercontent.com:sub"]


@pytest.mark.parametrize(
    ("repository", "start"),
    [(CLASSIC, "repo:acme/models"), (IMMUTABLE, "repo:acme@12/models@345")],
)
def test_a_plan_is_for_pull_requests_and_the_branch_an_apply_for_its_environment(
    repository: Repository, start: str
) -> None:
    assert subjects(policy_for(Mode.PLAN, repository)[0]) == [
        f"{start}:pull_request",
        f"{start}:ref:refs/heads/main",
    ]
    assert subjects(policy_for(Mode.APPLY, repository)[0]) == [
        f"{start}:environment:reconcile-registry"
    ]


def test_the_provider_is_of_the_environments_account() -> None:
    principal = policy_for(Mode.PLAN)[0]["Principal"]
    provider = "oidc-provider/token.actions.githubusercontent.com"
    assert principal == {"Federated": f"arn:aws:iam::111111111111:{provider}"}


def test_who_registers_into_a_group_here_may_take_the_same_role() -> None:
    _, dependants = policy_for(Mode.APPLY, external="acme")
    assert dependants["Principal"] == {"AWS": [THERE["apply"]]}
    assert dependants["Action"] == "sts:AssumeRole"
    assert dependants["Condition"] == {"StringEquals": {"sts:ExternalId": "acme"}}
    assert "Condition" not in policy_for(Mode.PLAN)[1]
    assert len(policy_for(Mode.PLAN, name="training")) == 1


def test_a_colon_in_a_name_is_written_as_github_does() -> None:
    found = workspace([environment("registry", assumeRole=ROLES)])
    trust = Trust(CLASSIC, "main", "prod:eu")
    document = trust_policy(found, found.environments["registry"], Mode.APPLY, trust)
    assert "'repo:acme/models:environment:prod%3Aeu'" in str(document)
