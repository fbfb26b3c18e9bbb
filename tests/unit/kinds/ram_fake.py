"""A RAM that keeps shares in memory, as far as aws.md section 5.5 says how it behaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.aws.api import Answer, AwsFault, FaultKind
from reconciler.core.environment import CallerIdentity, Environment

ARN = "arn:aws:ram:eu-west-1:111111111111:resource-share/"


@dataclass
class FakeShare:
    arn: str
    name: str
    status: str = "ACTIVE"
    feature_set: str = "STANDARD"
    tags: dict[str, str] = field(default_factory=dict)
    principals: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    external: bool = False


@dataclass
class FakeRam:
    """An `Aws` that only knows RAM. `fail` names operations that are denied."""

    shares: list[FakeShare] = field(default_factory=list)
    calls: list[tuple[str, Answer]] = field(default_factory=list)
    tokens: dict[str, FakeShare] = field(default_factory=dict)
    fail: Mapping[str, FaultKind] = field(default_factory=dict)

    def add(self, name: str, **members: Any) -> FakeShare:
        share = FakeShare(f"{ARN}{len(self.shares) + 1}", name, **members)
        self.shares.append(share)
        return share

    def written(self) -> list[str]:
        reads = ("Get", "List")
        return [name for name, _ in self.calls if not name.startswith(reads)]

    def call(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Answer:
        assert service == "ram", environment
        self.calls.append((operation, parameters))
        if operation in self.fail:
            raise AwsFault(self.fail[operation], what=f"{operation} failed", operation=operation)
        answers: dict[str, Callable[[Answer], Answer]] = {
            "GetResourceShares": self._get,
            "GetResourceShareAssociations": self._associations,
            "CreateResourceShare": self._create,
            "AssociateResourceShare": lambda given: self._edit(given, gone=False),
            "DisassociateResourceShare": lambda given: self._edit(given, gone=True),
            "DeleteResourceShare": self._delete,
            "ListResourceSharePermissions": self._permissions,
            "PromotePermissionCreatedFromPolicy": lambda _given: {},
            "PromoteResourceShareCreatedFromPolicy": self._promote,
        }
        return answers[operation](parameters)

    def pages(
        self, environment: Environment, service: str, operation: str, parameters: Answer
    ) -> Iterator[Answer]:
        yield self.call(environment, service, operation, parameters)

    def caller(self, environment: Environment) -> CallerIdentity:
        raise AssertionError(f"who calls in {environment.name} does not matter here")

    def of(self, arn: str) -> FakeShare:
        (found,) = [each for each in self.shares if each.arn == arn]
        return found

    def _get(self, given: Answer) -> Answer:
        assert given["resourceOwner"] == "SELF"
        named = [each for each in self.shares if given.get("name", each.name) == each.name]
        return {
            "resourceShares": [
                {
                    "resourceShareArn": each.arn,
                    "name": each.name,
                    "status": each.status,
                    "featureSet": each.feature_set,
                    "tags": [{"key": key, "value": value} for key, value in each.tags.items()],
                }
                for each in named
            ]
        }

    def _associations(self, given: Answer) -> Answer:
        kind = given["associationType"]
        found = []
        for share in map(self.of, given["resourceShareArns"]):
            held = share.principals if kind == "PRINCIPAL" else share.resources
            found += [
                {
                    "resourceShareArn": share.arn,
                    "associatedEntity": entity,
                    "associationType": kind,
                    "status": state,
                    "external": share.external,
                }
                for entity, state in held.items()
            ]
        return {"resourceShareAssociations": found}

    def _create(self, given: Answer) -> Answer:
        token = given["clientToken"]
        if token not in self.tokens:
            state = "ASSOCIATED"
            self.tokens[token] = self.add(
                given["name"],
                tags={each["key"]: each["value"] for each in given["tags"]},
                principals=dict.fromkeys(given["principals"], state),
                resources=dict.fromkeys(given["resourceArns"], state),
            )
        return {"resourceShare": {"resourceShareArn": self.tokens[token].arn}}

    def _edit(self, given: Answer, *, gone: bool) -> Answer:
        share = self.of(given["resourceShareArn"])
        pairs: Sequence[tuple[str, dict[str, str]]] = (
            ("principals", share.principals),
            ("resourceArns", share.resources),
        )
        for name, held in pairs:
            for entity in given.get(name, ()):
                held[entity] = "DISASSOCIATED" if gone else "ASSOCIATED"
        return {}

    def _delete(self, given: Answer) -> Answer:
        self.of(given["resourceShareArn"]).status = "DELETED"
        return {"returnValue": True}

    def _permissions(self, given: Answer) -> Answer:
        share = self.of(given["resourceShareArn"])
        return {"permissions": [{"arn": f"{share.arn}/own", "featureSet": share.feature_set}]}

    def _promote(self, given: Answer) -> Answer:
        self.of(given["resourceShareArn"]).feature_set = "STANDARD"
        return {"returnValue": True}
