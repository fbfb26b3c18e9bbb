"""The patterns that values must match, in words with an example: nobody should read a regex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Form:
    """What a pattern means: words that complete `use ...`, an example, and why, where we ask it.

    The example matches the pattern. `why` is empty for patterns of the API.
    """

    words: str
    example: str
    why: str = ""


ONE_LINE: Final = r"^[^\n\r\u0085\u2028\u2029]*$"
"""Of texts that may hold anything but a line break."""

_TEXT: Final = "letters, digits, spaces and any of _ . : / = + - @"
_HYPHENS: Final = "letters, digits and inner hyphens"

# As the validator has them: those of the API are the keys of SOURCE_PATTERNS.
FORMS: Final[Mapping[str, Form]] = {
    # Of the manifests.
    r"^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$": Form(
        "letters and digits, with '.', '_' or '-' only between them",
        "churn-v3",
        "names are stored on live things and chosen by patterns on the command line",
    ),
    r"^[0-9]{12}$": Form(
        "the 12 digits of the account id, in quotes",
        "111111111111",
        "AWS account ids have 12 digits",
    ),
    r"^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$": Form(
        "the code of an AWS region", "eu-west-1", "endpoints and ARNs are made of it"
    ),
    r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$": Form(
        "a letter or digit, then letters, digits and any of . _ / -",
        "acme/ml-platform",
        "it is stored in tags and metadata of live things",
    ),
    r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$": Form(
        "the ARN of an IAM role",
        "arn:aws:iam::111111111111:role/reconciler-plan",
        "STS assumes a role by its ARN",
    ),
    r"^[\w+=,.@:/-]*$": Form(
        "letters, digits and any of _ + = , . @ : / -", "acme-4711", "STS refuses any other one"
    ),
    r"^(?:arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,16}:[0-9]{12}:model-package-group/"
    r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}|[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?)$": Form(
        "the metadata.name of a ModelPackageGroup, or the ARN of a group",
        "churn",
        "a version is registered in a group",
    ),
    r"^(?:[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:role|user)/[\w+=,.@/-]+))$": Form(
        "an account id in quotes, or the ARN of a role or user",
        "arn:aws:iam::222222222222:role/deployer",
        "access is for principals that are named, never for everybody",
    ),
    r"^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$": Form(
        "the repository's name in lower case, without registry and tag",
        "models/churn",
        "ECR has no other names",
    ),
    r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$": Form(
        "the bucket's name, without s3://", "acme-models", "S3 has no other names"
    ),
    r"^[^*?${}]*$": Form(
        "a plain beginning of keys, without any of * ? $ { }",
        "churn/",
        "IAM reads these as wildcards and variables",
    ),
    r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$": Form(
        "the ARN of the key itself, not of an alias",
        "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "an alias can be moved to another key",
    ),
    # Of the file of known drift.
    r"^[^/\s]+/[^/\s]+/[^\s]+$": Form(
        "environment/Kind/name, each a name or a glob",
        "production/ModelPackage/churn-*",
        "names are only unique within environment and kind",
    ),
    r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|never)$": Form(
        "the last day on which it is accepted, or never",
        "2027-01-31",
        "what is accepted for a while should not be forgotten",
    ),
    # Of the API.
    r"^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": Form(_TEXT, "fraud team"),
    r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$": Form(_TEXT, "fraud team"),
    r"^(?:(?:https|s3)://(?:[^/]+)/?(?:[^\n\r\u0085\u2028\u2029]*))$": Form(
        "a URL that begins with s3:// or https://", "s3://acme-models/churn/model.tar.gz"
    ),
    r"^[-A-Za-z0-9_]+/[^\n\r\u0085\u2028\u2029]+$": Form("a MIME type", "text/csv"),
    r"^[0-9]\.[A-Za-z0-9.-]+$": Form("a version that begins with a digit and a dot", "1.2-1"),
    r"^[A-Za-z0-9.\-_]+$": Form("letters, digits and any of . - _", "p-1.2_a"),
    r"^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$": Form(
        "sha256: and 64 hexadecimal digits", "sha256:" + "0a" * 32
    ),
    r"^[^ \t\n\u000b\f\r]+$": Form(
        "text without spaces", "111111111111.dkr.ecr.eu-west-1.amazonaws.com/churn:1.4"
    ),
    r"^[\p{L}\p{M}\p{Z}\p{N}\p{P}]*$": Form(
        "letters, digits, spaces and punctuation, without line breaks and symbols such as + < =",
        "Churn, monthly.",
    ),
    r"^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$": Form(
        "text without line breaks, tabs and other control characters", "Churn, monthly."
    ),
    r"^[a-zA-Z0-9-]+$": Form("letters, digits and hyphens", "a-1"),
    r"^[a-zA-Z0-9:/_-]*$": Form(
        "a key's id or ARN: letters, digits and any of : / _ -",
        "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$": Form(_HYPHENS, "churn-v3"),
    r"^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$": Form(_HYPHENS + ", one at a time", "churn-v3"),
    r"^[a-zA-Z_][a-zA-Z0-9_]*$": Form(
        "letters, digits and _, not beginning with a digit", "LOG_LEVEL"
    ),
    r"^[0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}$": Form(
        "three numbers with a character between them", "1.13.1"
    ),
    r"^arn:aws[a-z\-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$": Form(
        "the ARN of an IAM role", "arn:aws:iam::111111111111:role/validator"
    ),
    r"^(?:arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*/)?"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$": Form(
        "a name of letters, digits and inner hyphens, or an ARN", "churn-algorithm"
    ),
    r"^arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[^ \t\n\u000b\f\r]+$": (
        Form(
            "the ARN of a model package",
            "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/3",
        )
    ),
}
"""Pattern → what it means. A pattern that is not here is shown as it is."""
