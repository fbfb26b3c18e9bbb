"""What goes wrong, as types: errors that AWS would answer, and faults of the sandbox itself."""

from __future__ import annotations

from http import HTTPStatus


class ApiError(Exception):
    """An error answer of an AWS API: code, message and HTTP status, as a client will see them.

    `details` are further elements of an S3 error, `headers` those of the answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = HTTPStatus.BAD_REQUEST,
        *,
        details: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}
        self.headers = headers or {}


class SandboxFault(Exception):  # noqa: N818 - `Fault` is this project's word for it
    """The sandbox itself cannot go on: a damaged state file, a folder that is not its own."""


class SandboxBusy(SandboxFault):
    """Another process serves this folder; `url` is where, or None when it has not said yet."""

    def __init__(self, message: str, url: str | None) -> None:
        super().__init__(message)
        self.url = url


class PortTaken(SandboxFault):
    """The port that was asked for cannot be listened on."""


class AnswerLost(Exception):  # noqa: N818 - a control signal, raised by fault rules and hooks
    """Close the connection without an answer, as a broken network would."""


def invalid(message: str) -> ApiError:
    """Return a ValidationException, the code of nearly all registry failures.

    Source: botocore declares no NotFound for any Model Registry operation; Terraform's and
    CloudFormation's handlers tell the cases apart by text.
    """
    return ApiError("ValidationException", message)


def missing_group(arn: str) -> ApiError:
    """Return the answer for a group that is not there.

    Source: terraform-provider-aws model_package_group.go and ACK's sagemaker-controller
    generator.yaml, which both match the suffix "does not exist.".
    """
    return invalid(f"ModelPackageGroup {arn} does not exist.")


def missing_package(arn: str) -> ApiError:
    """Return the answer for a package that is not there.

    Source: ACK's sagemaker-controller generator.yaml (404 = ValidationException + this suffix).
    """
    return invalid(f"ModelPackage {arn} does not exist.")


def policy_group_missing(arn: str) -> ApiError:
    """Return what the three policy operations answer for a group that is not there.

    Source: terraform-provider-aws model_package_group_policy.go.
    """
    return invalid(f"Cannot find Model Package Group: {arn}")


def policy_missing(arn: str) -> ApiError:
    """Return what Get and Delete answer for a group without a policy.

    Source: terraform-provider-aws model_package_group_policy.go.
    """
    return invalid(f"Cannot find resource policy for: {arn}")


def group_exists(arn: str) -> ApiError:
    """Return the answer to a second CreateModelPackageGroup of one name.

    Source: the CloudFormation handler for AWS::SageMaker::ModelPackageGroup matches this text.
    """
    return invalid(f"Model Package Group already exists: {arn}")


def package_exists(arn: str) -> ApiError:
    """Return the answer to a second unversioned CreateModelPackage of one name.

    Source: sagemaker-python-sdk create_model_package_from_algorithm matches
    "ModelPackage already exists"; the rest of the sentence is unverified.
    """
    return invalid(f"ModelPackage already exists: {arn}")


def conflict(message: str) -> ApiError:
    """Return a ConflictException (declared in botocore by the writing calls; texts unverified)."""
    return ApiError("ConflictException", message)


def throttled() -> ApiError:
    """Return the throttling answer. Source: aws/sagemaker-python-sdk#645."""
    return ApiError("ThrottlingException", "Rate exceeded")


def access_denied(arn: str, action: str, resource: str, why: str) -> ApiError:
    """Return the refusal of a call.

    Source: AWS IAM user guide, "Troubleshoot access denied error messages".
    """
    message = f"User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"
    return ApiError("AccessDeniedException", message)


def wrong_region(region: str) -> ApiError:
    """Return the answer to an ARN of another region.

    Source: aws/amazon-sagemaker-examples#1438.
    """
    return invalid(f"ARN should be scoped to correct region: {region}")
