"""SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy."""

from __future__ import annotations

import re

from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, parse_object, text
from reconciler.sandbox.ecr_repositories import Repository, find, judged
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.policy import Decision, as_list, statements
from reconciler.sandbox.storage import REPOSITORIES
from reconciler.sandbox.stored_policies import (
    StoredPolicy,
    aws_principals,
    has_principal,
    malformed_principal,
    policy_of,
    pretty,
    shown,
    stored,
)

_LARGEST = 10_240
_ACTION = re.compile(r"\*|ecr:(?!GetAuthorizationToken$)[A-Za-z*?]+", re.IGNORECASE)
_VERSIONS = frozenset({None, "2008-10-17", "2012-10-17"})


def set_repository_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the repository's whole policy (botocore: no revision, no merge)."""
    given = text(parameters, "policyText") or ""
    with context.world.shelf(REPOSITORIES).lock:
        found = find(context, parameters, "SetRepositoryPolicy")
        document = _checked(given, found.site.partition)
        named = aws_principals(document, found.site.partition)
        if context.world.principals.missing(named):
            raise _invalid("Principal not found")
        if parameters.get("force") is not True:
            _refuse_lockout(context, found, document)
        policy = stored(context, given, found.site.partition)
        found.save(context, policy=policy.to_json())
    return _answer(context, found, policy)


def get_repository_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the policy as ECR shows it."""
    found = find(context, parameters, "GetRepositoryPolicy")
    return _answer(context, found, _policy(found))


def delete_repository_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Remove the policy and return it; without one the answer is an error (botocore)."""
    with context.world.shelf(REPOSITORIES).lock:
        found = find(context, parameters, "DeleteRepositoryPolicy")
        policy = _policy(found)
        found.save(context, policy={})
    return _answer(context, found, policy)


def _answer(context: Context, found: Repository, policy: StoredPolicy) -> JsonObject:
    return {
        "registryId": found.site.account,
        "repositoryName": found.name,
        "policyText": pretty(shown(policy, context, found.site.partition)),
    }


def _policy(found: Repository) -> StoredPolicy:
    policy = policy_of(found.document)
    if policy is None:
        raise ApiError(
            "RepositoryPolicyNotFoundException",
            f"Repository policy does not exist for the repository with name '{found.name}' in the "
            f"registry with id '{found.site.account}'",
        )
    return policy


def _invalid(constraint: str) -> ApiError:
    """Return ECR's refusal of a policy; the two constraints that are known are sourced below."""
    return ApiError(
        "InvalidParameterException",
        f"Invalid parameter at 'PolicyText' failed to satisfy constraint: '{constraint}'",
    )


def _checked(policy: str, partition: str) -> JsonObject:
    """Return the document of a policy whose form is right; who exists is not asked here.

    Sources of the text: terraform-provider-aws#3924 (a principal with `:*`), #39064 ("Principal
    not found"), terraform-aws-modules/terraform-aws-ecr#19. The size counts the characters as they
    were put (botocore RepositoryPolicyText); its text is unverified.
    """
    if len(policy) > _LARGEST:
        raise _invalid(f"must have length less than or equal to {_LARGEST}")
    try:
        document = parse_object(policy)
    except ValueError as error:
        raise _rejected() from error
    found = statements(document)
    complete = len(found) == len(as_list(document.get("Statement"))) > 0
    if not complete or document.get("Version") not in _VERSIONS:
        raise _rejected()
    if not all(_is_valid(statement) for statement in found):
        raise _rejected()
    if malformed_principal(document, partition) is not None:
        raise _rejected()
    return document


def _rejected() -> ApiError:
    return _invalid("Invalid repository policy provided")


def _is_valid(statement: JsonObject) -> bool:
    """Return whether a statement is one of a repository policy.

    Sources: no Resource: awsdocs/amazon-ecr-user-guide PR #20, aws/aws-cdk#24314; no action of the
    whole registry: cloudposse/terraform-aws-ecr PR #67 (ecr:GetAuthorizationToken).
    """
    actions = [
        *as_list(statement.get("Action")),
        *as_list(statement.get("NotAction")),
    ]
    return (
        statement.get("Effect") in {"Allow", "Deny"}
        and has_principal(statement)
        and not {"Resource", "NotResource"} & statement.keys()
        and bool(actions)
        and all(isinstance(action, str) and _ACTION.fullmatch(action) for action in actions)
    )


def _refuse_lockout(context: Context, found: Repository, document: JsonObject) -> None:
    """Refuse a policy that would deny its writer the next SetRepositoryPolicy, without `force`.

    Source: botocore SetRepositoryPolicy.force; the text is unverified.
    """
    if judged(context, document, found.arn, "SetRepositoryPolicy") is Decision.DENY:
        raise _invalid(
            "The repository policy would prevent you from setting another policy in the future; "
            "use force to set it"
        )
