"""Problems, answers and solutions as they look on a site in use."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from solver.models import Kind


@dataclass(frozen=True, slots=True)
class Task:
    """`wrong` holds spellings of wrong answers: some of them mean the same."""

    kind: Kind
    text: str
    answer: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def equation(chance: Random) -> Task:
    x, y = chance.randint(2, 9), chance.randint(2, 9)
    factor, added = chance.randint(2, 9), chance.randint(1, 20)
    total = factor * x + added
    return Task(
        Kind.MATHS,
        f"Solve for $x$: ${factor}x + {added} = {total}$",
        str(x),
        (f"x = {x}", f"$x={x}$", str(x)),
        (f"x = {x + 1}", f"$x={x + 1}$", f"x = -{x}", f"-{x}", f"x = {y + 20}"),
    )


def fraction(chance: Random) -> Task:
    below = chance.choice((3, 4, 5, 6, 8))
    top = chance.randint(1, below - 1)
    return Task(
        Kind.MATHS,
        f"What is $\\frac{{{top}}}{{{below}}} + \\frac{{1}}{{2}}$?",
        f"\\frac{{{2 * top + below}}}{{{2 * below}}}",
        (f"$\\frac{{{2 * top + below}}}{{{2 * below}}}$", f"{2 * top + below}/{2 * below}"),
        (f"$\\frac{{{top + 1}}}{{{below + 2}}}$", f"{top + 1}/{below + 2}", f"{top + 1}", "0.5"),
    )


def integral(chance: Random) -> Task:
    power, factor = chance.randint(2, 5), chance.randint(2, 6)
    return Task(
        Kind.MATHS,
        f"Find $\\int {factor * (power + 1)}x^{power}\\,dx$.",
        f"{factor}x^{power + 1} + C",
        (f"${factor}x^{power + 1} + C$",),
        (f"${factor}x^{power + 1}$", f"{factor}x^{power + 1}", f"${factor * power}x^{power - 1}$"),
    )


def program(chance: Random) -> Task:
    factor = chance.randint(2, 99)
    source = f"n = int(input())\nprint(n * {factor})\n"
    return Task(
        Kind.CODE,
        f"Read a whole number and print it multiplied by {factor}.",
        source,
        (source,),
        (f"n = input()\nprint(n * {factor})\n", f"print({factor})\n"),
    )


TASKS: tuple[Callable[[Random], Task], ...] = (equation, equation, fraction, integral, program)


def task(chance: Random) -> Task:
    return chance.choice(TASKS)(chance)


def worked(task: Task, chance: Random) -> str:
    """A solution's raw text: reasoning, then steps, about as long as a short real one."""
    thought = "Let me look at what is asked, and try the usual way first. "
    reasoning = thought * chance.randint(4, 16)
    steps = "\n\n".join(
        f"### Step {number}: {title}\n\nWe keep both sides equal, and write down what is known."
        for number, title in enumerate(("Understand", "Rearrange", "Solve", "Check"), 1)
    )
    return (
        f"<think>\n{reasoning}\n</think>\n\n{steps}\n\nSo the answer is $\\boxed{{{task.answer}}}$."
    )
