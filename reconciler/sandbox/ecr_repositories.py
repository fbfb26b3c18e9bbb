"""Repositories: CreateRepository, DescribeRepositories, DeleteRepository. Images are moto's.

Texts of the errors: as moto's, whose authors hold them against AWS (moto/ecr/exceptions.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.copies import forget_repository
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, objects, text, texts
from reconciler.sandbox.errors import ApiError, access_denied
from reconciler.sandbox.paging import Pages
from reconciler.sandbox.policy import Decision, evaluate_document, statements
from reconciler.sandbox.shapes import shape
from reconciler.sandbox.storage import REPOSITORIES
from reconciler.sandbox.stored_policies import effective, policy_of

_PAGE = 100
_ACTIONS = frozenset(
    {
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "DescribeImages",
        "GetDownloadUrlForLayer",
        "ListImages",
        "PutImage",
    }
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository where it is found."""

    site: Site
    name: str
    document: JsonObject

    @property
    def arn(self) -> str:
        """Return the repository's ARN."""
        return repository_arn(self.site, self.name)

    def save(self, context: Context, **changes: JsonValue) -> None:
        """Store the repository with some members replaced."""
        shelf = context.world.shelf(REPOSITORIES)
        shelf.put(self.site, self.name, {**self.document, **changes})


def create_repository(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a repository (botocore CreateRepository; defaults as in its documentation)."""
    name = text(parameters, "repositoryName") or ""
    _check_name(name)
    shelf = context.world.shelf(REPOSITORIES)
    site = context.home
    with shelf.lock:
        if shelf.get(site, name) is not None:
            raise ApiError(
                "RepositoryAlreadyExistsException",
                f"The repository with name '{name}' already exists in the registry with id "
                f"'{site.account}'",
            )
        scan = mapping(parameters, "imageScanningConfiguration") or {"scanOnPush": False}
        encryption = mapping(parameters, "encryptionConfiguration") or {"encryptionType": "AES256"}
        suffix = ".cn" if site.partition == "aws-cn" else ""
        about: JsonObject = {
            "repositoryArn": repository_arn(site, name),
            "registryId": site.account,
            "repositoryName": name,
            "repositoryUri": f"{site.account}.dkr.ecr.{site.region}.amazonaws.com{suffix}/{name}",
            "createdAt": context.now,
            "imageTagMutability": text(parameters, "imageTagMutability") or "MUTABLE",
            "imageScanningConfiguration": scan,
            "encryptionConfiguration": encryption,
        }
        tags: list[JsonValue] = [*objects(parameters, "tags")]
        shelf.put(site, name, {"repository": about, "tags": tags})
    return {"repository": about}


def describe_repositories(context: Context, parameters: JsonObject) -> JsonObject:
    """Describe the repositories of a registry: those asked for, or all in pages of 100."""
    asked = texts(parameters, "repositoryNames")
    if asked:
        shown: list[JsonValue] = [
            mapping(
                find(
                    context, {**parameters, "repositoryName": name}, "DescribeRepositories"
                ).document,
                "repository",
            )
            for name in asked
        ]
        return {"repositories": shown}
    site = _registry(context, parameters)
    if site.account != context.caller.account:
        raise _denied(
            context,
            f"arn:{site.partition}:ecr:{site.region}:{site.account}:repository/*",
            "DescribeRepositories",
        )
    bound = {"MaxResults": parameters.get("maxResults"), "NextToken": parameters.get("nextToken")}
    pages = Pages("DescribeRepositories", bound, default_size=_PAGE)
    found = context.world.shelf(REPOSITORIES).at(site)
    names, token = pages.cut([*found], key=str)
    listed: list[JsonValue] = [mapping(found[name], "repository") for name in names]
    return {"repositories": listed, "nextToken": token}


def delete_repository(context: Context, parameters: JsonObject) -> JsonObject:
    """Delete a repository, with its images only when `force` is given (botocore)."""
    shelf = context.world.shelf(REPOSITORIES)
    with shelf.lock:
        found = find(context, parameters, "DeleteRepository")
        force = parameters.get("force") is True
        if not forget_repository(found.site, found.name, force=force):
            raise ApiError(
                "RepositoryNotEmptyException",
                f"The repository with name '{found.name}' in registry with id "
                f"'{found.site.account}' cannot be deleted because it still contains images",
            )
        shelf.remove(found.site, found.name)
    return {"repository": mapping(found.document, "repository")}


def find(context: Context, parameters: JsonObject, action: str) -> Repository:
    """Return the repository a call means, if the caller may do that.

    Across accounts (`registryId`) the repository's policy must allow it; whether the repository
    exists is not revealed to others (IAM user guide, "Policy evaluation logic").

    Raises:
        ApiError: RepositoryNotFoundException or AccessDeniedException.
    """
    name = text(parameters, "repositoryName") or ""
    site = _registry(context, parameters)
    document = context.world.shelf(REPOSITORIES).get(site, name)
    found = Repository(site, name, document or {})
    _authorize(context, found, action)
    if document is None:
        raise ApiError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id "
            f"'{site.account}'",
        )
    return found


def authorize_passed_on(context: Context, operation: str, parameters: JsonObject) -> str:
    """Judge a call about images before it goes to moto, which asks no policy and knows no registry.

    Returns the account that moto is to answer for: the repository's owner.

    Raises:
        ApiError: RepositoryNotFoundException or AccessDeniedException.
    """
    if operation in _ACTIONS:
        return find(context, parameters, operation).site.account
    return context.caller.account


def judged(context: Context, document: JsonObject, arn: str, action: str) -> Decision:
    """Return what a repository's policy says of this caller.

    Its statements have no Resource: they are about the repository they are attached to (ECR user
    guide, "Private repository policies").
    """
    listed: list[JsonValue] = [{"Resource": "*", **statement} for statement in statements(document)]
    complete: JsonObject = {**document, "Statement": listed}
    return evaluate_document(complete, context.caller, f"ecr:{action}", arn)


def repository_arn(site: Site, name: str) -> str:
    """Return the ARN of a repository (botocore Repository.repositoryArn)."""
    return f"arn:{site.partition}:ecr:{site.region}:{site.account}:repository/{name}"


def _authorize(context: Context, found: Repository, action: str) -> None:
    policy = policy_of(found.document)
    decision = Decision.SILENT
    if policy is not None:
        document = effective(policy, context.world.principals, found.site.partition)
        decision = judged(context, document, found.arn, action)
    if decision is Decision.DENY:
        why = "with an explicit deny in a resource-based policy"
        raise access_denied(context.caller.arn, f"ecr:{action}", found.arn, why)
    if found.site.account != context.caller.account and decision is not Decision.ALLOW:
        raise _denied(context, found.arn, action)


def _denied(context: Context, arn: str, action: str) -> ApiError:
    why = f"because no resource-based policy allows the ecr:{action} action"
    return access_denied(context.caller.arn, f"ecr:{action}", arn, why)


def _registry(context: Context, parameters: JsonObject) -> Site:
    return Site(text(parameters, "registryId") or context.caller.account, context.region)


def _check_name(name: str) -> None:
    """Want a name of the service model's form (sentence as in moto/ecr/models.py)."""
    model = shape("ecr", "RepositoryName")
    pattern = text(model, "pattern") or ""
    if not re.fullmatch(pattern, name):
        raise ApiError(
            "InvalidParameterException",
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy "
            f"regular expression '{pattern}''",
        )
