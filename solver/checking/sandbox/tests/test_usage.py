import os
import subprocess
import sys

from solver.checking.sandbox.usage import tree, usage_of

HOLD = "import time; a = bytearray(50 << 20); print(flush=True); time.sleep(60)"


def test_usage_counts_a_tree():
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {HOLD!r}], stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        parent.stdout.readline()
        pids = tree(parent.pid)
        usage = usage_of(parent.pid, 1)
        assert len(pids) == 2
        assert usage.processes == 2
        assert 50 << 20 < usage.memory_bytes < 120 << 20
        assert usage.cpu_s > 0
    finally:
        for pid in reversed(pids):
            os.kill(pid, 9)
        parent.communicate()


def test_usage_of_nothing():
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert tree(gone.pid) == []
    assert usage_of(gone.pid, 1).memory_bytes == 0
