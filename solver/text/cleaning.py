"""The last gate before a page: an allow-list of tags, attributes and classes.

Nothing that reaches it should need it: Markdown is rendered without raw HTML, and math-core and
Pygments escape. It is here for the day when one of them does not.
"""

import nh3

from solver.text.highlight import CODE_CLASSES
from solver.text.mathml import ATTRIBUTES as MATHML_ATTRIBUTES
from solver.text.mathml import CLASSES as MATHML_CLASSES
from solver.text.mathml import TAGS as MATHML_TAGS

_TAGS = (
    "a b blockquote br code del div em figcaption figure h4 h5 h6 hr i li ol p pre s span strong"
    " table tbody td th thead tr u ul"
)
# "*" is what every tag may have: nh3 would let lang and title through.
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_CLASSES = {
    "div": {"table-scroll"},
    "figure": {"code"},
    "code": {"tex"},
    "span": {"maths", "maths-display"} | CODE_CLASSES,
    "td": {"left", "center", "right"},
    "th": {"left", "center", "right"},
}
_VALUES = {"div": {"tabindex": {"0"}}, "pre": {"tabindex": {"0"}}, "span": {"tabindex": {"0"}}}

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()) | MATHML_TAGS,
    attributes=_ATTRIBUTES | {tag: set(names) for tag, names in MATHML_ATTRIBUTES.items()},
    allowed_classes={
        tag: set(_CLASSES.get(tag, set())) | set(MATHML_CLASSES.get(tag, set()))
        for tag in _CLASSES | MATHML_CLASSES
    },
    tag_attribute_values=_VALUES,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)


def clean(html: str) -> str:
    """`html` without anything that could run, load, track or take over the page."""
    return _CLEANER.clean(html)
