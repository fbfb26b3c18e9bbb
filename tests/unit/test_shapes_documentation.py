from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.shapes import sagemaker
from reconciler.shapes.base import members_of
from reconciler.shapes.documentation import (
    UnknownMemberError,
    constraints,
    describe,
    plain_text,
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One  <code>two</code>\n three.</p>", "One two three."),
        ("<p>a</p><p>b &amp; c &#39;d&#39;</p>", "a\n\nb & c 'd'"),
        ("<p>either</p><ul><li><p>x</p></li> <li>y</li></ul>", "either\n\n- x\n\n- y"),
        ("a<br/>b", "a b"),
        ("<note><p>n</p></note>", "n"),
        ("", ""),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("name", sorted(sagemaker.STRUCTURES))
def test_documentation_of_every_member_is_plain(name: str) -> None:
    for member in members_of(sagemaker.STRUCTURES[name]).values():
        text = describe(name, member.api)
        assert text
        assert not {"<", "&amp;"} & set(text.split())


def test_structures_are_described() -> None:
    assert "container" in describe("ModelPackageContainerDefinition")


def test_constraints_are_botocores_own() -> None:
    found = constraints("CreateModelPackageInput", "CustomerMetadataProperties")
    assert (found.type, found.minimum, found.maximum, found.required) == ("map", 1, 50, False)
    assert found.key is not None
    assert found.item is not None
    assert (found.key.maximum, found.item.maximum) == (128, 256)
    assert constraints("TransformResources", "InstanceType").required
    assert "Approved" in constraints("CreateModelPackageInput", "ModelApprovalStatus").values
    assert constraints("ModelPackageModelCard", "ModelCardContent").sensitive
    items = constraints("InferenceSpecification", "Containers").item
    assert items is not None
    assert items.type == "structure"


@pytest.mark.parametrize(
    ("structure", "member"), [("Nothing", ""), ("Tag", "Nothing"), ("TagKey", "a")]
)
def test_unknown_names_are_told(structure: str, member: str) -> None:
    with pytest.raises(UnknownMemberError):
        describe(structure, member)


def test_shapes_and_documentation_load_no_botocore() -> None:
    program = (
        "import sys, reconciler.shapes.sagemaker, reconciler.shapes.documentation,"
        " reconciler.shapes.json_schema; sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
