"""Which keys have to be used to read artifacts, and the version's own record.

What manifests name counts. Where they name no key beside a bucket, the bucket is asked for its
default encryption, which is what an object gets that was put without a choice of its own
(botocore, GetBucketEncryption). What one object is encrypted with is told only to those who may
read it (s3:GetObject), and the reconciler's role may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.access.artifacts import Home
from reconciler.access.evidence import in_words
from reconciler.aws.api import Answer, Aws, AwsFault
from reconciler.core.environment import Environment
from reconciler.policy.arns import parse_arn

DECLARED_RULE: Final = (
    "artifacts are taken to be encrypted with the KMS keys that manifests name beside their "
    "bucket, under `artifacts`"
)
_HOW: Final = "name the key beside the bucket, under `artifacts` of a CrossAccountPolicy"
_BY_DEFAULT: Final = (
    "bucket {} encrypts by default without a KMS key (SSE-S3), and no manifest names a key for "
    f"it; if objects were put with a key of their own, {_HOW}"
)
_UNTOLD: Final = (
    "no manifest names a key for bucket {}, and its default encryption is not known: {}. Look at "
    f"the bucket's encryption; if it has a customer key, {_HOW}"
)
_MANAGED: Final = (
    "bucket {} encrypts by default with the key of AWS (aws/s3), which no other account can use: "
    f"artifacts for other accounts need a key of your own; if these have one, {_HOW}"
)
_DEFAULT_KEY: Final = "bucket {} encrypts by default with {}, and no manifest names a key for it"
_AWS_ALIAS: Final = "alias/aws/s3"


@dataclass(frozen=True, slots=True)
class Encryption:
    """What something is encrypted with: the ARNs of keys, none if no key is needed.

    `doubt` says why that is not certain. It is one for other accounts only if `only_outside`.
    `note` says by what rule the keys are these.
    """

    keys: tuple[str, ...] = ()
    doubt: str = ""
    only_outside: bool = False
    note: str = ""


_NONE: Final = Encryption()


def encryption_of_record(aws: Aws, key: str, owner: Environment | None) -> Encryption:
    """Return the key of a version's own record, which the API names by ARN, id or alias."""
    if not key:
        return _NONE
    if owner is None:
        return Encryption(doubt=f"no Environment is declared where {key} could be looked up")
    try:
        return Encryption((_key_arn(aws, key, owner),))
    except AwsFault as fault:
        return Encryption(doubt=f"{key} is not known: {in_words(fault)}")


def encryption_of_bucket(aws: Aws, bucket: str, home: Home) -> Encryption:
    """Return the keys that manifests name beside a bucket, else what the bucket says itself."""
    if home.keys:
        return Encryption(home.keys, note=DECLARED_RULE)
    if home.owner is None:
        # Its policy is unknown then, which says all there is to say.
        return _NONE
    parameters = {"Bucket": bucket, "ExpectedBucketOwner": home.owner.account_id}
    try:
        answer = aws.call(home.owner, "s3", "GetBucketEncryption", parameters)
        return _default(aws, bucket, home.owner, answer)
    except AwsFault as fault:
        return Encryption(doubt=_UNTOLD.format(bucket, in_words(fault)))


def _default(aws: Aws, bucket: str, owner: Environment, answer: Answer) -> Encryption:
    """Return a bucket's default; a KMS algorithm without a key is AWS's key (botocore)."""
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    chosen = [each.get("ApplyServerSideEncryptionByDefault", {}) for each in rules]
    if not any(str(each.get("SSEAlgorithm", "")).startswith("aws:kms") for each in chosen):
        return Encryption(note=_BY_DEFAULT.format(bucket))
    named = [str(each["KMSMasterKeyID"]) for each in chosen if each.get("KMSMasterKeyID")]
    if not named or any(each.endswith(_AWS_ALIAS) for each in named):
        return Encryption(doubt=_MANAGED.format(bucket), only_outside=True)
    keys = tuple(_key_arn(aws, each, owner) for each in named)
    return Encryption(keys, note=_DEFAULT_KEY.format(bucket, ", ".join(keys)))


def _key_arn(aws: Aws, key: str, owner: Environment) -> str:
    """Return a key's ARN; ids and aliases are looked up in the account that owns what it locks."""
    arn = parse_arn(key)
    if arn is not None and arn.resource.startswith("key/"):
        return key
    return str(aws.call(owner, "kms", "DescribeKey", {"KeyId": key})["KeyMetadata"]["Arn"])
