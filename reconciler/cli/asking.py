"""The middle of `reconcile access`: from the command line to a question, and to an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.aws.sessions import Mode
from reconciler.cli import verdicts, workflow
from reconciler.cli.manifests import read_manifests, require_any
from reconciler.cli.options import ConnectionOptions
from reconciler.cli.output import Output
from reconciler.core.environment import Environment
from reconciler.errors import ExitCode, InvalidInputError, UsageError
from reconciler.manifest.references import suggestion
from reconciler.manifest.workspace import Workspace
from reconciler.policy.document import PolicyDocument, UnparseablePolicy, parse

if TYPE_CHECKING:
    from reconciler.core.access import AccessAnswer, AccessMatrix

_PRINCIPAL: Final = re.compile(
    r"[0-9]{12}|arn:aws[a-z-]*:(?:iam::[0-9]{12}:(?:root|(?:role|user)/\S+)"
    r"|sts::[0-9]{12}:assumed-role/[^/\s]+/\S+)"
)


def valid_workspace(paths: tuple[Path, ...], output: Output) -> Workspace | ExitCode:
    """Return the manifests, or the exit code for invalid ones, which are printed."""
    workspace, state = read_manifests(paths)
    code = verdicts.report_problems(state.problems, output)
    if code is not ExitCode.OK:
        return code
    require_any(state, paths)
    return workspace


def require_principal(text: str) -> str:
    """Return a principal, or raise an error that says how one is written."""
    if not _PRINCIPAL.fullmatch(text):
        raise UsageError(
            f"{text!r} is not a principal",
            why="access is given to roles, users and accounts, whose ids have twelve digits",
            fix="give the ARN of a role, a user or a role session, or an account id",
        )
    return text


def environment_of(workspace: Workspace, name: str) -> Environment:
    """Return a declared environment, or raise an error with the nearest name."""
    found = workspace.environments.get(name)
    if found is None:
        known = sorted(workspace.environments)
        raise UsageError(
            f"there is no Environment named {name!r}",
            why=f"known: {', '.join(known) or 'none'}",
            fix=suggestion(name, known),
        )
    return found


def identity_policies(files: Sequence[Path]) -> tuple[PolicyDocument, ...] | None:
    """Return the policies in some files; `None` if none was given, so nothing is known.

    Raises:
        InvalidInputError: if a file holds no policy.
    """
    return tuple(map(_policy, files)) if files else None


def _policy(file: Path) -> PolicyDocument:
    parsed = parse(file.read_text(encoding="utf-8"))
    if isinstance(parsed, UnparseablePolicy):
        raise InvalidInputError(f"{file} is not an IAM policy: {parsed}", fix="correct the file")
    if "Statement" not in parsed.members:
        raise InvalidInputError(
            f"{file} is not an IAM policy: it has no Statement",
            fix="give the policy document itself, without what the AWS CLI prints around it",
        )
    return parsed


def answer(  # noqa: PLR0913 - the command line, once
    options: ConnectionOptions,
    workspace: Workspace,
    *,
    principal: str,
    version: str,
    purpose: str,
    execution_role: str | None,
    identity: tuple[PolicyDocument, ...] | None,
    execution_identity: tuple[PolicyDocument, ...] | None,
    planned: bool,
) -> AccessAnswer:
    """Return the answer to `access check`."""
    from reconciler.access.check import check
    from reconciler.access.evidence import intended
    from reconciler.access.question import Question
    from reconciler.access.target import find_target
    from reconciler.policy.access import Purpose

    if purpose != Purpose.DEPLOY and (execution_role or execution_identity):
        raise UsageError(
            f"an execution role takes no part in whether somebody may {purpose} a version",
            why="only a model that is deployed runs as a role",
            fix="leave out --execution-role and --execution-policy, or ask --for deploy",
        )
    role = execution_role or principal
    if role == principal and execution_identity is None:
        execution_identity = identity
    question = Question(
        principal,
        Purpose(purpose),
        find_target(workspace, version),
        role,
        identity,
        execution_identity,
        intended(workspace) if planned else None,
    )
    with workflow.sessions(options, Mode.PLAN) as access:
        return check(access.reads(), question, workspace)


def matrix(options: ConnectionOptions, workspace: Workspace, *, live: bool) -> AccessMatrix:
    """Return the table of `access matrix`; only the live one asks AWS."""
    from reconciler.access.matrix import declared_matrix, live_matrix

    if not live:
        return declared_matrix(workspace)
    with workflow.sessions(options, Mode.PLAN) as access:
        return live_matrix(access.reads(), workspace)
