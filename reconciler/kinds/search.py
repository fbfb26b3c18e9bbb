"""Read details in bulk by Search: 100 full records a call (design section 6).

Search is an index that is fed with a delay (aws.md section 1.2), so what it says is only used
where List agrees, and it never decides whether something exists.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.aws.api import Answer, Aws, AwsFault, FaultKind, concurrently
from reconciler.core.environment import Environment

_MOST_VALUE_CHARACTERS = 1024  # Filter.Value of the Search operation, in botocore's model
_PAGE = 100


def search_records(
    aws: Aws,
    environment: Environment,
    resource: str,
    name_property: str,
    expected: Mapping[str, int],
) -> dict[str, Answer]:
    """Return the index's records by ARN for resources with one of some names.

    `expected` says how many records each name is likely to have: names are asked for together
    as long as one page may hold them, since pages come one after the other and questions do not.
    Nothing at all where Search is not permitted: the caller then describes one by one.
    """
    try:
        found = concurrently(
            lambda chunk: _search(aws, environment, resource, name_property, chunk),
            _chunks(expected),
        )
    except AwsFault as fault:
        if fault.kind is FaultKind.DENIED:
            return {}
        raise
    return {record[f"{resource}Arn"]: record for records in found for record in records}


def _search(
    aws: Aws, environment: Environment, resource: str, name_property: str, chunk: str
) -> list[Answer]:
    expression = {"Filters": [{"Name": name_property, "Operator": "In", "Value": chunk}]}
    parameters = {"Resource": resource, "SearchExpression": expression, "MaxResults": _PAGE}
    return [
        result[resource]
        for page in aws.pages(environment, "sagemaker", "Search", parameters)
        for result in page.get("Results", ())
        if resource in result
    ]


def _chunks(expected: Mapping[str, int]) -> list[str]:
    """Return the names joined by commas, in texts within the bound of a filter."""
    chunks: list[str] = []
    records = 0
    for name in sorted(expected):
        records += expected[name]
        fits = chunks and len(chunks[-1]) + 1 + len(name) <= _MOST_VALUE_CHARACTERS
        if fits and records <= _PAGE:
            chunks[-1] += f",{name}"
        else:
            chunks.append(name)
            records = expected[name]
    return chunks
