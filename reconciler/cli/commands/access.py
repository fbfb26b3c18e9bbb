"""`reconcile access`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from reconciler.cli import values
from reconciler.cli.group import examples
from reconciler.cli.options import (
    ConnectionOptions,
    PrintingOptions,
    connecting,
    manifest_paths,
    output_of,
    printing,
)
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.trusting import TrustOptions
    from reconciler.manifest.workspace import Workspace

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_looks = (
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When to colour. NO_COLOR is honoured.",
    ),
    click.option("--debug", is_flag=True, help="As --verbose, and tracebacks."),
    click.option("-v", "--verbose", is_flag=True, help="Log every AWS call on stderr."),
)
_color, _debug, _verbose = _looks


@click.group(
    "access",
    epilog=examples(
        "reconcile access check --principal arn:aws:iam::333333333333:role/deployer"
        " --model-package churn/churn-2 --for deploy",
        "reconcile access matrix manifests",
        "reconcile access iam-policy --environment registry --for plan",
    ),
)
def command() -> None:
    """Ask who can use which version, and what the reconciler itself needs."""


@command.command(
    "check",
    epilog=examples(
        "reconcile access check --principal arn:aws:iam::333333333333:role/deployer"
        " --model-package churn/churn-2 --for deploy",
        "reconcile access check --principal 333333333333 --model-package registry/churn/7"
        " --for read --planned manifests",
    ),
)
@click.option("--principal", required=True, metavar="ARN", help="Who: a role, user or account.")
@click.option(
    "--model-package",
    required=True,
    metavar="VERSION",
    help="GROUP/NAME, GROUP/NUMBER, either with ENVIRONMENT/ before it, or a version's ARN.",
)
@click.option(
    "--for",
    "purpose",
    required=True,
    type=click.Choice(["read", "deploy", "register", "approve"]),
    help="What it wants to do.",
)
@click.option(
    "--identity-policy",
    "identity",
    type=_file,
    multiple=True,
    metavar="FILE",
    help="An identity policy of the principal, as JSON. Repeat for several.",
)
@click.option(
    "--execution-role",
    metavar="ARN",
    help="The role that the model runs as, if it is another one (deploy only).",
)
@click.option(
    "--execution-policy",
    "execution_identity",
    type=_file,
    multiple=True,
    metavar="FILE",
    help="An identity policy of the execution role, as JSON.",
)
@click.option("--planned", is_flag=True, help="Judge the documents as the plan would leave them.")
@connecting
@printing
def check(  # noqa: PLR0913 - one parameter an option
    *,
    principal: str,
    model_package: str,
    purpose: str,
    identity: tuple[Path, ...],
    execution_role: str | None,
    execution_identity: tuple[Path, ...],
    planned: bool,
    **options: Unpack[ConnectionOptions],
) -> ExitCode:
    """Say whether a principal can use a version, document by document. Writes nothing.

    Reads every document in the account that owns it. Exits with 0 only if access is complete.
    """
    from reconciler.cli import asking
    from reconciler.render.access import answer_document, answer_lines
    from reconciler.render.document import to_json

    output = output_of(options)
    asking.require_principal(principal)
    if execution_role is not None:
        asking.require_principal(execution_role)
    known = asking.identity_policies(identity), asking.identity_policies(execution_identity)
    workspace = asking.valid_workspace(options["paths"], output)
    if isinstance(workspace, ExitCode):
        return workspace
    answer = asking.answer(
        options,
        workspace,
        principal=principal,
        version=model_package,
        purpose=purpose,
        execution_role=execution_role,
        identity=known[0],
        execution_identity=known[1],
        planned=planned,
    )
    if output.is_json:
        output.document(to_json(answer_document(answer)))
    else:
        output.data(answer_lines(answer))
    return ExitCode.OK if answer.complete else ExitCode.FAILURE


@command.command(
    "matrix",
    epilog=examples(
        "reconcile access matrix manifests",
        "reconcile access matrix --live --format json",
        "reconcile access matrix --format mermaid > access.mmd",
    ),
)
@click.option("--live", is_flag=True, help="Read the live group policies instead.")
@connecting
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "mermaid"]),
    default="text",
    show_default=True,
    help="What stdout carries.",
)
@_color
@_debug
@_verbose
def matrix(*, live: bool, **options: Unpack[ConnectionOptions]) -> ExitCode:
    """Show who can do what on which group, over all environments."""
    from reconciler.cli import asking
    from reconciler.render.access import matrix_document, matrix_lines, matrix_mermaid
    from reconciler.render.document import to_json

    wanted = options["output_format"]
    options["output_format"] = "text" if wanted == "mermaid" else wanted
    output = output_of(options)
    workspace = asking.valid_workspace(options["paths"], output)
    if isinstance(workspace, ExitCode):
        return workspace
    found = asking.matrix(options, workspace, live=live)
    if wanted == "mermaid":
        output.document(matrix_mermaid(found))
    elif output.is_json:
        output.document(to_json(matrix_document(found)))
    else:
        output.data(matrix_lines(found))
    return ExitCode.FAILURE if found.unread else ExitCode.OK


@command.command(
    "iam-policy",
    epilog=examples(
        "reconcile access iam-policy --environment registry --for plan",
        "reconcile access iam-policy --environment registry --for apply --minify manifests",
        "reconcile access iam-policy --environment registry --for drift",
    ),
)
@click.option("--environment", "-e", required=True, metavar="NAME", help="The environment.")
@click.option(
    "--for",
    "purpose",
    required=True,
    type=click.Choice(["plan", "apply", "drift"]),
    help="Which command the role runs. What drift needs is enough for plan.",
)
@click.option("--minify", is_flag=True, help="Print the policy in one line.")
@manifest_paths
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="The policy, or the same in words.",
)
@_color
@_debug
@_verbose
def iam_policy(
    *,
    environment: str,
    purpose: str,
    minify: bool,
    paths: tuple[Path, ...],
    **options: Unpack[PrintingOptions],
) -> ExitCode:
    """Print the least identity policy that the reconciler's own role needs, offline."""
    from reconciler.access.permissions import Mode, identity_policy
    from reconciler.cli import asking
    from reconciler.render.access import policy_lines, policy_text

    output = output_of(options)
    workspace: Workspace | ExitCode = asking.valid_workspace(paths, output)
    if isinstance(workspace, ExitCode):
        return workspace
    place = asking.environment_of(workspace, environment)
    policy = identity_policy(workspace, place, Mode(purpose))
    if output.is_json:
        output.document(policy_text(policy, minified=minify))
    else:
        output.data(policy_lines(policy))
    return ExitCode.OK


@command.command(
    "trust-policy",
    epilog=examples(
        "reconcile access trust-policy -e registry --for plan --repository acme/models",
        "reconcile access trust-policy -e registry --for apply --repository acme/models "
        "--owner-id 1234 --repository-id 56789 manifests",
    ),
)
@click.option("--environment", "-e", required=True, metavar="NAME", help="The environment.")
@click.option(
    "--for",
    "purpose",
    required=True,
    type=click.Choice(["plan", "apply"]),
    help="Which command the role runs.",
)
@click.option(
    "--repository",
    required=True,
    metavar="OWNER/NAME",
    callback=values.repository,
    help="The GitHub repository.",
)
@click.option("--owner-id", metavar="ID", default="", help="The owner's id: immutable subjects.")
@click.option("--repository-id", metavar="ID", default="", help="The repository's id, likewise.")
@click.option("--branch", default="main", show_default=True, help="The branch that is applied.")
@click.option(
    "--deployment",
    metavar="NAME",
    help="The GitHub environment that applies. Default: reconcile-ENVIRONMENT.",
)
@click.option(
    "--issuer", metavar="HOST/PATH", help="Who issues the tokens. Default: that of GitHub.com."
)
@click.option(
    "--audience", metavar="TEXT", help="Whom the tokens are for. Default: sts.amazonaws.com."
)
@manifest_paths
@_color
@_debug
@_verbose
def trust_policy(
    *, environment: str, purpose: str, paths: tuple[Path, ...], **options: Unpack[TrustOptions]
) -> ExitCode:
    """Print the trust policy of the reconciler's own role for GitHub Actions, offline.

    Repositories that were created, renamed or transferred after 2026-07-15 have subjects with ids:
    give both. `gh api repos/OWNER/NAME --jq '.owner.id, .id'` prints them.
    """
    from reconciler.cli import asking
    from reconciler.cli.trusting import trust_of, trust_text, without_ids

    output = output_of(
        {
            "output_format": "json",
            "color": options["color"],
            "debug": options["debug"],
            "verbose": options["verbose"],
        }
    )
    trust = trust_of(options, environment)
    workspace = asking.valid_workspace(paths, output)
    if isinstance(workspace, ExitCode):
        return workspace
    place = asking.environment_of(workspace, environment)
    output.document(trust_text(workspace, place, purpose, trust))
    output.remark(without_ids(trust))
    return ExitCode.OK
