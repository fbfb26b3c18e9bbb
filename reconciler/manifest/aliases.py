"""How much an alias repeats, measured without walking more than a budget allows."""

from __future__ import annotations

from reconciler.manifest.document import Data
from reconciler.manifest.limits import TEXT_PER_NODE


def measure(value: Data, budget: int) -> tuple[int, int]:
    """Return (size, depth) of a value: its keys and values, long texts counting more; its nesting.

    Stops before it would look at more nodes than the budget; the size then only exceeds it.
    """
    size, depth = 0, 0
    level: list[Data] = [value]
    while level:
        containers = [node for node in level if isinstance(node, (list, dict))]
        size += sum(map(_weight, level))
        width = sum(map(_width, containers))
        if size + width > budget:
            return size + width, depth
        depth += bool(containers)
        level = [child for node in containers for child in _children(node)]
    return size, depth


def _weight(node: Data) -> int:
    return 1 + len(node) // TEXT_PER_NODE if isinstance(node, str) else 1


def _width(node: list[Data] | dict[str, Data]) -> int:
    return len(node) if isinstance(node, list) else 2 * len(node)


def _children(node: list[Data] | dict[str, Data]) -> list[Data]:
    return node if isinstance(node, list) else [*node, *node.values()]
