"""Markdown as LaTeX."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.web.latex import to_latex


@pytest.mark.parametrize(
    ("markdown", "latex"),
    [
        ("50 % of $10 & more_", r"50 \% of \$10 \& more\_"),
        (r"Then $\frac{a}{b}$ holds.", r"Then $\frac{a}{b}$ holds."),
        ("$$x_1 * y * z$$", "$$x_1 * y * z$$"),
        (r"\[ a_b \] and \( c_d \)", r"\[ a_b \] and \( c_d \)"),
        ("**bold** and *slanted*", r"\textbf{bold} and \emph{slanted}"),
        ("Use `a_b{c}`", r"Use \texttt{a\_b\{c\}}"),
        ("### Title\n\ntext", "\\paragraph{Title}\n\ntext"),
        ("1. one\n2. two", "\\begin{enumerate}\n\\item one\n\\item two\n\\end{enumerate}"),
        ("- a\n- b", "\\begin{itemize}\n\\item a\n\\item b\n\\end{itemize}"),
        ("> said", "\\begin{quote}\nsaid\n\n\\end{quote}"),
        ("```python\nx = 1 % 2\n```", "\\begin{verbatim}\nx = 1 % 2\n\\end{verbatim}"),
        (
            "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
            "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
        ),
        ("[site](http://example.org/a_b)", r"\href{http://example.org/a\_b}{site}"),
    ],
)
def test_translation(markdown: str, latex: str) -> None:
    assert to_latex(markdown).strip() == latex


def test_code_cannot_end_its_own_environment() -> None:
    source = "```\n\\end{verbatim}\\input{secrets}\n```"
    assert to_latex(source).count("\\end{verbatim}") == 1


@given(st.text(max_size=300))
def test_any_text_is_translated(text: str) -> None:
    assert to_latex(text).endswith("\n")
