import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.checking.examples import Example, examples

CODEFORCES = """A. Sum
time limit per test: 1 second

Input
The first line contains an integer n, the number of items in the list.
Output
Print the sum of all numbers in the list.

Examples
Input
3
1 2 3

Output
6

InputCopy
1
5

OutputCopy
5

Note
In the first example the answer is clear to see.
"""

ATCODER = """### Input

Input is given from standard input in the following format:

### Sample Input 1

```
3 4
```

### Sample Output 1

```
7
```

This is because three plus four is seven.

### Sample Input 2

```
1 1
```

### Sample Output 2

```
2
```
"""

LEETCODE = """Given an array, return two places.

**Example 1:**

**Input:** nums = [2,7,11,15], target = 9
**Output:** [0,1]
**Explanation:** Because nums[0] + nums[1] == 9, we return [0, 1].

Example 2:

Input: nums = [3,2,4], target = 6
Output: [1,2]

Constraints:
2 <= nums.length
"""

LUOGU = """## 输入格式
一行两个整数。
## 输出格式
一个整数。
## 输入输出样例
### 样例输入 #1
```
1 2
```
### 样例输出 #1
```
3
```
## 提示
数据范围很小。
"""


@pytest.mark.parametrize(
    ("statement", "pairs"),
    [
        (CODEFORCES, [("3\n1 2 3\n", "6\n"), ("1\n5\n", "5\n")]),
        (ATCODER, [("3 4\n", "7\n"), ("1 1\n", "2\n")]),
        (LUOGU, [("1 2\n", "3\n")]),
        ("【样例输入】\n5\n【样例输出】\n25\n【数据范围】\nn<=10", [("5\n", "25\n")]),
        ("输入样例：\n5 6\n输出样例：\n11", [("5 6\n", "11\n")]),
        ("示例 1：\n输入：3\n输出：9\n解释：三的平方是九。", [("3\n", "9\n")]),
        ("Sample Input:\n3\nSample Output:\n9\n\nThe square of three is nine of course.",
         [("3\n", "9\n")]),
        ("Input:\n```\n2 2\n```\nOutput:\n```\n4\n```", [("2 2\n", "4\n")]),
        ("Example\nInput: 4\nOutput: 16", [("4\n", "16\n")]),
        ("<b>Sample Input</b>".replace("<b>", "").replace("</b>", "") +
         "\n<pre>7 8</pre>\nSample Output\n<pre>15</pre>", [("7 8\n", "15\n")]),
        ("Example\nInput\n\nOutput\nHello\n", [("", "Hello\n")]),
    ],
)  # fmt: skip
def test_examples_are_read(statement, pairs):
    assert [(example.input, example.output) for example in examples(statement)] == pairs


def test_leetcode_examples_name_their_arguments():
    assert examples(LEETCODE) == (
        Example("nums = [2,7,11,15], target = 9\n", "[0,1]\n", is_call=True),
        Example("nums = [3,2,4], target = 6\n", "[1,2]\n", is_call=True),
    )


def test_blank_lines_inside_data_stay():
    statement = "Sample Input\n2\n\n1 2\n\n3 4\nSample Output\n3\n7\n"
    assert examples(statement) == (Example("2\n\n1 2\n\n3 4\n", "3\n7\n"),)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "Solve x + 3 = 7.",
        "Input\nThe first line contains a number and the second line another one.\nOutput\n"
        "Print the sum of the two numbers on one line.",
        "Input is a number. Output is its square.",
        "Sample Input\n3\n",
    ],
)
def test_statement_without_examples_gives_none(statement):
    assert examples(statement) == ()


@pytest.mark.parametrize(
    "text", ["input", "example ", "input ", "\n", "```\n", " ", "Input:\n1\nOutput:\n2\n", "样例"]
)
def test_examples_are_quick_on_100_kilobytes(text):
    began = time.monotonic()
    examples(text * (100_000 // len(text)))
    assert time.monotonic() - began < 3


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["Input", "Output:", "Example 1", "```", "3", "Note", "样例输入", ""]))
)
def test_examples_never_raise(lines):
    for example in examples("\n".join(lines)):
        assert example.output.strip()
