import json
import queue
import threading
import time
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from transformers import AttentionInterface

from ..attention import PACKED, packed_attention
from ..base import EngineError, Sampling
from ..benchmark.__main__ import main
from ..benchmark.long import timed_attention
from ..benchmark.measure import Row, Watch, measure, quantile, summarise
from ..benchmark.modes import Setting
from ..benchmark.report import comparison, middle, plot, table
from ..benchmark.run import HERE, Plan, make_requests, opened
from ..benchmark.shapes import shaped_folder
from ..options import EngineOptions

ROWS = [
    Row("a generate", 4, 10.0, 0.5, 1.0, 0.1, 0.2, 40, 4.0, 8.0, 100.0),
    Row("c engine", 4, 80.0, 0.1, 0.2, 0.05, None, 40, 0.5, 1.0, None),
]


def test_figures_are_taken_from_what_was_seen():
    people = [
        [Watch(1.0, [(1.0, 0), (1.5, 1), (1.7, 3)])],
        [Watch(1.0, [(2.0, 1), (2.5, 2)])],
    ]
    row = summarise("x", people, cpu_s=0.3)
    assert (row.tokens, row.wall_s, row.concurrent) == (5, 1.5, 2)
    assert row.tokens_per_s == pytest.approx(5 / 1.5)
    assert row.first_p50_s == pytest.approx(0.75)
    assert row.gap_p50_s == pytest.approx(0.1)


def test_of_people_who_ask_again_the_time_in_which_all_ask_counts():
    # Both ask from 2 until 5. In it come 10 of the 20 tokens of the first one's first answer, all
    # 5 of the second, and of the other's 10 the 4 that are there at 3 and 4 of those until 6.
    first = [Watch(0.0, [(1.0, 1), (2.0, 10), (3.0, 20)]), Watch(3.0, [(3.5, 1), (5.0, 5)])]
    other = [Watch(2.0, [(3.0, 4), (6.0, 10)])]
    row = summarise("x", [first, other], cpu_s=0.3)
    assert row.tokens_per_s == pytest.approx((10 + 5 + 8) / 3)
    assert (row.tokens, row.wall_s, row.concurrent) == (35, 6.0, 2)
    # From each question, not from the first of all.
    assert row.first_p50_s == 1.0


def test_each_person_asks_again_when_the_answer_is_there():
    lock, running, most = threading.Lock(), set(), []

    def ask(request):
        with lock:
            running.add(request)
            most.append(len(running))
        yield time.perf_counter(), 1
        with lock:
            running.remove(request)

    row = measure("x", ask, make_requests(12, Plan()), at_once=3, stagger_s=0.01)
    assert (row.tokens, row.concurrent, row.errors) == (12, 3, [])
    assert max(most) <= 3


def test_quantiles_of_few_values():
    assert quantile([], 0.5) is None
    assert quantile([3.0], 0.95) == 3.0
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0


def test_a_failing_request_is_reported_and_the_rest_counted():
    def ask(request):
        if "60 km" in request.messages[1].content:
            raise RuntimeError("no")
        yield from [(0.0, 1), (0.1, 2)]

    row = measure("x", ask, make_requests(2, Plan()), at_once=2)
    assert row.errors == ["RuntimeError: no"]
    assert row.tokens == 2


def test_table_and_plot_show_every_row():
    assert "80.0" in table(ROWS)
    bars = ElementTree.fromstring(plot(ROWS, "a < b")).iter("{http://www.w3.org/2000/svg}rect")
    assert len(list(bars)) == 1 + 2 + 2


def test_modes_are_compared_within_a_round_and_the_median_counts():
    a, c = ROWS
    # A round at half the pace is no worse for either; in the last only c was disturbed.
    slow = [replace(a, tokens_per_s=5.0), replace(c, tokens_per_s=40.0)]
    disturbed = [a, replace(c, tokens_per_s=20.0, first_p50_s=0.9, errors=["late"])]
    rounds = [ROWS, slow, disturbed]
    assert comparison(rounds) == {
        "c/a at 4": {"median": 8.0, "least": 2.0, "most": 8.0},
        "c/a at 4, first words later by ms": {"median": -400.0, "least": -400.0, "most": 400.0},
    }
    assert [(row.mode, row.tokens_per_s) for row in middle(rounds)] == [
        ("a generate", 10.0),
        ("c engine", 40.0),
    ]
    assert middle(rounds)[1].errors == ["late"]
    assert comparison([[replace(a, tokens=0, tokens_per_s=0.0), c]]) == {}


@pytest.mark.timeout(280)
def test_benchmark_runs_alone_and_writes_its_files(tmp_path, capsys):
    # Each mode is a process of its own, which takes its time to load torch.
    arguments = ["--shape", "tiny", "--modes", "c", "--concurrent", "1", "2", "--tokens", "6"]
    places = ["--models-dir", str(tmp_path / "models"), "--out", str(tmp_path / "out")]
    sizes = [
        "--rounds",
        "1",
        "--each",
        "2",
        "--dtype",
        "float32",
        "--threads",
        "1",
        "--cache-tokens",
        "4096",
    ]
    assert main([*arguments, *places, *sizes, "--context-tokens", "2048"]) == 0
    written = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert [row["tokens"] for row in written["rows"]] == [12, 24]
    assert (tmp_path / "out" / "benchmark.svg").is_file()
    assert "| c engine" in capsys.readouterr().out


def test_a_mode_ends_with_who_measures_it_in_the_middle_of_a_row(tmp_path):
    options = EngineOptions(
        dtype="float32", threads=1, slots=1, cache_tokens=40_960, context_tokens=40_960
    )
    # So many tokens take minutes.
    plan = Plan(tokens=30_000)
    setting = Setting(shaped_folder("tiny", tmp_path), options, Sampling(max_tokens=plan.tokens))
    heard: queue.SimpleQueue[Row | EngineError] = queue.SimpleQueue()

    def watch(ask):
        try:
            heard.put(ask(1))
        except EngineError as error:
            heard.put(error)

    with opened("c engine", setting, plan, HERE) as ask:
        watcher = threading.Thread(target=watch, args=(ask,))
        watcher.start()
    watcher.join()
    assert "has ended" in str(heard.get())


def test_long_answers_report_their_pace(tmp_path, capsys):
    arguments = ["--shape", "tiny", "--long", "64", "--dtype", "float32", "--threads", "1"]
    sizes = ["--cache-tokens", "2048", "--context-tokens", "2048"]
    assert main([*arguments, "--models-dir", str(tmp_path), *sizes]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    tokens = [line["tokens"] for line in lines]
    # A busy machine delivers several tokens at once, so a reading may come a few tokens late.
    assert tokens == sorted(set(tokens))
    assert tokens[-1] == 64
    assert all(0 < line["attention_ms"] < line["ms_per_token"] for line in lines)
    assert all(line["attention_alone_ms"] > 0 for line in lines)
    assert 5 <= len(tokens) <= 9


def test_attention_is_timed_while_that_is_asked_for_only():
    functions = AttentionInterface()
    with timed_attention() as clock:
        assert functions[PACKED] is not packed_attention
        with pytest.raises(TypeError):
            functions[PACKED]()
    assert clock.spent_s > 0
    assert functions[PACKED] is packed_attention
