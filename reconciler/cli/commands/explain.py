"""`reconcile explain`."""

from __future__ import annotations

import click

from reconciler.cli.group import examples


@click.command(
    "explain",
    epilog=examples(
        "reconcile explain ModelPackage",
        "reconcile explain ModelPackage.spec.approval.status",
        "reconcile explain modelpackage.inferenceSpecification.containers.image",
        "reconcile explain E121",
        "reconcile explain git-only",
    ),
)
@click.argument("target", required=False, metavar="[KIND[.FIELD]|CODE|CLASS]")
def command(target: str | None) -> None:
    """Explain a kind of manifest, one of its fields, a problem code, or a class of drift.

    Shows type, rule, default, constraints, the name in the API and what AWS says about it.
    Without an argument, lists the kinds.
    """
    from reconciler.cli.explaining import explain, kinds
    from reconciler.cli.output import Output
    from reconciler.render.explanation import explanation_lines

    Output().data(explanation_lines(explain(target) if target else kinds()))
