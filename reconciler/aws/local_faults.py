"""Failures without an answer from AWS: no credentials, no connection, input that botocore refuses.

Matched by the name of the exception class or one of its bases, so that botocore is not imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.aws.api import AwsFault, FaultKind
from reconciler.aws.wording import one_line, place
from reconciler.core.environment import Environment

_SIGN_IN: Final = "sign in with `aws sso login` (add --profile if you use one) and run it again"
_NETWORK: Final = (
    "check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and AWS_ENDPOINT_URL"
)


@dataclass(frozen=True, slots=True)
class LocalRow:
    """Exception class names → what they mean, what happened and how to fix it."""

    names: frozenset[str]
    kind: FaultKind
    what: str
    fix: str


def _row(kind: FaultKind, names: str, what: str, fix: str) -> LocalRow:
    return LocalRow(frozenset(names.split()), kind, what, fix)


LOCAL_ROWS: Final = (
    _row(
        FaultKind.CREDENTIALS,
        "NoCredentialsError",
        "no AWS credentials were found for {place}",
        "sign in (`aws sso login`), name a profile (--profile, AWS_PROFILE) or set"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; to try it without an account use --sandbox",
    ),
    _row(
        FaultKind.CREDENTIALS,
        "PartialCredentialsError",
        "the AWS credentials for {place} are incomplete",
        "set the missing part, or remove the other half",
    ),
    _row(
        FaultKind.CREDENTIALS,
        "SSOError TokenRetrievalError NoAuthTokenError",
        "the AWS sign-in (SSO) for {place} is missing or has expired",
        _SIGN_IN,
    ),
    _row(
        FaultKind.CREDENTIALS,
        "LoginError",
        "the AWS sign-in (`aws login`) for {place} is missing or has expired",
        "sign in with `aws login` and run it again",
    ),
    _row(
        FaultKind.CREDENTIALS,
        "ProfileNotFound",
        "the AWS profile does not exist",
        "name one that `aws configure list-profiles` shows (--profile, AWS_PROFILE)",
    ),
    _row(
        FaultKind.CREDENTIALS,
        "ConfigParseError ConfigNotFound InvalidConfigError",
        "the AWS configuration files cannot be used",
        "correct ~/.aws/config and ~/.aws/credentials (or where AWS_CONFIG_FILE points)",
    ),
    _row(
        FaultKind.CREDENTIALS,
        "CredentialRetrievalError MetadataRetrievalError RefreshWithMFAUnsupportedError"
        " MissingDependencyException UnauthorizedSSOTokenError",
        "AWS credentials for {place} could not be fetched",
        "run `aws sts get-caller-identity` the same way: it shows the same problem on its own",
    ),
    _row(
        FaultKind.UNREACHABLE,
        "ProxyConnectionError",
        "{place} cannot be reached: the proxy does not let {call} through",
        "correct HTTPS_PROXY, or add the AWS endpoint to NO_PROXY",
    ),
    _row(
        FaultKind.UNREACHABLE,
        "SSLError",
        "{place} cannot be reached: the TLS certificate was not accepted",
        "if a proxy inspects the traffic, name its CA bundle in AWS_CA_BUNDLE",
    ),
    _row(
        FaultKind.UNREACHABLE,
        "ConnectTimeoutError",
        "{place} cannot be reached: no connection for {call} in time",
        _NETWORK,
    ),
    _row(
        FaultKind.UNREACHABLE,
        "ReadTimeoutError",
        "{place} did not answer {call} in time",
        "run it again: what was done is recognised; if it stays, " + _NETWORK,
    ),
    _row(
        FaultKind.UNREACHABLE,
        "ConnectionClosedError ResponseStreamingError IncompleteReadError",
        "the connection to {place} broke during {call}",
        "run it again: what was done is recognised; if it stays, " + _NETWORK,
    ),
    _row(
        FaultKind.UNREACHABLE,
        "ConnectionError HTTPClientError",
        "{place} cannot be reached for {call}",
        _NETWORK + "; a region name that does not exist looks the same",
    ),
    _row(
        FaultKind.INVALID,
        "InvalidRegionError NoRegionError UnknownRegionError UnknownEndpointError"
        " EndpointProviderError UnknownServiceError",
        "there is no endpoint for {call}",
        "correct the `region` of the Environment manifest",
    ),
    _row(
        FaultKind.INVALID,
        "ParamValidationError ValidationError InvalidDNSNameError",
        "the input of {call} does not have the shape of the API",
        "correct the value that is named",
    ),
)
"""The first row that names the exception's class or one of its bases counts."""

_UNKNOWN: Final = _row(
    FaultKind.UNKNOWN, "", "{call} failed in {place}", "run it again with --debug for the details"
)


def classify_local(
    error: Exception, *, service: str, operation: str, environment: Environment | None
) -> AwsFault:
    """Return what an exception means that came without an answer from AWS."""
    names = {base.__name__ for base in type(error).__mro__}
    row = next((row for row in LOCAL_ROWS if row.names & names), _UNKNOWN)
    return AwsFault(
        row.kind,
        what=row.what.format(place=place(environment), call=f"{service}:{operation}"),
        operation=operation,
        code=type(error).__name__,
        why=one_line(str(error)),
        fix=row.fix,
    )
