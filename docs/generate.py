# ruff: noqa: INP001 - a script beside what it writes
"""Write the reference pages from the code: `python docs/generate.py`; `--check` only compares.

- `manifests.md`: every kind and field, its rule and its constraints, from the manifest models
- `commands.md`: the help of every command
- `codes.md`: every problem code
- `sandbox.md`, `policies.md`: the tables between their markers; the rest is written by hand
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from reconciler.cli.explaining import explain
from reconciler.cli.group import reconcile
from reconciler.core.codes import CODES
from reconciler.manifest import models, policy_models
from reconciler.manifest.registry import MANIFESTS
from reconciler.policy.access import SCOPES, Purpose, actions
from reconciler.policy.guards import GUARDS
from reconciler.policy.stores import FACTS
from reconciler.render.explanation import Member
from reconciler.sandbox.operations import implemented
from reconciler.sandbox.settings import SandboxSettings

FOLDER: Final = Path(__file__).parent
_NOTE: Final = "<!-- Written by `python docs/generate.py`. Do not edit. -->\n"
_WIDTH: Final = 78  # what click uses where there is no terminal


def pages() -> dict[str, str]:
    """Return the text of every page by file name."""
    return {
        "manifests.md": _page("Manifests", _MANIFESTS, _manifests()),
        "commands.md": _page("Commands", _COMMANDS, _commands()),
        "codes.md": _page("Problem codes", _CODES, _codes()),
        "sandbox.md": _filled("sandbox.md", operations=_operations(), settings=_settings()),
        "policies.md": _filled("policies.md", levels=_levels(), guards=_guards(), limits=_limits()),
    }


_MANIFESTS: Final = """\
A manifest is one YAML document with `apiVersion: reconciler/v1`, `kind`, `metadata` and `spec`.
Names in `spec` are the API's own with the first letter lowered: `ModelDataUrl` is `modelDataUrl`.
`reconcile explain KIND.FIELD` says more about each, with what AWS says; fields below `spec` that
are structures of the API are in the JSON Schemas (`schemas/`) and in `explain`.

Rules: *mutable* can change in place; *create-only* is fixed once the resource exists, an edit is
refused; *add-only* can be added to by name; *write-only* is never read back; a field without a
rule is the reconciler's own."""

_COMMANDS: Final = "What `reconcile COMMAND --help` prints."

_CODES: Final = """\
What is wrong with manifests, each with a code that never changes its meaning. `E` is an error and
ends every command with exit code 5; `W` is a warning. `reconcile explain E203` prints the same."""


def _page(title: str, introduction: str, body: Iterator[str]) -> str:
    return "\n".join([_NOTE, f"# {title}\n", f"{introduction}\n", *body]).rstrip() + "\n"


def _manifests() -> Iterator[str]:
    for kind in MANIFESTS:
        yield f"## {kind}\n"
        yield f"{explain(kind).summary}\n"
        yield "| field | type | rule | what it is |"
        yield "|---|---|---|---|"
        for member in explain(kind).members:
            yield from _rows(kind, member, member.name)
        yield ""


def _rows(kind: str, member: Member, path: str) -> Iterator[str]:
    """Yield the row of a field, and those of the fields in it where the structure is our own."""
    field = explain(f"{kind}.{path}")
    required = ["**Required.**"] if member.required else []
    bounds = [_sentence(words) for name, words in field.facts if name == "constraint"]
    words = " ".join([field.summary, *required, *bounds]).strip().replace("|", "\\|")
    yield f"| `{path}` | {member.type} | {member.rule} | {words} |"
    own = member.type.removeprefix("list of ")
    if hasattr(models, own) or hasattr(policy_models, own):
        for inner in field.members:
            yield from _rows(kind, inner, f"{path}.{inner.name}")


def _sentence(constraint: str) -> str:
    words, is_pattern, pattern = constraint.partition("matches ")
    text = f"{words}{is_pattern}`{pattern}`" if is_pattern else words
    return f"{text[:1].upper()}{text[1:]}."


def _commands() -> Iterator[str]:
    context = click.Context(
        reconcile,
        info_name="reconcile",
        terminal_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield from _help(reconcile, context)
    for name in reconcile.list_commands(context):
        command = reconcile.get_command(context, name)
        if command is None:
            raise LookupError(name)
        inside = click.Context(command, context, info_name=name)
        yield from _help(command, inside)
        if isinstance(command, click.Group):
            for inner, subcommand in command.commands.items():
                yield from _help(subcommand, click.Context(subcommand, inside, info_name=inner))


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"


def _codes() -> Iterator[str]:
    yield "| code | what | explanation |"
    yield "|---|---|---|"
    for code, found in CODES.items():
        yield f"| {code} | {found.title} | {found.text.replace('|', chr(92) + '|')} |"


def _filled(page: str, **tables: Iterator[str]) -> str:
    """Return a page with what stands between its markers replaced."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        text = "".join([before, begin, *(f"{row}\n" for row in table), end, rest.partition(end)[2]])
    return text


def _levels() -> Iterator[str]:
    """Yield what each level is rendered to, statement by statement."""
    yield "| level | document | statement | actions |"
    yield "|---|---|---|---|"
    for purpose in Purpose:
        for store, scopes in SCOPES.items():
            for scope in scopes:
                if allowed := actions(purpose, scope):
                    words = ", ".join(f"`{each}`" for each in allowed)
                    role = f"`{purpose.capitalize()}{scope}`"
                    yield f"| `{purpose}` | {FACTS[store].title} | {role} | {words} |"


def _guards() -> Iterator[str]:
    yield "| guard | what it does |"
    yield "|---|---|"
    for guard in GUARDS:
        said = (guard.__doc__ or "").partition("\n")[0]
        yield f"| `{guard.__name__.replace('_', '-')}` | {said} |"


def _limits() -> Iterator[str]:
    yield "| document | at most |"
    yield "|---|---|"
    for facts in FACTS.values():
        yield f"| {facts.title} | {facts.limit:,} {facts.unit} |"


def _operations() -> Iterator[str]:
    by_service: dict[str, list[str]] = {}
    for action in sorted(implemented()):
        service, _, operation = action.partition(":")
        by_service.setdefault(service, []).append(operation)
    yield "| service | operations |"
    yield "|---|---|"
    for service, operations in by_service.items():
        yield f"| {service} | {', '.join(operations)} |"


def _settings() -> Iterator[str]:
    """Yield the settings that stand for open questions, as their class describes them."""
    described = (
        (SandboxSettings.__doc__ or "").partition("Unverified")[2].partition("\n    Other:")[0]
    )
    defaults = {each.name: each.default for each in dataclasses.fields(SandboxSettings)}
    yield "| setting | default | what it decides |"
    yield "|---|---|---|"
    for names, words in re.findall(
        r"^ {8}(\w+(?:, \w+)*): (.*(?:\n {12}.*)*)", described, re.MULTILINE
    ):
        listed = names.split(", ")
        shown = ", ".join(f"`{defaults[name]}`" for name in listed)
        text = " ".join(words.split()).replace("|", "\\|")
        yield f"| {', '.join(f'`{name}`' for name in listed)} | {shown} | {text} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or compare them; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    check = parser.parse_args(arguments).check
    stale = [name for name, text in pages().items() if _differs(FOLDER / name, text)]
    if check and stale:
        sys.stderr.write(f"docs: {', '.join(stale)} not current: run python docs/generate.py\n")
        return 1
    for name in stale:
        (FOLDER / name).write_text(pages()[name], encoding="utf-8")
    return 0


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
