"""Who may import whom, and how large anything may get (design section 11, style section 3).

           cli
render      |      sandbox (only cli and tests may import it)
  |  engine, access ---> aws (through the `Aws` protocol)
  |         |            |
  |       kinds ---------+
  |       /   |
  |  manifest |   policy   git, github (which may import render)
  |      |    |     |       |
  |    shapes |     |       |
  +-------- core, errors ---+
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent
GENERATED = frozenset({"shapes/sagemaker.py"})
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "errors": frozenset(),
    "core": frozenset(),
    "shapes": frozenset(),
    "sandbox": frozenset(),
    "policy": frozenset({"core"}),
    "aws": frozenset({"core", "errors"}),
    "git": frozenset({"core", "errors"}),
    "github": frozenset({"core", "errors", "render"}),
    "render": frozenset({"core", "errors"}),
    "manifest": frozenset({"core", "errors", "shapes"}),
    "kinds": frozenset({"core", "errors", "shapes", "policy", "manifest", "aws"}),
    "access": frozenset({"core", "errors", "policy", "manifest", "kinds", "aws"}),
    "engine": frozenset({"core", "errors", "manifest", "kinds", "aws"}),
    "cli": frozenset(
        {
            "core",
            "errors",
            "shapes",
            "policy",
            "aws",
            "git",
            "github",
            "render",
            "manifest",
            "kinds",
            "access",
            "engine",
            "sandbox",
        }
    ),
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}
"""Layer to the layers that it may import, besides itself and the package's version."""

BELONGS_TO: Mapping[str, tuple[str, ...]] = {
    "boto3": ("cli/sandbox_access.py",),
    "botocore": (
        "aws/",
        "sandbox/",
        "shapes/documentation.py",
        "shapes/generate.py",
        "shapes/service_model.py",
        "shapes/tables.py",
    ),
    "git": ("git/",),
    "urllib3": ("github/",),
    "moto": ("sandbox/",),
    "deepdiff": ("render/",),
    "rich": ("cli/",),
    "click": ("cli/",),
    "yaml": ("manifest/",),
    "pydantic": (
        "shapes/",
        "manifest/",
        "render/access.py",
        "render/access_contract.py",
        "render/contract.py",
        "render/document.py",
        "render/drift_contract.py",
        "cli/",
    ),
    "pydantic_core": ("shapes/", "manifest/"),
}
"""Dependency to the places that may import it.

`cli/sandbox_access.py` makes the boto3 sessions that stand for the callers in the sandbox; it is
the one place besides `aws` where a caller's credentials come from.
"""

ANY_ALLOWED: tuple[str, ...] = (
    "aws/",  # botocore's clients and answers have no types
    "kinds/__init__.py",  # handlers of different intents in one tuple
    "engine/desired.py",  # the same, as desired resources
    "engine/snapshot.py",  # the same, as scopes
    "sandbox/passing_on.py",  # moto has no types
    "sandbox/copies.py",  # moto has no types
)
"""Where `Any` may be written. Everything else is typed to the end."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def layer(name: str) -> str:
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def imported(name: str) -> Iterator[str]:
    """Yield the full name of every module that a file imports, inside functions too."""
    for node in ast.walk(tree(ROOT / name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            module = str(node.module)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or (place[-1] == "/" and name.startswith(place)) for place in places)


def test_every_file_belongs_to_a_layer() -> None:
    assert len(FILES) > 100
    assert {layer(name) for name in FILES} == MAY_IMPORT.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_imports_only_what_its_layer_may(name: str) -> None:
    own = layer(name)
    for module in imported(name):
        package, _, rest = module.partition(".")
        if package == "reconciler" and rest and not rest.startswith("__"):
            wanted = rest.split(".", maxsplit=1)[0]
            assert wanted == own or wanted in MAY_IMPORT[own], f"{name} imports {module}"


@pytest.mark.parametrize("name", FILES)
def test_a_dependency_is_imported_only_where_it_belongs(name: str) -> None:
    for module in imported(name):
        package = module.split(".", maxsplit=1)[0]
        if package in BELONGS_TO:
            assert within(name, BELONGS_TO[package]), f"{name} imports {module}"


def test_no_place_is_allowed_a_dependency_that_it_does_not_use() -> None:
    for package, places in BELONGS_TO.items():
        for place in places:
            users = [each for each in FILES if within(each, (place,))]
            assert any(
                module.split(".")[0] == package for each in users for module in imported(each)
            ), f"{place} does not need {package}"


def test_layers_have_no_cycles() -> None:
    order = list(TopologicalSorter(MAY_IMPORT).static_order())
    assert order.index("cli") > order.index("engine") > order.index("kinds") > order.index("core")


def test_modules_have_no_import_cycles() -> None:
    known = {f"reconciler.{name.removesuffix('.py').replace('/', '.')}": name for name in FILES}
    known |= {
        module.removesuffix(".__init__"): name
        for module, name in known.items()
        if module.endswith(".__init__")
    }
    graph = {
        name: {
            known[each]
            for module in imported(name)
            for each in (module, module.rpartition(".")[0])
            if each in known and known[each] not in (name, "__init__.py")
        }
        for name in FILES
    }
    assert sum(map(len, graph.values())) > 300
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("name", [name for name in FILES if name not in GENERATED])
def test_a_file_has_at_most_400_lines_and_its_functions_at_most_60(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(tree(ROOT / name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name}: {node.name} has {length} lines"


@pytest.mark.parametrize("name", FILES)
def test_any_is_written_only_where_types_end(name: str) -> None:
    uses = [
        node
        for node in ast.walk(tree(ROOT / name))
        if isinstance(node, ast.Name) and node.id == "Any"
    ]
    assert not uses or within(name, ANY_ALLOWED), f"{name}:{uses[0].lineno}"


def test_no_place_is_allowed_an_any_that_it_does_not_use() -> None:
    for place in ANY_ALLOWED:
        users = [each for each in FILES if within(each, (place,))]
        assert any("Any" in (ROOT / each).read_text(encoding="utf-8") for each in users), place


def test_nothing_is_called_utils() -> None:
    assert not [name for name in FILES if "util" in name or "helper" in name]


def test_only_the_named_places_do_input_and_output() -> None:
    """Files, sockets, processes and the clock stay out of the pure layers."""
    allowed = (
        "manifest/source.py",
        "git/",
        "github/",
        "aws/",
        "cli/",
        "sandbox/",
        "shapes/generate.py",
    )
    doing = {"socket", "subprocess", "os", "http", "urllib", "shutil", "tempfile"}
    for name in FILES:
        packages = {module.split(".", maxsplit=1)[0] for module in imported(name)}
        assert not packages & doing or within(name, allowed), f"{name}: {packages & doing}"
