"""Runs one Python program in WebAssembly; started as a script by `wasm`, never imported.

Alone on purpose: it is started with `-I -S`, an empty environment and no view of this package; all
that it imports it imports before it locks itself down.
It reads one JSON order from its argument and answers on the order's status descriptor.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_PDEATHSIG, _NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 1, 38, 22, 2
_INSTRUCTION_BYTES = 8
_OPEN_FILES = 64
_OWN_BYTES = 512 << 20  # of this process, beside the guest's memory
_STACK_BYTES = 1 << 20
# The program arrives base64-encoded, because an argument ends at a NUL; it runs in `__main__`.
_BOOT = (
    "__import__('sys').argv[:] = ['/box/main.py']\n"
    "exec(compile(__import__('base64').b64decode({source!r}), '/box/main.py', 'exec'))"
)


def engine(wasmtime: Any) -> Any:
    """The engine; a compiled module fits only the settings that it was compiled with."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _STACK_BYTES
    return wasmtime.Engine(config)


def compile_module(wasmtime: Any, order: dict[str, Any]) -> None:
    module = wasmtime.Module.from_file(engine(wasmtime), order["compile"])
    Path(order["module"]).write_bytes(module.serialize())


def run(wasmtime: Any, order: dict[str, Any]) -> None:
    made = engine(wasmtime)
    module = wasmtime.Module.deserialize_file(made, order["module"])
    store = wasmtime.Store(made)
    store.set_limits(memory_size=order["memory_bytes"])
    store.set_epoch_deadline(1)
    store.set_wasi(_guest(wasmtime, order))
    linker = wasmtime.Linker(made)
    linker.define_wasi()
    _lock_down(order)
    _tell(order, {"ready": True})
    timer = threading.Timer(order["wall_s"], made.increment_epoch)
    timer.daemon = True
    timer.start()
    try:
        linker.instantiate(store, module).exports(store)["_start"](store)
        code = 0
    except wasmtime.ExitTrap as exit_:
        code = exit_.code
    except (wasmtime.Trap, wasmtime.WasmtimeError) as trap:
        _tell(order, _trapped(wasmtime, trap))
        return
    _tell(order, {"exit-code": code})


def _guest(wasmtime: Any, order: dict[str, Any]) -> Any:
    """No folders, no environment, no sockets: arguments and three pipes."""
    wasi = wasmtime.WasiConfig()
    with open(order["source_fd"], encoding="ascii") as given:  # noqa: PTH123 - a descriptor
        boot = _BOOT.format(source=given.read())
    wasi.argv = ["python", "-I", "-B", "-X", "utf8", "-c", boot]
    wasi.env = []
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    return wasi


def _lock_down(order: dict[str, Any]) -> None:
    """Give up root, and what else a hole in the WebAssembly engine could be used for."""
    for which, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_DATA, order["memory_bytes"] + _OWN_BYTES),
        (resource.RLIMIT_CPU, order["cpu_s"] + 1),
    ):
        ours = resource.getrlimit(which)[1]
        allowed = most if ours == resource.RLIM_INFINITY else min(most, ours)
        resource.setrlimit(which, (allowed, allowed))
    if order["uid"]:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # last: a change of uid forgets it
    if os.getppid() != order["parent"]:
        sys.exit("the server is gone")
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit("no_new_privs was refused")
    if order["seccomp"]:
        _filter(libc, bytes.fromhex(order["seccomp"]))


def _filter(libc: ctypes.CDLL, program: bytes) -> None:
    class Program(ctypes.Structure):
        """struct sock_fprog of linux/filter.h."""

        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    wanted = Program(len(program) // _INSTRUCTION_BYTES, program)
    if libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(wanted), 0, 0) != 0:
        sys.exit("the seccomp filter was refused")


def _trapped(wasmtime: Any, trap: Exception) -> dict[str, Any]:
    code = getattr(trap, "trap_code", None)
    if code == wasmtime.TrapCode.INTERRUPT:
        return {"trap": "time"}
    sys.stderr.write(f"{str(trap).strip().splitlines()[-1]}\n")
    return {"trap": str(code), "exit-code": 128 + signal.SIGABRT}


def _tell(order: dict[str, Any], what: dict[str, Any]) -> None:
    os.write(order["status_fd"], json.dumps(what).encode() + b"\n")


def main() -> None:
    order = json.loads(sys.argv[1])
    sys.path.append(order["packages"])
    import wasmtime  # the folder that holds it comes with the order

    if "compile" in order:
        compile_module(wasmtime, order)
    else:
        run(wasmtime, order)


if __name__ == "__main__":
    main()
