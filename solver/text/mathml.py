r"""One formula: LaTeX in, MathML Core out, by math-core.

What math-core writes as inline styles becomes classes, since the pages' Content-Security-Policy
forbids inline styles (`static/css/maths.css` gives them their meaning). The LaTeX source goes
along as an annotation, as MathML 3 section 5.4 describes (https://www.w3.org/TR/MathML3/).
"""

import re
from functools import lru_cache
from html import escape

from math_core import LatexError, LatexToMathML

from solver.text.latex import CannotTranslate
from solver.text.rewrites import translate

# A formula that is longer is shown as typed.
FORMULA_CHARS = 8_000
_CACHED_CHARS = 1_000

_CONVERTER = LatexToMathML(
    annotation=True,
    fancy_error=False,
    allow_unreliable_rendering=True,
    max_expansions=100,
)
_ANNOTATION = '<annotation encoding="application/x-tex">'

_STYLES = {
    "text-align: left": "m-left",
    "text-align: right": "m-right",
    "padding-left: 0": "m-pl0",
    "padding-left:0": "m-pl0",
    "padding-left:1em": "m-pl1",
    "padding-left:0.1667em": "m-plthin",
    "padding-left:0.2222em": "m-plmed",
    "padding-left:0.2778em": "m-plthick",
    "padding-right: 0": "m-pr0",
    "padding-right:0": "m-pr0",
    "padding-right:0.1667em": "m-prthin",
    "padding-right:0.2222em": "m-prmed",
    "padding-right:0.2778em": "m-prthick",
    "padding-top: 0": "m-pt0",
    "padding-bottom: 0": "m-pb0",
    "padding-top: 0.1667em": "m-ptthin",
    "border-left: 0.05em solid currentcolor": "m-bl",
    "border-left: 0.05em dashed currentcolor": "m-bld",
    "border-right: 0.05em solid currentcolor": "m-br",
    "border-right: 0.05em dashed currentcolor": "m-brd",
    "border-top: 0.05em solid currentcolor": "m-bt",
    "border-top: 0.05em dashed currentcolor": "m-btd",
    "width: 100%": "m-w100",
    "width: 50%": "m-w50",
    "width: 7.5%": "m-w7",
    "math-shift:compact": "m-compact",
    "font-variant-caps: small-caps": "m-caps",
}
_INKS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
_GREYS = ("gray", "black")
# Negative space, in tenths of an em.
_PULLS = (1, 2, 3, 5, 10, 20, 30, 40)

_OWN_CLASSES = frozenset(
    [
        *_STYLES.values(),
        *(f"m-ink-{name}" for name in (*_INKS, *_GREYS)),
        *(f"m-pull{tenths}" for tenths in _PULLS),
        "menclose-updiagonalstrike",
        "menclose-downdiagonalstrike",
        "menclose-phasorangle",
        "math-core-sans-serif-font",
        "math-core-serif-font",
    ]
)
_TAGS = (
    "annotation math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot"
    " mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none ms"
    " semantics"
)
TAGS = frozenset(_TAGS.split())
_COMMON = frozenset({"displaystyle", "scriptlevel", "mathvariant", "dir"})
_MORE = {
    "math": {"display"},
    "annotation": {"encoding"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mo": {"form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace"}
    | {"stretchy", "symmetric"},
    "mover": {"accent"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mspace": {"width", "height", "depth"},
    "mtd": {"columnspan", "rowspan"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}
ATTRIBUTES = {tag: _COMMON | set(_MORE.get(tag, ())) for tag in TAGS}
CLASSES = dict.fromkeys((*TAGS, "span"), _OWN_CLASSES)

_STYLED_TAG = re.compile(r'<[a-z]+ [^<>]*?style="[^"<>]*"[^<>]*>')
_STYLE = re.compile(r' style="([^"<>]*)"')
_CLASS = re.compile(r' class="([^"<>]*)"')
_LENGTH = re.compile(r"margin-left:-([0-9.]+)(r?em|ex|px|pt|mu)?")
_EMS = {"em": 1.0, "rem": 1.0, "ex": 0.43, "px": 0.0625, "pt": 0.1, "mu": 0.0556}


# The converter looks ahead for the end of each opening fence; the time doubles with each that has
# none (24 take 0.7 s).
OPEN_FENCES = 14
_FENCE = re.compile(
    r"(?P<opens>[(\[]|\\\{|\\(?:[lL]brace|langle|lfloor|lceil|lvert|lVert|lbrack|lgroup"
    r"|lmoustache|ulcorner|llcorner)(?![A-Za-z]))"
    r"|[)\]]|\\\}|\\(?:[rR]brace|rangle|rfloor|rceil|rvert|rVert|rbrack|rgroup"
    r"|rmoustache|urcorner|lrcorner)(?![A-Za-z])"
)


def to_mathml(latex: str, is_display: bool) -> str | None:
    """MathML for `latex`, given without delimiters, or None if it must be shown as typed:
    unknown commands, unfinished or too long input. Never raises. Thread-safe."""
    if len(latex) > FORMULA_CHARS or _open_fences(latex) > OPEN_FENCES:
        return None
    if len(latex) > _CACHED_CHARS:
        return _convert(latex, is_display)
    return _convert_cached(latex, is_display)


def _open_fences(latex: str) -> int:
    """How many fences are still open at the end; one of any kind closes any."""
    depth = 0
    for fence in _FENCE.finditer(latex):
        depth = depth + 1 if fence["opens"] else max(depth - 1, 0)
    return depth


def _convert(latex: str, is_display: bool) -> str | None:
    try:
        html = _CONVERTER.convert_with_local_state(translate(latex), displaystyle=is_display)
    except (LatexError, CannotTranslate):
        return None
    shown, mark, _ = html.rpartition(_ANNOTATION)
    if 'style="' in shown:
        shown = _STYLED_TAG.sub(_restyle, shown)
    return f"{shown}{mark}{escape(latex, quote=False)}</annotation></semantics></math>"


_convert_cached = lru_cache(maxsize=4_096)(_convert)


def _restyle(tag: re.Match[str]) -> str:
    """The tag with classes in place of its styles."""
    text = tag.group()
    found = _STYLE.search(text)
    names = [_class_for(style.strip()) for style in found.group(1).split(";")] if found else []
    if old := _CLASS.search(text):
        names.append(old.group(1))
        text = _CLASS.sub("", text, count=1)
    names = [name for name in names if name]
    return _STYLE.sub(f' class="{" ".join(names)}"' if names else "", text, count=1)


def _class_for(style: str) -> str:
    """ "" for styles that say nothing new (`justify-items` goes with `text-align`)."""
    if style.startswith("color:#"):
        return f"m-ink-{_ink(style[7:])}"
    if pull := _LENGTH.fullmatch(style):
        tenths = float(pull.group(1)) * _EMS.get(pull.group(2) or "em", 1.0) * 10
        return f"m-pull{min(_PULLS, key=lambda known: abs(known - tenths))}"
    return _STYLES.get(style, "")


def _ink(colour: str) -> str:
    """The palette's nearest ink, which is readable in light and dark, for six hex digits."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < 40:
        return "black" if high < 64 or low > 230 else "gray"
    if high == red:
        hue = (green - blue) / (high - low) % 6
    elif high == green:
        hue = (blue - red) / (high - low) + 2
    else:
        hue = (red - green) / (high - low) + 4
    bounds = (0.3, 0.8, 1.2, 2.6, 3.4, 4.3, 4.9, 5.7, 6.1)
    names = (*_INKS, "red")
    return next(name for name, bound in zip(names, bounds, strict=True) if hue <= bound)
