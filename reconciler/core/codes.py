"""Every problem code with its title and explanation. Codes are never reused or renumbered.

`E1xx` reading files and YAML, `E2xx` shape of a manifest, `E3xx` references and identities,
`W4xx` warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Explanation(NamedTuple):
    """What a code stands for, for the documentation and for `explain`."""

    title: str
    text: str


_READING: Final[dict[str, Explanation]] = {
    "E101": Explanation(
        "file cannot be read",
        "The operating system refused to open or list it (permissions, a file that vanished, a "
        "dangling link, an I/O error). All other files are still read.",
    ),
    "E102": Explanation(
        "link leaves the manifest folder",
        "A symbolic link points outside the folder that was given. Such links are never followed, "
        "so that what is reviewed in Git is all that is read.",
    ),
    "E103": Explanation(
        "not a regular file",
        "Named pipes, sockets and devices cannot hold manifests and are never read from.",
    ),
    "E104": Explanation(
        "too much to read",
        "A file, the number of files or their total size is above its bound.",
    ),
    "E105": Explanation(
        "not UTF-8",
        "Manifests are UTF-8 text, with or without a byte order mark.",
    ),
}

_YAML: Final[dict[str, Explanation]] = {
    "E110": Explanation(
        "YAML syntax error",
        "The text is not YAML from this place on. Nothing of the file is used, since it is "
        "unknown where its documents end.",
    ),
    "E111": Explanation(
        "tab in the indentation",
        "YAML allows only spaces for indentation.",
    ),
    "E112": Explanation(
        "character not allowed",
        "Control characters, lone surrogates, byte order marks inside the text and the unusual "
        "line breaks U+0085, U+2028 and U+2029, which YAML versions read differently.",
    ),
    "E113": Explanation(
        "directive not allowed",
        "Manifests are YAML 1.2 without tags, so `%TAG` and other versions in `%YAML` would "
        "promise a reading that they do not get.",
    ),
    "E120": Explanation(
        "document is not a mapping",
        "Every document is one manifest: a mapping with `apiVersion`, `kind`, `metadata`, `spec`.",
    ),
    "E121": Explanation(
        "duplicate key",
        "A key stands twice in one mapping. YAML parsers silently keep one of the two values.",
    ),
    "E122": Explanation(
        "key is not text",
        "Keys are strings. A key such as `1`, `true`, `null` or `{{ name }}` is read as another "
        "type unless it is quoted.",
    ),
    "E123": Explanation(
        "merge key",
        "`<<` merges mappings in YAML 1.1 only. Use an alias for a whole value, or a `ref` to a "
        "fragment, which merges and keeps track of where each value came from.",
    ),
    "E124": Explanation(
        "tag",
        "Tags (`!name`, `!!str`) turn data into something else and are refused without exception.",
    ),
    "E125": Explanation(
        "alias without anchor",
        "`*name` repeats what `&name` marked earlier in the same document.",
    ),
    "E126": Explanation(
        "alias inside its own anchor",
        "The value would contain itself.",
    ),
    "E127": Explanation(
        "anchor defined twice",
        "An anchor has one meaning in a document; otherwise an alias depends on its position.",
    ),
    "E128": Explanation(
        "aliases expand too far",
        "Aliases may repeat only a bounded amount of data in a file, so that a small file cannot "
        "exhaust memory.",
    ),
    "E129": Explanation(
        "nested too deep",
        "Mappings and lists may be nested up to a bound, aliased content included.",
    ),
    "E130": Explanation(
        "not a finite number",
        "`.inf` and `.nan` cannot be sent to AWS.",
    ),
    "E131": Explanation(
        "too many problems",
        "A file with this many problems is given up; the rest of it has not been checked.",
    ),
}

_SHAPE: Final[dict[str, Explanation]] = {
    "E201": Explanation(
        "unknown apiVersion",
        "Every manifest says `apiVersion: reconciler/v1`. Other versions are not read.",
    ),
    "E202": Explanation(
        "unknown kind",
        "The kind decides what a manifest may say. The known kinds are listed with the problem.",
    ),
    "E203": Explanation(
        "unknown key",
        "A key that means nothing here would be ignored, so it is refused. Names are the API's "
        "own with the first letter lowered: `ModelDataUrl` is `modelDataUrl`.",
    ),
    "E204": Explanation(
        "something required is missing",
        "The API, or the manifest's envelope, cannot do without this.",
    ),
    "E205": Explanation(
        "wrong type",
        "Values are taken as they are: `1.10` is a number and `no` is a text. Quote what is meant "
        "as text, such as account ids and version numbers.",
    ),
    "E206": Explanation(
        "not one of the allowed values",
        "The API knows a fixed set of words here, spelled exactly so.",
    ),
    "E207": Explanation(
        "form not allowed",
        "The API states a pattern for this value, and AWS would refuse it.",
    ),
    "E208": Explanation(
        "too long or too short",
        "The API states how many characters or items may stand here.",
    ),
    "E209": Explanation(
        "number out of range",
        "The API, or the manifest's envelope, states the smallest and the largest number.",
    ),
    "E210": Explanation(
        "cannot be null",
        "`null` says that something must not be set. It removes a tag, a metadata key or a member "
        "of `modelLifeCycle`; nothing clears another member, so the promise could not be kept.",
    ),
    "E220": Explanation(
        "not exactly one identity",
        "A package is a version in a group (`modelPackageGroup`) or an unversioned package "
        "(`modelPackageName`), never both or neither.",
    ),
    "E221": Explanation(
        "tags on a version",
        "SageMaker refuses tags on versions in a group: the group carries them.",
    ),
    "E222": Explanation(
        "not possible on an unversioned package",
        "Versions, approval, sourceUri, modelDataSource and container environments exist only on "
        "versions in a group.",
    ),
    "E223": Explanation(
        "sourceUri and inferenceSpecification together",
        "CreateModelPackage accepts only one of the two.",
    ),
    "E224": Explanation(
        "Marketplace package incomplete",
        "Unversioned packages need their instance types, and certification needs a validation "
        "profile.",
    ),
    "E225": Explanation(
        "additionalS3DataSource in inferenceSpecification",
        "The API models it, but SageMaker refuses it there.",
    ),
    "E226": Explanation(
        "additional inference specifications with one name",
        "SageMaker tells them apart by name only.",
    ),
    "E227": Explanation(
        "ARN of another partition, region or account",
        "SageMaker refuses ARNs outside the environment's partition and region, and roles of "
        "another account.",
    ),
    "E228": Explanation(
        "artifact bucket in another region",
        "`artifactBuckets` of the environment says that the bucket is elsewhere.",
    ),
    "E229": Explanation(
        "reserved key",
        "Keys that begin with `reconciler/` are the reconciler's markers, tags that begin with "
        "`aws:` belong to AWS.",
    ),
}

_POLICIES: Final[dict[str, Explanation]] = {
    "E240": Explanation(
        "the owning account as consumer",
        "The account that owns the groups needs no cross-account policy. A role of it may be "
        "named; the account as a whole is what IAM policies are for.",
    ),
    "E241": Explanation(
        "principal that cannot discover",
        "AWS RAM shares model package groups with accounts. Roles and users can be given access, "
        "but the groups will not show up in their lists and searches.",
    ),
    "E242": Explanation(
        "statement of a form that IAM does not know",
        "A raw statement must keep to the grammar of the IAM JSON policy language: elements, texts "
        "and lists of texts where it has them, and no Sid, which is ours.",
    ),
}

_REFERENCES: Final[dict[str, Explanation]] = {
    "E301": Explanation(
        "unknown reference",
        "`ref` names a fragment (InferenceSpecification, ValidationProfile) that no file declares. "
        "If a file could not be read, mend that first.",
    ),
    "E302": Explanation(
        "reference cycle",
        "Fragments refer to each other in a circle, so none of them has a value.",
    ),
    "E303": Explanation(
        "reference to another kind",
        "A manifest of this name exists, but of a kind that cannot stand here.",
    ),
    "E304": Explanation(
        "unknown environment",
        "No manifest of kind Environment has this name.",
    ),
    "E305": Explanation(
        "unknown group",
        "No ModelPackageGroup has this name in the environment that is meant.",
    ),
    "E306": Explanation(
        "same name twice",
        "`metadata.name` is the identity within kind and environment.",
    ),
    "E307": Explanation(
        "two manifests for one live resource",
        "They would overwrite each other in every run.",
    ),
    "E308": Explanation(
        "group names that differ only by letter case",
        "SageMaker lower-cases package ARNs, so the versions of both would collide.",
    ),
}

_WARNINGS: Final[dict[str, Explanation]] = {
    "W401": Explanation(
        "unknown instance type",
        "The installed botocore does not list it. AWS adds instance types all the time, so it is "
        "only a warning.",
    ),
    "W402": Explanation(
        "approved version with a movable image tag",
        "A tag can be moved after the approval. A digest (`@sha256:`) cannot.",
    ),
    "W403": Explanation(
        "group name with upper-case letters",
        "Package ARNs are lower-cased, so policies written by the group's name do not match.",
    ),
    "W404": Explanation(
        "image in another region",
        "SageMaker pulls images from the region that it runs in.",
    ),
}

CODES: Final[Mapping[str, Explanation]] = MappingProxyType(
    {**_READING, **_YAML, **_SHAPE, **_POLICIES, **_REFERENCES, **_WARNINGS}
)
"""Code to its explanation, in the order of the codes."""
