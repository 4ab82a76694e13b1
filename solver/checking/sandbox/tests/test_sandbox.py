"""The front door: choosing, refusing, and what happens when a back end breaks."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solver.checking.sandbox import (
    MAX_SOURCE_BYTES,
    MAX_STDIN_BYTES,
    Language,
    Limits,
    Outcome,
    Program,
    Run,
    Sandbox,
    SandboxUnavailable,
    Verdict,
)
from solver.checking.sandbox.bubblewrap import Bubblewrap
from solver.checking.sandbox.choice import Choice
from solver.checking.sandbox.usage import tree
from solver.checking.sandbox.wasm import Wasm

ROOT = Path(__file__).resolve().parents[4]
HELLO = Run("python", "print('hi')")


def open_up(folder: Path) -> None:
    """Let every user reach a folder that pytest made for one."""
    temporary = Path(tempfile.gettempdir())
    for one in (folder, *folder.parents):
        if temporary not in one.parents:
            break
        one.chmod(0o755)


def script(folder: Path, body: str) -> Bubblewrap:
    """Bubblewrap with a bwrap of the test's own."""
    open_up(folder)
    file = folder / "bwrap"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return Bubblewrap(search=str(folder))


def test_sandbox_runs_python_and_cpp(bubblewrap, sandbox):
    assert sandbox.run(HELLO).stdout == "hi\n"
    cpp = Run("C++", '#include <cstdio>\nint main(){puts("hi");}', limits=Limits(compile_s=60))
    assert sandbox.run(cpp).stdout == "hi\n"


def test_sandbox_keeps_bytes_as_they_are(bubblewrap):
    box = Sandbox(Path("/nowhere"), backends=[bubblewrap])
    echo = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
    given = bytes(range(256)) * 5000
    end = box.run(Run("python", echo, given, Limits(output_bytes=2 << 20)))
    assert end.stdout_bytes == given


def test_a_prepared_program_runs_many_times(bubblewrap):
    box = Sandbox(Path("/nowhere"), backends=[bubblewrap])
    ready = box.prepare("py", "print(int(input()) * 2)", Limits())
    assert isinstance(ready, Program)
    assert [box.run_prepared(ready, f"{n}\n", Limits()).stdout for n in range(3)] == [
        "0\n",
        "2\n",
        "4\n",
    ]


def test_unknown_language_names_the_known_ones(sandbox):
    with pytest.raises(ValueError, match=r"unknown language 'rust': known are python, cpp"):
        sandbox.run(Run("rust", ""))


def test_unknown_backend_is_refused(cache):
    with pytest.raises(ValueError, match="known are auto, bubblewrap, wasm, none"):
        Sandbox(cache, "docker")


def test_large_source_and_input_are_refused(sandbox):
    with pytest.raises(ValueError, match="source is larger than 1 MiB"):
        sandbox.run(Run("python", "#" * (MAX_SOURCE_BYTES + 1)))
    with pytest.raises(ValueError, match="input is larger than 50 MiB"):
        sandbox.run(Run("python", "", b"x" * (MAX_STDIN_BYTES + 1)))


def test_switched_off_runs_nothing(cache):
    with pytest.raises(SandboxUnavailable, match=r"Python code is not run .* switched off"):
        Sandbox(cache, "none").run(HELLO)


def test_wasm_says_that_it_has_no_cpp(wasm, cache):
    with pytest.raises(SandboxUnavailable, match=r"C\+\+ code .* wasm: it runs Python only"):
        Sandbox(cache, "wasm").run(Run("cpp", "int main(){}"))


def test_missing_bubblewrap_falls_to_wasm(wasm):
    box = Sandbox(Path("/nowhere"), backends=[Bubblewrap(search="/nowhere"), wasm])
    assert box.run(HELLO).stdout == "hi\n"
    assert box.check()["languages"] == {"python": "wasm", "cpp": None}
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        box.run(Run("cpp", "int main(){}"))


def test_bubblewrap_that_does_not_isolate_is_found_out(tmp_path):
    """A stand-in that obeys the protocol and runs the program in the open."""
    (tmp_path / "open.py").write_text(
        "import json, os, sys\n"
        "def given(option): return int(sys.argv[sys.argv.index(option) + 1])\n"
        "def tell(what): os.write(given('--json-status-fd'), json.dumps(what).encode() + b'\\n')\n"
        "tell({'child-pid': os.getpid()})\n"
        "code = os.read(given('--file'), 1 << 20)\n"
        "exec(compile(code, 'main.py', 'exec'), {'__name__': '__main__'})\n"
        "tell({'exit-code': 0})\n"
    )
    backend = script(tmp_path, f'exec /usr/bin/python3 {tmp_path}/open.py "$@"')
    # It may be over before it could be limited, which is a reason too.
    refused = r"possible: read .*possible: write|could not be limited"
    with pytest.raises(SandboxUnavailable, match=refused):
        Choice([backend]).of(Language.PYTHON)


def test_bubblewrap_that_breaks_half_way_falls_to_wasm(bubblewrap, wasm, tmp_path):
    broken = tmp_path / "broken"
    backend = script(tmp_path, f'[ -e {broken} ] && exit 1\nexec /usr/bin/bwrap "$@"')
    box = Sandbox(Path("/nowhere"), backends=[backend, wasm])
    assert box.run(HELLO).stdout == "hi\n"
    assert box.check()["languages"]["python"] == "bubblewrap"
    broken.touch()
    assert box.run(HELLO).stdout == "hi\n"
    assert box.check()["languages"]["python"] == "wasm"


def test_everything_broken_says_why(tmp_path):
    box = Sandbox(Path("/nowhere"), backends=[script(tmp_path, "echo no luck >&2; exit 1")])
    with pytest.raises(SandboxUnavailable, match="no luck"):
        box.run(HELLO)


def test_health_has_medians(bubblewrap, wasm, cache):
    report = Sandbox(cache, backends=[bubblewrap, wasm]).health()
    assert report["languages"] == {"python": "bubblewrap", "cpp": "bubblewrap"}
    for told, languages in zip(report["backends"], (["python", "cpp"], ["python"]), strict=True):
        for language in languages:
            assert told["languages"][language]["usable"]
            assert 0 < told["languages"][language]["median_ms"] < 5000


def test_no_namespaces_falls_to_wasm(wasm, cache):
    """As in a container that forbids namespaces: bwrap's clone is refused by a real filter."""
    code = """
import ctypes, json, os, sys
from pathlib import Path
from solver.checking.sandbox import seccomp, Sandbox, Run
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
made = seccomp.compiled(("unshare", "setns"), only_local_sockets=False)
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(len(made) // 8, made)), 0, 0) == 0
box = Sandbox(Path(sys.argv[1]))
said = box.run(Run("python", "print('hi')")).stdout
print(json.dumps([said, box.check()]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(cache)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    said, report = json.loads(done.stdout)
    assert said == "hi\n"
    assert report["languages"] == {"python": "wasm", "cpp": None}
    assert "amespace" in report["backends"][0]["languages"]["python"]["reason"]


def test_bubblewrap_works_for_a_server_that_is_not_root(bubblewrap, tmp_path):
    """As another user, by the machine's own Python, from a copy that anybody may read."""
    if os.geteuid() != 0:
        assert Sandbox(tmp_path, backends=[bubblewrap]).run(HELLO).stdout == "hi\n"
        return
    package = tmp_path / "solver" / "checking"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom solver.checking.sandbox import *\n"
        "box = Sandbox(Path('/nowhere'), 'bubblewrap')\n"
        "print(box.run(Run('python', 'import os; print(os.getuid())')).stdout, end='')\n"
        "print(box.check()['languages'])"
    )
    shutil.copytree(ROOT / "solver" / "checking" / "sandbox", package / "sandbox")
    open_up(tmp_path)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        env={},
        cwd="/",
        user=65_533,
        group=65_533,
        extra_groups=[],
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "65534\n{'python': 'bubblewrap', 'cpp': 'bubblewrap'}\n"


def test_boxes_die_with_the_server(bubblewrap):
    """A killed server leaves no box behind."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom solver.checking.sandbox import *\n"
        "box = Sandbox(Path('/nowhere'), 'bubblewrap')\n"
        "box.check(); print('up', flush=True)\n"
        "box.run(Run('python', 'import time; time.sleep(99)', limits=Limits(wall_s=99)))"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    server.stdout.readline()
    while len(tree(server.pid)) < 4:  # bwrap, the shell, the program
        assert server.poll() is None
    boxes = [os.pidfd_open(pid) for pid in tree(server.pid)[1:]]
    server.kill()
    server.communicate()
    for box in boxes:
        assert select.select([box], [], [], 5)[0]
        os.close(box)


def test_wasm_refuses_a_cache_that_others_may_write(wasm, tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(SandboxUnavailable, match="others may write"):
        Choice([Wasm(tmp_path)]).of(Language.PYTHON)


def test_a_name_that_every_box_has_is_not_taken_for_a_leak(tmp_path, monkeypatch):
    # systemd and setsid may put PATH or PWD first, which the box sets for itself.
    for name in list(os.environ):
        if name not in {"PATH", "HOME", "PWD", "LANG"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PWD", "/")
    assert Sandbox(tmp_path, "bubblewrap").run(Run("python", "print(1)")).stdout == "1\n"


def test_no_more_boxes_stand_at_once_than_allowed(tmp_path):
    standing, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(2)

    class Slow:
        """A back end whose boxes come in pairs, and must be no more than two."""

        name = "slow"

        def support(self):
            return dict.fromkeys(Language, "")

        def prepare(self, language, source, limits):
            return Program(language, source)

        def run(self, program, stdin, limits):
            nonlocal standing, most
            with lock:
                standing += 1
                most = max(most, standing)
            together.wait(30)
            with lock:
                standing -= 1
            return Outcome(Verdict.OK)

    backend = Slow()
    sandbox = Sandbox(tmp_path, backends=[backend], at_once=2)
    ready = Program(Language.PYTHON, b"")
    with ThreadPoolExecutor(6) as pool:
        ends = [
            pool.submit(sandbox._in_turn, lambda one: one.run(ready, b"", Limits()), backend)
            for _ in range(6)
        ]
        assert all(end.result().verdict is Verdict.OK for end in ends)
    assert most == 2


def test_wasm_keeps_the_bytecode_of_what_its_child_imports(wasm, cache):
    assert list((cache / "bytecode").rglob("_bindings*.pyc"))
