"""Fuzz what reads untrusted text: `python -m tests.fuzz --seconds 180 [--only answers]`.

Coverage-guided (atheris), each target in a process of its own, begun from the project's cases. An
exception, a broken promise or an input that takes too long is written beside the corpus and ends
the run with status 1. Not a part of `make test`, which fuzzes with hypothesis.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import atheris

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "solver" / "checking" / "tests" / "cases" / "answers.jsonl"
# Longer than any limit of the gate, so that the far side of each is seen too.
MAX_BYTES = 6_000
# The oracle's child is killed after its limit; here the same work is only broken off.
COMPARE_S = 2.0
LINEAR_S = 5
BETWEEN = "\x1e"
TOKENS = [
    r"\boxed{", r"\frac{", r"\sqrt{", r"\text{", r"\left(", r"\right)", r"\cdot", r"\times", r"\pm",
    r"\begin{aligned}", r"\end{aligned}", r"\infty", r"\pi", r"\binom{", r"\overline{", "^{", "_{",
    "<think>", "</think>", "## Step 1", "```python", "```", "$$", r"\[", r"\]", "The answer is",
    "答案是", "根号", "或", "无解", "Sample Input", "Sample Output", "%", "°", "!", "1/2",
]  # fmt: skip


class TookTooLong(Exception):
    """The comparison was broken off, as the oracle's child would have been."""


def fuzz_answers(text: str) -> None:
    from solver.checking.answers import final_answer
    from solver.checking.code_blocks import program
    from solver.checking.examples import examples

    found = final_answer(text)
    if found is not None and not found.text.strip():
        raise AssertionError("an answer without text")
    program(text)
    list(examples(text))


def fuzz_equivalence(text: str) -> None:
    from solver.checking import gate
    from solver.checking.child.compare import compare_texts

    one, _, other = text.partition(BETWEEN)
    if gate.refusal(one) or gate.refusal(other):
        return
    signal.setitimer(signal.ITIMER_REAL, COMPARE_S)
    try:
        compare_texts(one, other)
    except (TookTooLong, RecursionError, MemoryError):
        pass  # what the child's limits are for
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def fuzz_steps(text: str) -> None:
    from solver.text.rendering import render
    from solver.text.steps import StepCutter, split

    whole = split(text, finished=True)
    cutter = StepCutter()
    for at in range(0, len(text), 7):
        cutter.feed(text[at : at + 7])
    cutter.finish()
    if cutter.worked() != whole:
        raise AssertionError("cut in pieces, the steps are others")
    html = render(text)
    if "<script" in html.lower():
        raise AssertionError("a script came through")


TARGETS: dict[str, Callable[[str], None]] = {
    "answers": fuzz_answers,
    "equivalence": fuzz_equivalence,
    "steps": fuzz_steps,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=180, help="for all targets together")
    parser.add_argument("--only", choices=TARGETS)
    parser.add_argument("--corpus", type=Path, help="kept from run to run")
    wanted = parser.parse_args()
    names = [wanted.only] if wanted.only else list(TARGETS)
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        for name in names:
            corpus = (wanted.corpus or Path(temporary)) / name
            _sow(corpus, name)
            share = max(1, wanted.seconds // len(names))
            done = subprocess.run(_command(name, corpus, share), cwd=ROOT, check=False)
            print(f"{name}: {'found something' if done.returncode else 'nothing found'}")
            failed = failed or done.returncode != 0
    return int(failed)


def _command(name: str, corpus: Path, seconds: int) -> list[str]:
    found = ROOT / "var" / "fuzz"
    found.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "max_len": MAX_BYTES,
        # The comparison has a clock of its own, and there is one alarm a process.
        "timeout": 0 if name == "equivalence" else LINEAR_S,
        "rss_limit_mb": 4_096,
        "artifact_prefix": f"{found}/{name}-",
        "dict": corpus.with_suffix(".dict"),
        "verbosity": 0,
        "print_final_stats": 1,
    }
    flags = [f"-{option}={value}" for option, value in options.items()]
    return [sys.executable, "-m", "tests.fuzz", f"--target={name}", *flags, str(corpus)]


def _sow(corpus: Path, name: str) -> None:
    """Begin from answers that people and models have written."""
    corpus.mkdir(parents=True, exist_ok=True)
    tokens = (token.encode() for token in TOKENS)
    lines = ["".join(f"\\x{byte:02x}" for byte in token) for token in tokens]
    corpus.with_suffix(".dict").write_text("".join(f'"{line}"\n' for line in lines))
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    for number, case in enumerate(cases):
        pair = (str(case.get("reference", "")), str(case.get("candidate", "")))
        text = BETWEEN.join(pair) if name == "equivalence" else "\n\n".join(pair)
        (corpus / f"case-{number}").write_text(text, encoding="utf-8", errors="replace")


def _fuzz(name: str) -> None:
    """In the child: never returns."""
    with atheris.instrument_imports(include=["solver.checking", "solver.text"]):
        TARGETS[name]("")
    target = TARGETS[name]
    if name == "equivalence":
        signal.signal(signal.SIGALRM, _break_off)

    def one_input(data: bytes) -> None:
        target(data.decode("utf-8", "replace"))

    sys.argv = [sys.argv[0], *sys.argv[2:]]
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


def _break_off(number: int, frame: FrameType | None) -> None:
    raise TookTooLong


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("--target="):
        _fuzz(sys.argv[1].removeprefix("--target="))
    sys.exit(main())
