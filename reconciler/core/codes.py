"""Every problem code with its title and explanation. Codes are never reused or renumbered.

`E1xx` reading files and YAML, `E2xx` shape of a manifest, `E3xx` references and identities.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Explanation(NamedTuple):
    """What a code stands for, for the documentation and for `explain`."""

    title: str
    text: str


_READING: Final[dict[str, Explanation]] = {
    "E101": Explanation(
        "file cannot be read",
        "The operating system refused to open or list it (permissions, a file that vanished, a "
        "dangling link, an I/O error). All other files are still read.",
    ),
    "E102": Explanation(
        "link leaves the manifest folder",
        "A symbolic link points outside the folder that was given. Such links are never followed, "
        "so that what is reviewed in Git is all that is read.",
    ),
    "E103": Explanation(
        "not a regular file",
        "Named pipes, sockets and devices cannot hold manifests and are never read from.",
    ),
    "E104": Explanation(
        "too much to read",
        "A file, the number of files or their total size is above its bound.",
    ),
    "E105": Explanation(
        "not UTF-8",
        "Manifests are UTF-8 text, with or without a byte order mark.",
    ),
}

_YAML: Final[dict[str, Explanation]] = {
    "E110": Explanation(
        "YAML syntax error",
        "The text is not YAML from this place on. Nothing of the file is used, since it is "
        "unknown where its documents end.",
    ),
    "E111": Explanation(
        "tab in the indentation",
        "YAML allows only spaces for indentation.",
    ),
    "E112": Explanation(
        "character not allowed",
        "Control characters, lone surrogates, byte order marks inside the text and the unusual "
        "line breaks U+0085, U+2028 and U+2029, which YAML versions read differently.",
    ),
    "E113": Explanation(
        "directive not allowed",
        "Manifests are YAML 1.2 without tags, so `%TAG` and other versions in `%YAML` would "
        "promise a reading that they do not get.",
    ),
    "E120": Explanation(
        "document is not a mapping",
        "Every document is one manifest: a mapping with `apiVersion`, `kind`, `metadata`, `spec`.",
    ),
    "E121": Explanation(
        "duplicate key",
        "A key stands twice in one mapping. YAML parsers silently keep one of the two values.",
    ),
    "E122": Explanation(
        "key is not text",
        "Keys are strings. A key such as `1`, `true`, `null` or `{{ name }}` is read as another "
        "type unless it is quoted.",
    ),
    "E123": Explanation(
        "merge key",
        "`<<` merges mappings in YAML 1.1 only. Use an alias for a whole value, or a `ref` to a "
        "fragment, which merges and keeps track of where each value came from.",
    ),
    "E124": Explanation(
        "tag",
        "Tags (`!name`, `!!str`) turn data into something else and are refused without exception.",
    ),
    "E125": Explanation(
        "alias without anchor",
        "`*name` repeats what `&name` marked earlier in the same document.",
    ),
    "E126": Explanation(
        "alias inside its own anchor",
        "The value would contain itself.",
    ),
    "E127": Explanation(
        "anchor defined twice",
        "An anchor has one meaning in a document; otherwise an alias depends on its position.",
    ),
    "E128": Explanation(
        "aliases expand too far",
        "Aliases may repeat only a bounded amount of data in a file, so that a small file cannot "
        "exhaust memory.",
    ),
    "E129": Explanation(
        "nested too deep",
        "Mappings and lists may be nested up to a bound, aliased content included.",
    ),
    "E130": Explanation(
        "not a finite number",
        "`.inf` and `.nan` cannot be sent to AWS.",
    ),
    "E131": Explanation(
        "too many problems",
        "A file with this many problems is given up; the rest of it has not been checked.",
    ),
}

CODES: Final[Mapping[str, Explanation]] = MappingProxyType({**_READING, **_YAML})
"""Code to its explanation, in the order of the codes."""
