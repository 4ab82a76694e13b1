"""What a browser would make of rendered HTML, as far as safety goes."""

from html.parser import HTMLParser

VOID = {"br", "hr"}
_TAGS = """
    a b blockquote br code del div em figcaption figure h4 h5 h6 hr i li ol p pre s span strong
    table tbody td th thead tr u ul
    annotation math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot
    mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none ms
    semantics
"""
_ATTRIBUTES = """
    accent accentunder class columnspan depth dir display displaystyle encoding form height href
    largeop linethickness lspace mathvariant maxsize minsize movablelimits notation rel rowspan
    rspace scriptlevel start stretchy symmetric tabindex voffset width
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())


class Page(HTMLParser):
    """Tags, attributes and text of a fragment, with everything unexpected noted."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        if self._open:
            self.faults.append(f"left open: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in TAGS:
            self.faults.append(f"tag {tag}")
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            self._check(tag, name, value or "")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"stray end of {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.faults.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.faults.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.faults.append("processing instruction")

    def _check(self, tag: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES:
            self.faults.append(f"attribute {tag} {name}")
        if name == "tabindex" and value != "0":
            self.faults.append(f"tabindex {value}")
        if name == "href":
            self.links.append(value)
            if tag != "a" or not value.lower().startswith(("http://", "https://", "mailto:")):
                self.faults.append(f"address {value}")
        if name == "rel" and value != "nofollow noopener noreferrer":
            self.faults.append(f"rel {value}")
