"""What a scripted engine can be asked to say by name."""

import re
from itertools import chain, count, cycle, islice

# A word with the space before it: about what one token is.
TOKEN = re.compile(r"\s*\S+|\s+")

# Reasoning, steps, a formula of each kind and a boxed answer.
WORKED = r"""<think>
The equation is quadratic. I look for two numbers whose product is 6 and whose sum is 5.
</think>

## Step 1: Factor the left side

Two numbers with product $6$ and sum $5$ are $2$ and $3$, so

$$x^2 - 5x + 6 = (x - 2)(x - 3).$$

## Step 2: Set each factor to zero

A product is zero when one of its factors is: $x - 2 = 0$ or $x - 3 = 0$.

## Step 3: Check both values

For $x = 2$: $4 - 10 + 6 = 0$. For $x = 3$: $9 - 15 + 6 = 0$.

The solutions are $\boxed{x = 2 \text{ or } x = 3}$
"""

_THOUGHT = """Suppose that $n = 6k + 1$ for some $k \\ge 0$. Then $n^2 = 36k^2 + 12k + 1$, which
leaves 1 when divided by 12. Wait, what of even $n$? Let me look at $n = 2m$ once more, and then at
the sum $\\sum_{i=1}^{m} i^2 = \\frac{m(m+1)(2m+1)}{6}$, before I write any of it down.

"""
_STEP = """## Step {number}: Take the case $n = {number}$

The sum of the squares up to {number} is, by the formula of the step before,

$$\\sum_{{i=1}}^{{{number}}} i^2 = \\frac{{{number} \\cdot {next} \\cdot {double}}}{{6}},$$

and **both sides** grow by the same amount, since:

- the left side gains $({next})^2$;
- the right side gains $\\frac{{({next})(({next}) + 1)(2({next}) + 1)}}{{6}} - S_{{{number}}}$.

| $n$ | $S_n$ |
| --- | --- |
| ${number}$ | $S_{{{number}}}$ |

"""


def tokens_of(text: str) -> list[str]:
    """Cut text into the pieces that a scripted engine counts as tokens; joined they are it."""
    return TOKEN.findall(text)


def script_of(name: str, tokens: int) -> str | None:
    """The text of that name, of about `tokens` tokens (0: its own length); None: no such name."""
    if name == "long":
        return _long(tokens or 40_000)
    if name != "worked":
        return None
    return "".join(islice(cycle(tokens_of(WORKED)), tokens)) if tokens else WORKED


def _long(tokens: int) -> str:
    """Half reasoning, half steps: what a reasoning model writes about a hard problem."""
    half = tokens // 2
    thoughts = "".join(islice(cycle(tokens_of(_THOUGHT)), half))
    steps = chain.from_iterable(
        tokens_of(_STEP.format(number=number, next=number + 1, double=2 * number + 1))
        for number in count(1)
    )
    written = "".join(islice(steps, half))
    return f"<think>\n{thoughts}\n</think>\n\n{written}\n\nSo the answer is $\\boxed{{42}}$.\n"
