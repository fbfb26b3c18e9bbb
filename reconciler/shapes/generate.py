"""Write `sagemaker.py` from botocore's service model: `python -m reconciler.shapes.generate`.

With `--check` nothing is written: the text is made in memory and compared with the file.
The development extra pins botocore and ruff, so the text is the same on every machine.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from botocore.model import Shape as ApiShape

from reconciler.shapes import patterns, service_model, tables, tweaks
from reconciler.shapes.names import python_name, yaml_name

TARGET = Path(__file__).with_name("sagemaker.py")
_REMEDY = "run python -m reconciler.shapes.generate"
_SCALARS = {"string": "str", "integer": "int", "long": "int", "boolean": "bool"}
_PREAMBLE = '''\
# generated from botocore {version} by reconciler/shapes/generate.py; do not edit
"""The structures that SageMaker's registry operations take, and what is known about them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue
from typing_extensions import TypeAliasType

from reconciler.shapes.base import CanonicalJson, Shape

BOTOCORE_VERSION = "{version}"
"""The botocore whose service model this states."""
'''


class StaleTweakError(ValueError):
    """The service model no longer says what a tweak expects of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the module, or check it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m reconciler.shapes.generate")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    parser.add_argument("--target", type=Path, default=TARGET, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    text = formatted(source())
    if options.check:
        return _check(options.target, text)
    options.target.write_text(text, encoding="utf-8")
    return 0


def source() -> str:
    """Return the module's text before formatting.

    Raises:
        StaleTweakError: if a tweak does not fit the model.
        UnknownSyntaxError: if a pattern cannot be translated.
    """
    _reject_stale_tweaks()
    blocks = [_PREAMBLE.format(version=service_model.version())]
    blocks += [block for shape in service_model.closure().values() if (block := _declared(shape))]
    return "\n".join([*blocks, *tables.tables()])


def formatted(text: str) -> str:
    """Return the text as `ruff format` lays it out."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return done.stdout


def _check(target: Path, text: str) -> int:
    found = target.read_text(encoding="utf-8") if target.exists() else ""
    difference = difflib.unified_diff(
        found.splitlines(keepends=True),
        text.splitlines(keepends=True),
        fromfile=target.name,
        tofile=f"{target.name} (generated)",
    )
    lines = list(difference)
    if lines:
        sys.stdout.write("".join(lines) + f"\n{_REMEDY}\n")
    return 1 if lines else 0


def _reject_stale_tweaks() -> None:
    shapes = service_model.closure()
    for name, pattern in tweaks.PATTERNS.items():
        if shapes[name].metadata.get("pattern") != pattern.original:
            raise StaleTweakError(f"the pattern of {name} has changed; review its tweak")
    for name in tweaks.OPEN_ENUMS:
        if not shapes[name].metadata.get("enum"):
            raise StaleTweakError(f"{name} is no enumeration any more; review its tweak")
    for (structure, member), type_tweak in tweaks.TYPES.items():
        if shapes[structure].members[member].name != type_tweak.expects:
            raise StaleTweakError(f"{structure}.{member} has changed; review its tweak")


def _declared(shape: ApiShape) -> str:
    """Return the declaration of one shape; empty for what is written in place."""
    match shape.type_name:
        case "structure":
            return _class(shape)
        case "list" | "map":
            return ""
        case _ if shape.name in tweaks.OPEN_ENUMS:
            return _alias(shape.name, "Annotated[str, Field(min_length=1)]")
        case _ if enum := shape.metadata.get("enum"):
            return f"{shape.name} = Literal[{', '.join(map(_quoted, enum))}]"
        case _ if constraints := _constraints(shape):
            return _alias(shape.name, _annotated(_SCALARS[shape.type_name], constraints))
        case _:
            return ""


def _alias(name: str, value: str) -> str:
    return f"{name} = TypeAliasType({_quoted(name)}, {value})"


def _class(shape: ApiShape) -> str:
    lines = [
        f"\n\nclass {tweaks.class_name(shape.name)}(Shape):",
        f'    """The API\'s structure `{shape.name}`."""\n',
        f"    __api_shape__: ClassVar[str] = {_quoted(shape.name)}\n",
    ]
    lines += [f"    {_field(shape, name)}" for name in shape.members]
    return "\n".join(lines) + "\n\n"


def _field(structure: ApiShape, name: str) -> str:
    tweak = tweaks.TYPES.get((structure.name, name))
    written = tweak.instead if tweak else _type(structure.members[name])
    alias = f"alias={_quoted(yaml_name(name))}"
    if name in structure.required_members:
        return f"{python_name(name)}: {written} = Field({alias})"
    return f"{python_name(name)}: {written} | None = Field(default=None, {alias})"


def _type(shape: ApiShape) -> str:
    match shape.type_name:
        case "structure":
            return tweaks.class_name(shape.name)
        case "list":
            return _annotated(f"list[{_type(shape.member)}]", _constraints(shape))
        case "map":
            return _annotated(
                f"dict[{_type(shape.key)}, {_type(shape.value)}]", _constraints(shape)
            )
        case kind if _declared(shape):
            return str(shape.name)
        case kind:
            return _SCALARS[kind]


def _annotated(base: str, constraints: Mapping[str, str]) -> str:
    if not constraints:
        return base
    arguments = ", ".join(f"{name}={value}" for name, value in constraints.items())
    return f"Annotated[{base}, Field({arguments})]"


def _constraints(shape: ApiShape) -> dict[str, str]:
    """Return a shape's bounds and pattern as arguments of `Field`; bounds that say nothing drop."""
    metadata = shape.metadata
    numeric = shape.type_name in ("integer", "long")
    low, high = ("ge", "le") if numeric else ("min_length", "max_length")
    constraints: dict[str, str] = {}
    if "min" in metadata and (numeric or metadata["min"]):
        constraints[low] = str(metadata["min"])
    if "max" in metadata:
        constraints[high] = str(metadata["max"])
    java = tables.java_pattern(shape)
    if java and not patterns.admits_everything(java):
        constraints["pattern"] = tables.raw(patterns.translate(java))
    return constraints


def _quoted(text: str) -> str:
    return f'"{text}"'


if __name__ == "__main__":
    sys.exit(main())
