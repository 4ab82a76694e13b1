"""Groups of the kernel that these tests run on, where it lets us make one."""

import subprocess
import sys

import pytest

from solver.checking.sandbox import MIB, cgroup


def test_a_group_ends_what_grows_too_large():
    group = cgroup.make(32 * MIB)
    if group is None:
        pytest.skip("this machine lets us make no memory group")
    code = "input(); a = b'x' * (200 << 20); print('grew')"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    group.add(child.pid)
    said, _ = child.communicate(b"\n", timeout=30)
    assert said == b""
    assert child.returncode == -9
    assert group.ran_out()
    assert group.peak_bytes() >= 32 * MIB
    group.remove()


def test_a_folder_that_is_no_group_is_refused(tmp_path):
    for kind in (cgroup._V1, cgroup._V2):
        with pytest.raises(FileNotFoundError):
            cgroup.Group(tmp_path / "box", kind, 32 * MIB)
        assert list(tmp_path.iterdir()) == []
