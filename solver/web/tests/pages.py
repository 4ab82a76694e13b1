"""What every rendered page must keep to."""

from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.titles = 0
        # A drawing's shapes have titles of their own.
        self.is_in_drawing = False
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "style" in values:
            self.faults.append(f"<{tag} style={values['style']!r}>")
        self.faults += [f"<{tag} {name}>" for name in values if name.startswith("on")]
        if (values.get("href") or "").lower().startswith("javascript:"):
            self.faults.append(f"<{tag} href={values['href']!r}>")
        if tag == "style" or (tag == "script" and "src" not in values):
            self.faults.append(f"<{tag}> without an address")
        if values.get("id"):
            self.ids.append(values["id"] or "")
        self.is_in_drawing |= tag == "svg"
        self.titles += tag == "title" and not self.is_in_drawing
        self.headings += tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self.is_in_drawing &= tag != "svg"


def check_page(response: Any) -> str:
    """Faults of a page fail the test; returns its text."""
    text: str = response.content.decode()
    reader = _Reader()
    reader.feed(text)
    assert not reader.faults
    doubles = {name for name in reader.ids if reader.ids.count(name) > 1}
    assert not doubles, f"ids that occur twice: {doubles}"
    assert reader.titles == 1
    assert reader.headings == 1
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    return text
