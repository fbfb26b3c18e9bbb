from __future__ import annotations

import itertools
import re
from typing import Annotated

import pydantic
import pytest
from typing_extensions import TypeAliasType

from reconciler.shapes import sagemaker, tweaks
from reconciler.shapes.patterns import UnknownSyntaxError, portable, translate

DIGEST = "sha256:" + "aF0" * 21 + "1"
ROLE = "arn:aws:iam::111111111111:role/"
VERSION = "arn:aws-cn:sagemaker:cn-north-1:111111111111:model-package/churn/12"
GROUP = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"

EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    "EntityName": (["a", "a-b", "a--b", "A" * 63], ["", "-a", "a-", "a_b", "a b", "a\n", "é"]),
    "ContainerHostname": (["web-1"], ["", "web-", "web_1", "a" * 64]),
    "HubContentName": (["a-1"], ["a-", "a" * 64]),
    "ProductId": (["a-b", "a" * 256], ["", "-", "a" * 257]),
    "ArnOrName": (
        ["a", GROUP, "a" * 63, GROUP + "-2"],
        ["", "a-", "-a", "a" * 64, GROUP + "-", GROUP + "/1", GROUP.replace("1" * 12, "1")],
    ),
    "ModelPackageArn": ([VERSION], ["churn", VERSION.replace(":sagemaker", ":s3"), VERSION + " x"]),
    "EntityDescription": (
        ["", "Zürich, 東京: 5 € / ½ «ok»", "a\u00a0b", "e\u0301"],
        ["two\nlines", "a\tb", "bell\x07", "a" * 1025],
    ),
    "TagKey": (["team", "Größe", "a b:c/d=e+f-g@h_.1"], ["", "a,b", "a#b", "a\nb", "a" * 129]),
    "TagValue": (["", "東京 1"], ["a;b", "a" * 257]),
    "CustomerMetadataKey": (["reconciler/owner", "名 前"], ["", "a$b", "a{1}", "a" * 129]),
    "CustomerMetadataValue": (["v1.2+3", "٣"], ["", "a|b", "a" * 257]),
    "S3Uri": (
        ["s3://b/k", "s3://b", "https://h/x y"],
        ["", "s3:/b", "S3://b", "s3://", "s3://b/k\nk"],
    ),
    "Url": (["https://h/x.tar.gz"], ["http://h/x", "s3://b/\u2028"]),
    "ContainerImage": (["111111111111.dkr.ecr.eu-west-1.amazonaws.com/a:1"], ["", "a b", "a\x0bb"]),
    "ImageDigest": ([DIGEST, DIGEST.replace("sha", "SHA")], [DIGEST + "0", DIGEST[:-1], "sha256:"]),
    "ModelPackageFrameworkVersion": (["1.7", "2.0-cpu"], ["10.1", "1", "1.٣"]),
    "HubContentVersion": (["1.0.0", "1x0x0", "1.0.1234"], ["1.0", "1.0.٣", "1\n0.0", "1.0.12345"]),
    "ResponseMIMEType": (["text/csv", "x-y/z;q=1"], ["text", "text/", "téxt/csv"]),
    "ContentType": (["", "text/csv; charset=utf-8"], ["a\rb", "a\u0085b", "a" * 257]),
    "StageDescription": (["", "a" * 1024], ["a\nb", "a" * 1025]),
    "ModelPackageSourceUri": (["", "s3://b/k", "a" * 1024], ["a=b", "a\nb", "a" * 1025]),
    "EnvironmentKey": (["A_1", "_"], ["1A", "A-B", ""]),
    "EnvironmentValue": (["", "two\nlines"], ["a" * 1025]),
    "TransformEnvironmentKey": (["A_1"], ["1A", "a" * 1025]),
    "DataInputConfig": (['{"in":\n[1]}'], [""]),
    "RoleArn": (
        [ROLE + "path/validation", ROLE + "a,b@c"],
        [ROLE[:-1], ROLE + "a:b", "validation"],
    ),
    "KmsKeyId": (["", "alias/models", "arn:aws:kms:eu-west-1:1:key/a_b"], ["key id", "a.b"]),
    "ClientToken": (["a-1"], ["", "a_b", "a" * 37]),
    "TransformAmiVersion": (["al2-ami-1"], ["", "-a", "a--b"]),
    "AdditionalModelChannelName": (["a.b-c_d"], ["", "a/b"]),
}


def judge(name: str) -> pydantic.TypeAdapter[str]:
    alias = getattr(sagemaker, name)
    assert isinstance(alias, TypeAliasType)
    return pydantic.TypeAdapter(alias, config=pydantic.ConfigDict(strict=True))


def accepts(adapter: pydantic.TypeAdapter[str], text: str) -> bool:
    try:
        adapter.validate_python(text)
    except pydantic.ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_are_judged_as_the_api_would(name: str) -> None:
    adapter, (good, bad) = judge(name), EXAMPLES[name]
    assert [text for text in good if not accepts(adapter, text)] == []
    assert [text for text in bad if accepts(adapter, text)] == []


@pytest.mark.parametrize("pattern", sagemaker.SOURCE_PATTERNS)
def test_portable_pattern_is_exact_for_ascii(pattern: str) -> None:
    exact = pydantic.TypeAdapter[str](Annotated[str, pydantic.StringConstraints(pattern=pattern)])
    understood = re.compile(portable(pattern).removesuffix("$") + r"\Z")
    for text in (*map(chr, range(128)), "a" + chr(10), "s3://b/k", ROLE, VERSION, GROUP, DIGEST):
        assert bool(understood.search(text)) == accepts(exact, text), text


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_portable_pattern_admits_what_the_exact_one_admits(name: str) -> None:
    understood = re.compile(portable(judge(name).json_schema().get("pattern", "")))
    assert [text for text in EXAMPLES[name][0] if not understood.search(text)] == []


@pytest.mark.parametrize("name", ["ArnOrName", "EntityName", "ContainerHostname"])
def test_rewritten_patterns_mean_what_the_original_means(name: str) -> None:
    original = re.compile(tweaks.PATTERNS[name].original, re.ASCII)
    adapter = judge(name)
    short = (
        "".join(text) for size in range(1, 7) for text in itertools.product("a0-/", repeat=size)
    )
    long = (
        head + "a" * size + tail
        for head in ("", "-")
        for size in (61, 62, 63)
        for tail in ("", "-")
    )
    for text in itertools.chain(short, long):
        assert accepts(adapter, text) == bool(original.fullmatch(text)), text


@pytest.mark.parametrize(
    "java",
    [r"(?<!-)a", r"(?=a)", r"a$", r"^a", r"\bword", r"[a[b]]", r"[a&&b]", r"\p{Lu}", r"[\h]"],
)
def test_unknown_syntax_is_refused(java: str) -> None:
    with pytest.raises(UnknownSyntaxError):
        translate(java)


def test_portable_form_of_a_negated_unicode_class_is_refused() -> None:
    with pytest.raises(UnknownSyntaxError):
        portable(r"^[^\p{L}]*$")


@pytest.mark.parametrize("pattern", sagemaker.SOURCE_PATTERNS)
def test_every_translated_pattern_is_portable(pattern: str) -> None:
    re.compile(portable(pattern))
    assert r"\p" not in portable(pattern)


def test_error_of_a_pattern_leads_back_to_the_pattern_of_the_api() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        sagemaker.Tag.model_validate({"key": "a#b", "value": ""})
    context = caught.value.errors()[0]["ctx"]
    assert sagemaker.SOURCE_PATTERNS[context["pattern"]] == r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
