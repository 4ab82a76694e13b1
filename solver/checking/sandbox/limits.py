"""What a program may use: checked on construction, or read from a caller's loosely named keys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MIB = 1024 * 1024

_TIME_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 0.001}
_SIZE_UNITS = {
    "": 1.0, "b": 1.0, "bytes": 1.0, "k": 1024.0, "kb": 1024.0, "kib": 1024.0,
    "m": 1.0 * MIB, "mb": 1.0 * MIB, "mib": 1.0 * MIB, "g": 1024.0 * MIB, "gb": 1024.0 * MIB,
    "gib": 1024.0 * MIB,
}  # fmt: skip
_COUNT_UNITS = {"": 1.0}
# What callers of other judges write -> the limits it stands for, and the units it may carry.
_WORDS: dict[str, tuple[tuple[str, ...], dict[str, float]]] = {
    "wall": (("wall_s",), _TIME_UNITS),
    "timeout": (("wall_s",), _TIME_UNITS),
    "time": (("wall_s", "cpu_s"), _TIME_UNITS),
    "cpu": (("cpu_s",), _TIME_UNITS),
    "compile": (("compile_s",), _TIME_UNITS),
    "memory": (("memory_bytes",), _SIZE_UNITS),
    "mem": (("memory_bytes",), _SIZE_UNITS),
    "output": (("output_bytes",), _SIZE_UNITS),
    "stdout": (("output_bytes",), _SIZE_UNITS),
    "tmp": (("tmp_bytes",), _SIZE_UNITS),
    "disk": (("tmp_bytes",), _SIZE_UNITS),
    "processes": (("processes",), _COUNT_UNITS),
    "pids": (("processes",), _COUNT_UNITS),
    "nproc": (("processes",), _COUNT_UNITS),
}
_KEY = re.compile(
    rf"(?:max_)?(?P<word>{'|'.join(_WORDS)})(?:_(?:time|size|limit))*(?:_(?P<unit>[a-z]+))?"
)
_RANGES: dict[str, tuple[float, float]] = {
    "wall_s": (0.05, 300),
    "cpu_s": (0.05, 300),
    "memory_bytes": (16 * MIB, 8192 * MIB),
    "output_bytes": (1, 64 * MIB),
    "tmp_bytes": (4096, 1024 * MIB),
    "processes": (3, 256),
    "compile_s": (0.5, 120),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    wall_s: seconds by the clock, from the moment that the program starts (0.05 to 300).
    cpu_s: seconds of processor time; None means as many as `wall_s`.
    memory_bytes: of all its processes together (16 MiB to 8 GiB).
    output_bytes: kept of stdout, and as many of stderr; more ends the run (OLE).
    tmp_bytes: all files that it may write, in memory, gone after the run.
    processes: processes and threads at one time, two of the sandbox's own among them.
    compile_s: seconds by the clock for a compiler, where the language has one.
    """

    wall_s: float = 10.0
    cpu_s: float | None = None
    memory_bytes: int = 256 * MIB
    output_bytes: int = 1 * MIB
    tmp_bytes: int = 64 * MIB
    processes: int = 32
    compile_s: float = 15.0

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if name == "cpu_s" and value is None:
                continue
            whole = name.endswith("_bytes") or name == "processes"
            kinds = (int,) if whole else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds):
                raise ValueError(f"limit {name} must be a {'whole ' if whole else ''}number")
            if not least <= value <= most:
                raise ValueError(f"limit {name} must be from {least:g} to {most:g}, not {value:g}")

    @property
    def processor_s(self) -> float:
        """The processor time in force."""
        return self.wall_s if self.cpu_s is None else self.cpu_s


def parse(given: Mapping[str, Any], base: Limits | None = None) -> Limits:
    """Read limits as other judges name them: `wall_s`, `time_limit_ms`, `memory_mb`, `max_pids`, …

    `time` bounds the clock and the processor. The rest is taken from `base`. An unknown key, a
    value that is no number or one out of range raises ValueError.
    """
    read: dict[str, Any] = {}
    for key, value in given.items():
        if value is None:
            continue
        found = _KEY.fullmatch(key)
        fields, units = _WORDS[found["word"]] if found else ((), {})
        factor = units.get((found["unit"] or "") if found else "")
        if factor is None:
            raise ValueError(f"unknown limit {key!r}: known are {', '.join(_RANGES)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"limit {key} must be a number")
        for field in fields:
            whole = field.endswith("_bytes") or field == "processes"
            read[field] = _whole(key, value * factor) if whole else value * factor
    defaults = base or Limits()
    return Limits(**{name: read.get(name, getattr(defaults, name)) for name in _RANGES})


def _whole(key: str, value: float) -> int:
    try:
        return int(value)
    except (OverflowError, ValueError):  # infinity, NaN
        raise ValueError(f"limit {key} must be a finite number") from None
