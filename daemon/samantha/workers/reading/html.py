"""HTML to text: blocks become lines, what a person would not see is left out."""

from __future__ import annotations

import re
from typing import Any

from samantha.workers.reading.booking_markup import bookings_of
from samantha.workers.reading.plain import decode
from samantha.workers.reading.reading import Reading, heading, metadata, one_line, tidy

_DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "canvas",
        "math",
        "select",
        "option",
        "textarea",
        "button",
        "audio",
        "video",
        "-comment",
        "!doctype",
    ]
)
_PARAGRAPHS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "dl",
        "pre",
        "table",
        "section",
        "article",
    ]
)
_LINES = frozenset(
    [
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "header",
        "footer",
        "main",
        "nav",
        "aside",
        "address",
        "figure",
        "figcaption",
        "center",
        "form",
        "hr",
    ]
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?![.\d])"
    r"|(?:font-size|max-height)\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.I)
_BOOKED = re.compile(r"schema\.org", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f]+")


def read_html(untrusted_bytes: bytes) -> Reading:
    """Read an HTML page."""
    found = _META_CHARSET.search(untrusted_bytes[:4096])
    charset = found.group(1).decode("ascii") if found else ""
    return read_markup(decode(untrusted_bytes, charset))


def read_markup(untrusted_markup: str, *, mark_quotes: bool = False) -> Reading:
    """Read markup; with ``mark_quotes`` the lines of block quotes begin with ``>``, as in mail."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(untrusted_markup)
    writer = _Writer(mark_quotes)
    if tree.root is not None:
        _walk(tree.root, writer)
    text = tidy(writer.text())
    title_node = tree.css_first("title")
    title = one_line(title_node.text()) if title_node is not None else ""
    author = tree.css_first('meta[name="author"]')
    generator = tree.css_first('meta[name="generator"]')
    meta = metadata(
        {
            "author": (author.attributes.get("content") or "") if author is not None else "",
            "creator": (generator.attributes.get("content") or "") if generator is not None else "",
        }
    )
    booked = tuple(bookings_of(tree)) if _BOOKED.search(untrusted_markup) else ()
    return Reading(text=text, title=title or heading(text), meta=meta, bookings=booked)


class _Writer:
    """Collects text into lines and paragraphs."""

    def __init__(self, mark_quotes: bool) -> None:
        self._mark = mark_quotes
        self._done: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self.pre = 0

    def words(self, text: str) -> None:
        if self.pre:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self.end_line(force=True)
                self._line.append(line)
        else:
            self._line.append(_SPACES.sub(" ", text))

    def end_line(self, *, force: bool = False) -> None:
        raw = "".join(self._line)
        line = raw.rstrip() if self.pre else " ".join(raw.split(" ")).strip(" \t")
        line = line if self.pre else re.sub(" {2,}", " ", line)
        self._line.clear()
        if line.strip() or force:
            self._done.append("> " * self._depth + line if self._depth else line)

    def end_paragraph(self) -> None:
        self.end_line()
        if self._done and self._done[-1].strip("> "):
            self._done.append("> " * self._depth if self._depth else "")

    def quote(self, step: int) -> None:
        if self._mark:
            self._depth = min(max(self._depth + step, 0), 20)

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._done)


def _walk(root: Any, writer: _Writer) -> None:
    """Visit the tree without recursion: a page may nest deeper than any stack."""
    node, depth = root, 0
    while True:
        seen = _enter(node, writer)
        child = node.child if seen else None
        if child is not None:
            node, depth = child, depth + 1
            continue
        while True:
            if seen:
                _leave(node, writer)
            seen = True
            if depth == 0:
                return
            after = node.next
            if after is not None:
                node = after
                break
            node, depth = node.parent, depth - 1


def _enter(node: Any, writer: _Writer) -> bool:
    """Begin a node; tell whether its children are to be visited."""
    tag = node.tag
    if tag == "-text":
        writer.words(node.text_content or "")
        return False
    if tag in _DROPPED:
        return False
    if tag == "br":
        writer.end_line(force=True)
        return False
    attributes = node.attributes if tag not in ("html", "body", "b", "i", "-document") else None
    if attributes and ("hidden" in attributes or _HIDDEN.search(attributes.get("style") or "")):
        return False
    if tag in _PARAGRAPHS:
        writer.end_paragraph()
    elif tag in _LINES:
        writer.end_line()
    elif tag in ("td", "th"):
        writer.words(" ")
    if tag == "blockquote":
        writer.quote(1)
    elif tag == "pre":
        writer.pre += 1
    elif tag == "li":
        writer.words("- ")
    return True


def _leave(node: Any, writer: _Writer) -> None:
    tag = node.tag
    if tag in _PARAGRAPHS:
        writer.end_line()
        if tag == "blockquote":
            writer.quote(-1)
        elif tag == "pre":
            writer.pre = max(0, writer.pre - 1)
        writer.end_paragraph()
    elif tag in _LINES:
        writer.end_line()
