import pytest

from solver.checking.sandbox import MIB, Limits, parse


def test_limits_are_checked():
    for wrong in (
        {"wall_s": 0},
        {"wall_s": float("nan")},
        {"wall_s": float("inf")},
        {"cpu_s": -1},
        {"memory_bytes": 1},
        {"memory_bytes": 64e6},
        {"output_bytes": 0},
        {"processes": True},
        {"tmp_bytes": "64"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits(**wrong)


def test_processor_time_follows_the_clock():
    assert Limits(wall_s=3).processor_s == 3
    assert Limits(wall_s=3, cpu_s=1).processor_s == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Limits()),
        ({"wall_s": 2}, Limits(wall_s=2)),
        ({"timeout": 2, "cpu_time_s": 1}, Limits(wall_s=2, cpu_s=1)),
        ({"time_limit_ms": 1500}, Limits(wall_s=1.5, cpu_s=1.5)),
        ({"time_s": 2}, Limits(wall_s=2, cpu_s=2)),
        ({"memory_mb": 64}, Limits(memory_bytes=64 * MIB)),
        ({"memory_limit_kb": 65536}, Limits(memory_bytes=64 * MIB)),
        ({"memory_bytes": 64 * MIB}, Limits(memory_bytes=64 * MIB)),
        ({"max_output_bytes": 10, "max_processes": 9}, Limits(output_bytes=10, processes=9)),
        ({"tmp_mb": 1, "nproc": 9, "compile_s": 3}, Limits(10.0, None, 256 * MIB, MIB, MIB, 9, 3)),
        ({"wall_s": None}, Limits()),
    ],
)
def test_parse_reads_what_other_judges_write(given, expected):
    assert parse(given) == expected


def test_parse_keeps_the_base():
    assert parse({"wall_s": 1}, Limits(processes=5)) == Limits(wall_s=1, processes=5)


@pytest.mark.parametrize(
    "given",
    [
        {"walls": 1},
        {"memory_s": 64},
        {"processes_mb": 3},
        {"wall_s": "2"},
        {"wall_s": True},
        {"memory_mb": float("inf")},
        {"memory_mb": float("nan")},
        {"": 1},
    ],
)
def test_parse_refuses_what_it_does_not_know(given):
    with pytest.raises(ValueError, match="limit"):
        parse(given)
