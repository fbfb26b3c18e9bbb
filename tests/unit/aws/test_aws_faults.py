"""Every failure that the reference names, as botocore raises it, and what it means."""

from __future__ import annotations

import pytest
from aws_stub import an_environment
from botocore import exceptions as raised

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.aws.faults import classify
from reconciler.aws.local_faults import LOCAL_ROWS
from reconciler.aws.wording import MAX_LENGTH, one_line
from reconciler.core.environment import AssumeRole, Environment

GROUP = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"
PACKAGE = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1"
CALLER = "arn:aws:sts::111111111111:assumed-role/ci/reconciler-plan"

(
    NOT_FOUND,
    EXISTS,
    DENIED,
    CREDENTIALS,
    CONFLICT,
    THROTTLED,
    LIMIT,
    INVALID,
    UNREACHABLE,
    UNKNOWN,
) = (
    FaultKind.NOT_FOUND,
    FaultKind.ALREADY_EXISTS,
    FaultKind.DENIED,
    FaultKind.CREDENTIALS,
    FaultKind.CONFLICT,
    FaultKind.THROTTLED,
    FaultKind.LIMIT,
    FaultKind.INVALID,
    FaultKind.UNREACHABLE,
    FaultKind.UNKNOWN,
)


def answered(  # noqa: PLR0913 - keywords, each with a default
    code: str,
    text: str = "",
    *,
    service: str = "sagemaker",
    operation: str = "DescribeModelPackage",
    raised_by: str | None = None,
    environment: Environment | None = None,
) -> AwsFault:
    error = raised.ClientError(
        {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"RequestId": "r-1"}},
        raised_by or operation,
    )
    return classify(
        error, service=service, operation=operation, environment=environment or an_environment()
    )


def local(error: Exception, environment: Environment | None = None) -> AwsFault:
    return classify(
        error,
        service="sagemaker",
        operation="Search",
        environment=environment or an_environment(),
    )


@pytest.mark.parametrize(
    ("kind", "service", "code", "text"),
    [
        (
            NOT_FOUND,
            "sagemaker",
            "ValidationException",
            f"ModelPackageGroup {GROUP} does not exist.",
        ),
        (NOT_FOUND, "sagemaker", "ValidationException", f"ModelPackage {PACKAGE} does not exist."),
        (NOT_FOUND, "sagemaker", "ValidationException", "Model Package Group x does not exist."),
        (
            NOT_FOUND,
            "sagemaker",
            "ValidationException",
            f"Cannot find Model Package Group: {GROUP}",
        ),
        (NOT_FOUND, "sagemaker", "ValidationException", f"Cannot find Model Package {PACKAGE}"),
        (
            NOT_FOUND,
            "sagemaker",
            "ValidationException",
            f"Cannot find resource policy for: {GROUP}",
        ),
        (NOT_FOUND, "sagemaker", "ResourceNotFound", "gone"),
        (NOT_FOUND, "ecr", "RepositoryNotFoundException", ""),
        (NOT_FOUND, "ecr", "RepositoryPolicyNotFoundException", ""),
        (NOT_FOUND, "s3", "NoSuchBucket", ""),
        (NOT_FOUND, "s3", "NoSuchBucketPolicy", ""),
        (NOT_FOUND, "s3", "NoSuchPublicAccessBlockConfiguration", ""),
        (NOT_FOUND, "s3", "404", "Not Found"),
        (NOT_FOUND, "kms", "NotFoundException", ""),
        (NOT_FOUND, "ram", "UnknownResourceException", ""),
        (NOT_FOUND, "ram", "ResourceArnNotFoundException", ""),
        (
            EXISTS,
            "sagemaker",
            "ValidationException",
            f"Model Package Group already exists: {GROUP}",
        ),
        (EXISTS, "sagemaker", "ValidationException", f"ModelPackage already exists: {PACKAGE}"),
        (EXISTS, "sagemaker", "ResourceInUse", "Cannot create already existing model package"),
        (EXISTS, "ram", "PermissionAlreadyExistsException", ""),
        (DENIED, "sagemaker", "AccessDeniedException", "User: x is not authorized to perform: y"),
        (DENIED, "s3", "AccessDenied", "Access Denied"),
        (DENIED, "s3", "403", "Forbidden"),
        (DENIED, "sagemaker", "UnauthorizedOperation", ""),
        (DENIED, "sagemaker", "ValidationException", "x is not authorized to perform: kms:Decrypt"),
        (CREDENTIALS, "sts", "ExpiredToken", "The security token included is expired"),
        (CREDENTIALS, "sagemaker", "ExpiredTokenException", "expired"),
        (CREDENTIALS, "sts", "InvalidClientTokenId", "The security token is invalid"),
        (CREDENTIALS, "sagemaker", "UnrecognizedClientException", "invalid"),
        (CREDENTIALS, "s3", "InvalidAccessKeyId", "does not exist in our records"),
        (CREDENTIALS, "s3", "InvalidToken", "The provided token is malformed"),
        (CREDENTIALS, "sts", "SignatureDoesNotMatch", "The request signature"),
        (CREDENTIALS, "sagemaker", "InvalidSignatureException", "Signature expired"),
        (THROTTLED, "sagemaker", "ThrottlingException", "Rate exceeded"),
        (THROTTLED, "sagemaker", "Throttling", "Rate exceeded"),
        (THROTTLED, "kms", "ThrottlingException", "You have exceeded the rate"),
        (THROTTLED, "s3", "SlowDown", "Please reduce your request rate."),
        (THROTTLED, "sts", "TooManyRequestsException", ""),
        (THROTTLED, "sts", "RequestLimitExceeded", ""),
        (CONFLICT, "sagemaker", "ConflictException", "being updated"),
        (CONFLICT, "s3", "OperationAborted", "A conflicting conditional operation"),
        (CONFLICT, "sagemaker", "ResourceInUse", "in use"),
        (LIMIT, "sagemaker", "ResourceLimitExceeded", "The account-level limit"),
        (LIMIT, "kms", "LimitExceededException", "too many grants"),
        (LIMIT, "ram", "ResourceShareLimitExceededException", ""),
        (INVALID, "sagemaker", "ValidationException", "1 validation error detected: Value 'x'"),
        (INVALID, "sagemaker", "ValidationException", "Missing ARN."),
        (INVALID, "sagemaker", "ValidationException", "Requested image x:1 does not exist."),
        (INVALID, "sagemaker", "SomethingNew", "2 validation errors detected: Value"),
        (INVALID, "s3", "MalformedPolicy", "Invalid principal in policy"),
        (INVALID, "ecr", "InvalidParameterException", "Principal not found"),
        (INVALID, "ram", "OperationNotPermittedException", ""),
        (UNREACHABLE, "sagemaker", "InternalFailure", ""),
        (UNREACHABLE, "sagemaker", "ServiceUnavailable", ""),
        (UNREACHABLE, "kms", "DependencyTimeoutException", ""),
        (UNREACHABLE, "s3", "503", ""),
        (UNKNOWN, "sagemaker", "Surprise", "nobody knows"),
    ],
)
def test_answers_mean(kind: FaultKind, service: str, code: str, text: str) -> None:
    fault = answered(code, text, service=service)
    assert fault.kind is kind
    assert fault.code == code
    assert fault.request_id == "r-1"
    assert fault.what
    assert fault.fix
    assert code in fault.why
    assert "{" not in fault.what + fault.fix


def test_a_denial_names_the_action_the_resource_and_the_caller() -> None:
    fault = answered(
        "AccessDeniedException",
        f"User: {CALLER} is not authorized to perform: sagemaker:DescribeModelPackage on"
        f" resource: {PACKAGE} because no identity-based policy allows the action",
    )
    assert fault.permission == "sagemaker:DescribeModelPackage"
    assert fault.resource == PACKAGE
    assert fault.fix == (
        f"allow sagemaker:DescribeModelPackage on {PACKAGE} in an IAM policy of {CALLER}"
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("with an explicit deny in an identity-based policy", "explicitly"),
        ("because no resource-based policy allows the action", "resource policy of"),
        ("because no permissions boundary allows the action", "permissions boundary"),
        ("because no service control policy allows the action", "service control policy"),
    ],
)
def test_the_fix_of_a_denial_follows_its_reason(reason: str, words: str) -> None:
    text = f"User: {CALLER} is not authorized to perform: sagemaker:Search on resource: * {reason}"
    assert words in answered("AccessDeniedException", text).fix


def test_a_denial_that_names_no_action_means_the_operation() -> None:
    assert answered("AccessDenied", service="s3", operation="GetBucketPolicy").permission == (
        "s3:GetBucketPolicy"
    )
    assert answered("AccessDenied", service="s3", operation="GetPublicAccessBlock").permission == (
        "s3:GetBucketPublicAccessBlock"
    )
    assert answered("AccessDenied", service="s3", operation="GetBucketEncryption").permission == (
        "s3:GetEncryptionConfiguration"
    )


def test_what_is_missing_may_be_another_services_permission() -> None:
    text = f"User: {CALLER} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:x"
    assert answered("AccessDeniedException", text).permission == "kms:Decrypt"


def test_a_role_that_cannot_be_assumed_is_about_credentials_and_names_the_role() -> None:
    role = "arn:aws:iam::222222222222:role/teams/plan"
    environment = an_environment(assume_role=AssumeRole(plan=role, external_id="x"))
    fault = answered(
        "AccessDenied",
        f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {role}",
        raised_by="AssumeRole",
        environment=environment,
    )
    assert fault.kind is FaultKind.CREDENTIALS
    assert fault.operation == "AssumeRole"
    assert fault.permission == "sts:AssumeRole"
    assert role in fault.what
    assert "trust policy" in fault.fix
    assert "external id that the Environment manifest gives" in fault.fix


def test_a_role_that_aws_does_not_name_is_taken_from_the_manifest() -> None:
    role = "arn:aws:iam::222222222222:role/plan"
    fault = answered(
        "AccessDenied",
        "Access denied",
        service="sts",
        operation="AssumeRole",
        environment=an_environment(assume_role=AssumeRole(plan=role)),
    )
    assert role in fault.what
    assert "assumeRole.externalId" in fault.fix


def test_an_arn_of_another_region_points_at_the_manifest() -> None:
    fault = answered("ValidationException", "ARN should be scoped to correct region: us-west-2")
    assert fault.kind is FaultKind.INVALID
    assert "`region`" in fault.fix
    assert "us-west-2" in fault.why


@pytest.mark.parametrize(
    ("code", "text", "unknown"),
    [
        ("MalformedPolicy", "Invalid principal in policy", True),
        ("InvalidParameterException", "Principal not found", True),
        ("MalformedPolicyDocumentException", "one or more invalid principals", True),
        ("InvalidArnException", "", True),
        ("MalformedPolicy", "Policy has invalid resource", False),
    ],
)
def test_an_unknown_principal_is_told_apart(code: str, text: str, *, unknown: bool) -> None:
    assert answered(code, text, service="s3").unknown_principal is unknown


URL = "https://api.sagemaker.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (CREDENTIALS, raised.NoCredentialsError(), "--profile"),
        (
            CREDENTIALS,
            raised.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "missing part",
        ),
        (CREDENTIALS, raised.SSOTokenLoadError(error_msg="none"), "aws sso login"),
        (CREDENTIALS, raised.UnauthorizedSSOTokenError(), "aws sso login"),
        (CREDENTIALS, raised.TokenRetrievalError(provider="sso", error_msg="x"), "aws sso login"),
        (CREDENTIALS, raised.LoginRefreshRequired(), "aws login"),
        (CREDENTIALS, raised.ProfileNotFound(profile="p"), "list-profiles"),
        (CREDENTIALS, raised.ConfigParseError(path="/x"), "~/.aws/config"),
        (
            CREDENTIALS,
            raised.CredentialRetrievalError(provider="process", error_msg="exit 1"),
            "get-caller-identity",
        ),
        (UNREACHABLE, raised.EndpointConnectionError(endpoint_url=URL, error="dns"), "network"),
        (UNREACHABLE, raised.ConnectTimeoutError(endpoint_url=URL, error="t"), "HTTPS_PROXY"),
        (UNREACHABLE, raised.ReadTimeoutError(endpoint_url=URL, error="t"), "run it again"),
        (UNREACHABLE, raised.ConnectionClosedError(endpoint_url=URL, error="x"), "run it again"),
        (UNREACHABLE, raised.ProxyConnectionError(proxy_url="http://p", error="x"), "NO_PROXY"),
        (UNREACHABLE, raised.SSLError(endpoint_url=URL, error="self-signed"), "AWS_CA_BUNDLE"),
        (INVALID, raised.ParamValidationError(report="Missing required parameter"), "value"),
        (INVALID, raised.NoRegionError(), "`region`"),
        (UNKNOWN, RuntimeError("odd"), "--debug"),
    ],
)
def test_failures_without_an_answer_mean(kind: FaultKind, error: Exception, words: str) -> None:
    fault = local(error)
    assert fault.kind is kind
    assert fault.code == type(error).__name__
    assert words in fault.fix
    assert fault.request_id is None
    assert "{" not in fault.what + fault.fix


def test_every_row_names_exceptions_that_botocore_has() -> None:
    for row in LOCAL_ROWS:
        assert {name for name in row.names if not hasattr(raised, name)} == set()


def test_a_fault_stays_itself() -> None:
    fault = local(RuntimeError("odd"))
    assert local(fault) is fault


def test_without_an_environment_the_texts_still_read() -> None:
    fault = classify(
        raised.NoCredentialsError(), service="sts", operation="GetCallerIdentity", environment=None
    )
    assert fault.what == "no AWS credentials were found for AWS"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\n  b\tc", "a b c"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("abc\u202edef", "abc\\u202edef"),
        ("key AKIAIOSFODNN7EXAMPLE end", "key (hidden) end"),
        ("x-amz-security-token:FwoGZXIvYXdzEJr//// next", "x-amz-security-token:(hidden) next"),
        ("proxy http://user:word@proxy:8080/", "proxy http://(hidden)@proxy:8080/"),
        ("secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "secret (hidden)"),
        (f"ModelPackage {PACKAGE} does not exist.", f"ModelPackage {PACKAGE} does not exist."),
    ],
)
def test_texts_from_outside_are_made_harmless(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_long_texts_are_cut() -> None:
    assert len(one_line("word " * 1000)) == MAX_LENGTH
    assert one_line("word " * 1000).endswith("…")


def test_no_credential_reaches_a_fault() -> None:
    text = (
        "The Canonical String should have been 'x-amz-security-token:FwoGZXIvYXdzEJr1234' for"
        " ASIAIOSFODNN7EXAMPLE"
    )
    fault = answered("SignatureDoesNotMatch", text)
    for words in (str(fault), fault.what, fault.why, fault.fix):
        assert "FwoGZX" not in words
        assert "ASIAIO" not in words
