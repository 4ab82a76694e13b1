"""The normaliser: one spelling for characters and wrappers, before the grammar reads.

Works on text only and never drops a character that could carry meaning.
"""

import re
import unicodedata

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣ", "0123456789+-nix")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₙₖ", "0123456789nk")
_SYMBOLS = {
    "−": "-", "－": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "÷": r"\div ", "∕": "/", "⁄": "/", "∞": r"\infty ", "π": r"\pi ", "√": r"\surd ",
    "∛": r"\sqrt[3]", "∜": r"\sqrt[4]",
    "≤": r"\le ", "≦": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "≧": r"\ge ", "⩾": r"\ge ",
    "≠": r"\ne ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ",
    "Ø": r"\emptyset ", "°": r"^\circ ", "º": r"^\circ ", "±": r"\pm ", "∓": r"\mp ",
    "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}",
    "ℂ": r"\mathbb{C}", "…": r"\ldots ", "⋯": r"\ldots ", "≈": r"\approx ", "∠": r"\angle ",
    "△": r"\triangle ", "⟨": r"\langle ", "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "∖": r"\setminus ",
    "∧": r"\land ", "∨": r"\lor ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ",
    "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "φ": r"\varphi ",
    "λ": r"\lambda ", "μ": r"\mu ", "ω": r"\omega ", "δ": r"\delta ", "ε": r"\varepsilon ",
    "σ": r"\sigma ", "τ": r"\tau ", "ρ": r"\rho ", "η": r"\eta ", "Ω": r"\Omega ",
    "Δ": r"\Delta ", "，": ",", "；": ";", "：": ":", "∶": ":", "（": "(", "）": ")", "、": ",",
    "【": "[", "】": "]", "｛": r"\{", "｝": r"\}", "¢": r"\text{cents}", "％": "%",
}  # fmt: skip
_TABLE = str.maketrans(_SYMBOLS)
_FRACTIONS = re.compile(r"(\d*)\s?([¼½¾⅐-⅞↉])")
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_LEAD = re.compile(
    r"(?:(?:so|thus|hence|therefore|\\therefore|∴)[,:]?\s+)?"
    r"(?:(?:the\s+)?(?:(?:final|correct|right)\s+)*(?:answer|result|solution)\s*(?:is|are|:|=|：)"
    r"|(?:(?:所以|因此|故)[,，]?)?(?:最终|最后|正确)?(?:的)?(?:答案|结果|解)\s*(?:是|为|:|：|应为)"
    r"|答\s*[:：])[:：\s]*",
    re.I,
)
_BETWEEN_BOXES = re.compile(r"(?:[\s,;$]|\\[ ,;]|\\q?quad|\band\b|\bor\b|和|或)*")
_MOST_WRAPS = 12
_WRAPS = (
    (r"\(", r"\)"), (r"\[", r"\]"), ("$$", "$$"), ("$", "$"), ("**", "**"), ("`", "`"),
    ('"', '"'), ("“", "”"),
)  # fmt: skip
_COMMAND_WRAPS = (
    r"\boxed", r"\fbox", r"\displaystyle", r"\textstyle", r"\mathbf", r"\bm", r"\boldsymbol",
    r"\textbf", r"\text", r"\mathrm", r"\ensuremath", r"\mathit", r"\textit", r"\emph", r"\mbox",
)  # fmt: skip


def normalise(text: str) -> str:
    """The text with one spelling for each character and without wrappers; may be empty."""
    text = _FRACTIONS.sub(_vulgar_fraction, text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣ]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    text = re.sub(r"[₀₁₂₃₄₅₆₇₈₉ₙₖ]+", lambda m: "_{" + m[0].translate(_SUBSCRIPTS) + "}", text)
    text = unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)
    text = re.sub(r"(^|[(\[{,=<>])\s*–\s*(?=[\d\\])", r"\1-", text)
    text = unwrap(_SPACES.sub(" ", text).strip())
    text = re.sub(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", r"\\times ", _boxes_in_a_row(text))
    return re.sub(r"(?<=[\w)}\]])\s*\*\*\s*(?=[\w({\[+\-\\])", "^", text)


def unwrap(text: str) -> str:
    """Without the box, the dollars, the words that lead in, and the stop at the end."""
    for _ in range(_MOST_WRAPS):
        before = text
        text = text.strip()
        text = re.sub(r"^=\s*(?=[^=])", "", text)
        worded = re.match(r"\\text\{([^{}]*)\}", text)
        if worded and _LEAD.fullmatch(worded[1].strip()):
            text = text[worded.end() :].strip()
        lead = _LEAD.match(text)
        if lead and lead.end() < len(text):
            text = text[lead.end() :].strip()
        text = re.sub(r"(?<=[^.])[.。]$", "", text)
        text = re.sub(r"[,，;；]$", "", text)
        text = _without_delimiters(text)
        text = _without_command(text)
        if text == before:
            break
    return text


def _without_delimiters(text: str) -> str:
    for opening, closing in _WRAPS:
        inner = text[len(opening) : len(text) - len(closing)]
        if (
            len(text) > len(opening) + len(closing) - (0 if inner else 1)
            and text.startswith(opening)
            and text.endswith(closing)
            and inner.strip()
            and opening not in inner
            and closing not in inner
            and not inner.endswith("\\")
        ):
            return inner.strip()
    return text


def _without_command(text: str) -> str:
    for command in _COMMAND_WRAPS:
        if not text.startswith(command):
            continue
        rest = text[len(command) :].lstrip()
        if command.endswith("style") and not rest[:1].isalpha():
            return rest
        if rest.startswith("{") and closing_brace(rest, 0) == len(rest) - 1:
            return rest[1:-1]
    return text


def _boxes_in_a_row(text: str) -> str:
    """Several boxes and nothing else are a list of answers."""
    contents, index = [], 0
    while text.startswith(r"\boxed{", index):
        end = closing_brace(text, index + 6)
        contents.append(text[index + 7 : end])
        between = _BETWEEN_BOXES.match(text, end + 1)
        index = between.end() if between else len(text)
        if end < 0 or index <= end:
            return text
    return ", ".join(contents) if contents and index == len(text) else text


def closing_brace(text: str, opening: int) -> int:
    """Index of the brace that closes the one at `opening`, or -1. Escaped braces do not count."""
    depth, index = 0, opening
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return -1


def _vulgar_fraction(found: re.Match[str]) -> str:
    above, _, below = unicodedata.normalize("NFKC", found[2]).partition("⁄")
    return f"{found[1]}\\frac{{{above}}}{{{below}}}"
