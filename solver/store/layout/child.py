"""Renders one template and ends. Started by `solver.store.layouts` with an empty environment.

A template from the bucket may loop for ever or ask for a terabyte. A thread cannot be stopped, so
it runs here, under limits of the kernel: standard input holds the work, standard output the text.
Nothing of the site is imported.
"""

import json
import resource
import sys


def _limit(cpu_s: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _render(source: str, values: dict[str, object], max_chars: int) -> str:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # No loader: a layout stands alone. No globals that spend time or touch the process.
    environment.globals.clear()
    environment.globals["range"] = range
    pieces = []
    length = 0
    for piece in environment.from_string(source).generate(values):
        length += len(piece)
        if length > max_chars:
            raise OverflowError(f"The layout writes more than {max_chars:,} characters.")
        pieces.append(piece)
    return "".join(pieces)


def _complaint(error: Exception) -> str:
    """What is wrong, and in which line; never a value, which may be a student's text."""
    from jinja2 import TemplateSyntaxError
    from jinja2.exceptions import SecurityError

    line = getattr(error, "lineno", None) or _line(error)
    says = ""
    if isinstance(error, TemplateSyntaxError | SecurityError | OverflowError):
        says = f": {str(error)[:200]}"
    return f"line {line}: {type(error).__name__}{says}"


def _line(error: Exception) -> int:
    """Jinja puts the template's own lines into the traceback."""
    frame, line = error.__traceback__, 1
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def main() -> None:
    work = json.load(sys.stdin)
    # What jinja2 needs is imported under the limits too: one place that they start.
    sys.path[:] = work["path"]
    _limit(work["cpu_s"], work["memory_bytes"])
    try:
        answer = {"text": _render(work["source"], work["values"], work["max_chars"])}
    except MemoryError:
        answer = {"error": "The layout needs too much memory."}
    except Exception as error:  # noqa: BLE001  whatever a template raises is an answer
        answer = {"error": _complaint(error)}
    json.dump(answer, sys.stdout)


main()
