"""A solution as Markdown and LaTeX, to copy or to keep."""

import pytest
from django.urls import reverse

from accounts.models import User
from solver.web.sheets import file_name
from solver.web.tests.conftest import PROBLEM, MakeSolution, Visit


def test_copy_all_as_markdown(alice: User, make: MakeSolution, visit: Visit) -> None:
    response = visit(alice).get(reverse("solution_source", args=[make().pk]))
    text = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert PROBLEM in text
    assert "**Step 1: Factor**" in text
    assert "$x^2-5x+6=(x-2)(x-3)$" in text
    assert r"**Answer** (Unchecked): $x = 2 \text{ or } x = 3$" in text
    assert "Two numbers with product 6." not in text


def test_copy_one_step(alice: User, make: MakeSolution, visit: Visit) -> None:
    address = reverse("solution_source", args=[make().pk])
    client = visit(alice)
    assert "Factor" not in client.get(address, {"step": "2"}).content.decode()
    latex = client.get(address, {"step": "2", "as": "latex"}).content.decode()
    assert "\\begin{verbatim}\nprint([2, 3])\n\\end{verbatim}" in latex


@pytest.mark.parametrize("step", ["0", "3", "-1", "x", "9" * 30, "²"])
def test_steps_that_are_not_there(step: str, alice: User, make: MakeSolution, visit: Visit) -> None:
    address = reverse("solution_source", args=[make().pk])
    assert visit(alice).get(address, {"step": step}).status_code == 404


@pytest.mark.parametrize(
    "problem",
    ["Solve $x$", '"; rm -rf ~\r\nX-Evil: 1', "../../etc/passwd", "解方程 x", "\U0001f600"],
)
def test_a_file_name_holds_nothing_of_the_problem_but_words(
    problem: str, alice: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make(problem=problem)
    assert file_name(solution).replace("-", "").removesuffix(".md").isalnum()
    assert file_name(solution).isascii()
    response = visit(alice).get(reverse("solution_download", args=[solution.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="{file_name(solution)}"'
    assert response["X-Content-Type-Options"] == "nosniff"
