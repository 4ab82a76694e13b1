import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.checking.code_blocks import CodeBlock, code_blocks, program, prose


def test_code_blocks_come_with_their_language():
    text = "Look:\n```python\nprint(1)\n```\nand\n~~~c++\nint x;\n~~~\n"
    assert code_blocks(text) == (
        CodeBlock("python", "print(1)\n"),
        CodeBlock("cpp", "int x;\n"),
    )


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("py", "python"),
        ("Python3", "python"),
        ("C++17", "cpp"),
        ("rs", "rust"),
        ("brainf", "brainf"),
    ],
)
def test_language_has_its_usual_name(said, language):
    assert code_blocks(f"```{said}\nx\n```")[0].language == language


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("n = int(input())\nfor i in range(n):\n    print(i)", "python"),
        ("#include <cstdio>\nint main() {}", "cpp"),
        ("public class Main {}", "java"),
        ("1 2 3", ""),
    ],
)
def test_language_is_guessed_only_where_clear(source, language):
    assert code_blocks(f"```\n{source}\n```")[0].language == language


def test_block_cut_off_in_mid_stream_is_open():
    (block,) = code_blocks("```python\nprint(")
    assert block.is_open
    assert block.source == "print(\n"


def test_longer_fence_holds_shorter_ones():
    (block,) = code_blocks("````md\n```python\nx\n```\n````")
    assert block.source == "```python\nx\n```\n"


def test_windows_line_ends_are_dropped():
    assert code_blocks("```python\r\nprint(1)\r\n```\r\n")[0].source == "print(1)\n"


def test_program_is_the_last_whole_program():
    text = (
        "```python\nfirst()\n```\n```python\nlast()\n```\n```text\n3\n```\n```\n7\n```\n```cpp\nint"
    )
    found = program(text)
    assert found is not None
    assert found.source == "last()\n"


def test_program_is_none_without_code():
    assert program("no code here, `x` alone") is None


def test_prose_is_what_stands_outside():
    assert prose("a\n```python\nx\n```\nb") == "a\n\nb"


@given(st.text(alphabet="`~ \npython{}", max_size=200))
def test_code_blocks_never_raise(text):
    for block in code_blocks(text):
        assert isinstance(block.source, str)
