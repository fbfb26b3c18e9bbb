"""Read Markdown as GitHub does, for tests: what is code, what is not, and which elements there are.

cmarkgfm is the parser that GitHub runs; raw HTML is let through here, so that what would come
through is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

VOID = frozenset({"br", "hr", "img", "input"})
OURS = frozenset(
    {
        "a", "blockquote", "code", "details", "h2", "h3", "li", "ol", "p", "pre", "strong",
        "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", "em",
    }
)  # fmt: skip
"""The elements that our texts are made of."""


@dataclass
class Read(HTMLParser):
    """What a text looks like once it is rendered."""

    outside: str = ""
    code: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, f"</{tag}> closes nothing"
            assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.code[-1] += data
        else:
            self.outside += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def close(self) -> None:
        super().close()
        assert not self._open, f"{self._open} stay open"


def read(markdown: str) -> Read:
    """Return what a text is once it is rendered; fail if its elements are not balanced."""
    found = Read()
    found.feed(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    found.close()
    return found
