"""Lines that open a step, whole and while they arrive."""

import pytest

from solver.text.markers import Kind, Marker, find_marker


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        ("# A\n", Marker(Kind.HEADING, 1)),
        ("   ### A\n", Marker(Kind.HEADING, 3)),
        ("#hashtag\n", None),
        ("####### seven\n", None),
        ("Step 1:\n", Marker(Kind.STEP)),
        ("Step 12\n", Marker(Kind.STEP)),
        ("Step one. x\n", Marker(Kind.STEP)),
        ("## Step 2 – x\n", Marker(Kind.STEP, 2)),
        ("**Step 1:** x\n", Marker(Kind.STEP)),
        ("**Step 1**\n", Marker(Kind.STEP)),
        ("*Step 1.* x\n", Marker(Kind.STEP)),
        ("STEP 3)\n", Marker(Kind.STEP)),
        ("\\textbf{Step 1:} x\n", Marker(Kind.STEP)),
        ("第 2 步 求解\n", Marker(Kind.STEP)),
        ("**步骤3：**\n", Marker(Kind.STEP)),
        ("Step 1 is easy\n", None),
        ("Steps\n", None),
        ("Stepping 1: x\n", None),
        ("- Step 1: x\n", None),
        ("Case 1: x\n", Marker(Kind.CASE)),
        ("**Part (a):** x\n", Marker(Kind.CASE)),
        ("情况一：x\n", Marker(Kind.CASE)),
        ("1. x\n", Marker(Kind.ITEM, 1)),
        ("2) x\n", Marker(Kind.ITEM, 2)),
        ("**3. x**\n", Marker(Kind.ITEM, 3)),
        ("4、x\n", Marker(Kind.ITEM, 4)),
        ("(5) x\n", Marker(Kind.ITEM, 5)),
        ("1.5 is more\n", None),
        ("1.\n", None),
        ("   1. nested\n", None),
        ("**Bold**\n", Marker(Kind.BOLD)),
        ("**Bold**: and more\n", None),
        ("**Bold**", None),
        ("Therefore, the answer is 3\n", Marker(Kind.CONCLUSION)),
        ("**Final Answer**\n", Marker(Kind.CONCLUSION)),
        ("The answer to the problem is: 3\n", Marker(Kind.CONCLUSION)),
        ("综上，x\n", Marker(Kind.CONCLUSION)),
        ("The solution is easy\n", None),
        ("", None),
    ],
)
def test_find_marker(line, marker):
    assert find_marker(line) == marker


@pytest.mark.parametrize(
    "line",
    [
        "## Step 2: x\n",
        "**Step 1:** x\n",
        "12. Twelve\n",
        "**3. x**\n",
        "Case 1: x\n",
        "第一步：x\n",
        "Therefore, the final answer is 3\n",
        "步骤三：x\n",
        "**Final Answer**\n",
    ],
)
def test_a_marker_once_seen_stays(line):
    seen = [find_marker(line[:length]) for length in range(len(line) + 1)]
    first = next(at for at, marker in enumerate(seen) if marker)
    kinds = {marker.kind for marker in seen[first:] if marker} - {Kind.HEADING}
    assert None not in seen[first:]
    assert len(kinds) == 1
