"""CreateKey with its policy, PutKeyPolicy, GetKeyPolicy, ListKeyPolicies."""

from __future__ import annotations

from reconciler.sandbox.arns import Site
from reconciler.sandbox.context import Context
from reconciler.sandbox.documents import JsonObject, parse_object, text
from reconciler.sandbox.errors import ApiError, invalid
from reconciler.sandbox.kms_keys import default_policy, find_key, new_key
from reconciler.sandbox.policy import Decision, as_list, evaluate_document, statements
from reconciler.sandbox.storage import KEYS
from reconciler.sandbox.stored_policies import (
    StoredPolicy,
    aws_principals,
    has_principal,
    malformed_principal,
    pretty,
    shown,
    stored,
)

_LARGEST = 32_768
_NAME = "default"


def create_key(context: Context, parameters: JsonObject) -> JsonObject:
    """Create a key with the given policy, or with the default one (botocore CreateKey.Policy)."""
    site = context.home
    given = text(parameters, "Policy")
    if given is None:
        policy = StoredPolicy(default_policy(site))
    else:
        policy = _accepted(context, site, f"arn:{site.partition}:kms:::key/", given, parameters)
    return {"KeyMetadata": new_key(context, parameters, policy).metadata}


def put_key_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Replace the key's whole policy (botocore PutKeyPolicy: no revision, no merge).

    Only the policy named `default` can be put: the same, `PolicyName` (code and text for other
    names are unverified).
    """
    with context.world.shelf(KEYS).lock:
        key = find_key(context, text(parameters, "KeyId") or "", "PutKeyPolicy")
        if text(parameters, "PolicyName") not in {None, _NAME}:
            raise invalid("PolicyName must be default.")
        given = text(parameters, "Policy") or ""
        policy = _accepted(context, key.site, key.arn, given, parameters)
        key.save(context, policy=policy.to_json())
    return {}


def get_key_policy(context: Context, parameters: JsonObject) -> JsonObject:
    """Return the policy as KMS shows it; its name is `default` when it is not given."""
    key = find_key(context, text(parameters, "KeyId") or "", "GetKeyPolicy")
    if text(parameters, "PolicyName") not in {None, _NAME}:
        raise ApiError("NotFoundException", "No such policy exists")
    document = shown(key.policy, context, key.site.partition)
    return {"Policy": pretty(document), "PolicyName": _NAME}


def list_key_policies(context: Context, parameters: JsonObject) -> JsonObject:
    """List the one policy that every key has (botocore ListKeyPolicies)."""
    find_key(context, text(parameters, "KeyId") or "", "ListKeyPolicies")
    return {"PolicyNames": [_NAME], "Truncated": False}


def _accepted(
    context: Context, site: Site, arn: str, policy: str, parameters: JsonObject
) -> StoredPolicy:
    """Return a policy as it is to be kept, or refuse it."""
    document = _checked(policy, site.partition)
    if context.world.principals.missing(aws_principals(document, site.partition)):
        raise _invalid_principals()
    if parameters.get("BypassPolicyLockoutSafetyCheck") is not True:
        _refuse_lockout(context, arn, document)
    return stored(context, policy, site.partition)


def _checked(policy: str, partition: str) -> JsonObject:
    """Return the document of a policy whose form is right; who exists is not asked here.

    Statements without Action or Resource are taken; they have no effect (botocore PutKeyPolicy).
    The characters are checked against the service model (botocore PolicyType) before.

    Sources: size: KMS "Quotas" page, quoted in thinkinglabs/aws-iam-policy#6 (bytes); the codes:
    botocore's declared errors; the texts for size and for JSON are unverified.
    """
    if len(policy.encode()) > _LARGEST:
        raise ApiError(
            "LimitExceededException", f"Key policy size exceeds the limit of {_LARGEST} bytes."
        )
    try:
        document = parse_object(policy)
    except ValueError as error:
        raise _malformed("This policy contains invalid Json") from error
    found = statements(document)
    if not found or len(found) < len(as_list(document.get("Statement"))):
        raise _malformed("Policy contains no statement.")
    for statement in found:
        _check(statement)
    wrong = malformed_principal(document, partition)
    if wrong is not None:
        raise _bad_principal(wrong)
    return document


def _check(statement: JsonObject) -> None:
    """Want an effect and a principal in every statement.

    Source of the second text: terraform-aws-modules/terraform-aws-eks PR #2163; the first is
    unverified.
    """
    if statement.get("Effect") not in {"Allow", "Deny"}:
        raise _malformed("Policy contains a statement with an invalid effect.")
    if not has_principal(statement):
        raise _malformed("Policy contains a statement with no principal.")


def _bad_principal(principal: str) -> ApiError:
    """Return the refusal of what can be no principal.

    Sources: an ARN of the wrong form: aws-samples/aws-cross-account-cicd-pipeline#35,
    aws/aws-cdk#573 (the code); anything else, unique ids too: re:Post
    kms-policy-error-invalid-principals.
    """
    if principal.startswith("arn:"):
        return ApiError("InvalidArnException", "An ARN in the specified key policy is invalid.")
    return _invalid_principals()


def _invalid_principals() -> ApiError:
    """Return the refusal of principals that KMS does not see.

    Source: terraform-aws-modules/terraform-aws-kms#30 and many others.
    """
    return _malformed("Policy contains a statement with one or more invalid principals.")


def _refuse_lockout(context: Context, arn: str, document: JsonObject) -> None:
    """Refuse a policy that does not let its writer put the next one.

    Sources: botocore PutKeyPolicy.Policy; text: terraform-aws-modules/terraform-aws-kms#14.
    """
    decision = evaluate_document(document, context.caller, "kms:PutKeyPolicy", arn)
    if decision is not Decision.ALLOW:
        raise _malformed(
            "The new key policy will not allow you to update the key policy in the future."
        )


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocumentException", message)
