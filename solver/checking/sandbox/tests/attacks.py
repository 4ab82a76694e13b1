"""Attacks of the project's own, in the form of the shared ones; they run without those too.

A row may carry `limits`; `wasm: False` marks what has no meaning there.
"""

from typing import Any

_SYSCALLS = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(what, number, *given):
    done = libc.syscall(number, *given)
    print("ESCAPED" if done != -1 else "BLOCKED", what, ctypes.get_errno())
"""


def row(
    name: str, source: str, *verdicts: str, language: str = "python", **more: Any
) -> dict[str, Any]:
    expect = {"verdict": list(verdicts)}
    for key in ("stdout_has", "stdout_lacks"):
        if key in more:
            expect[key] = more.pop(key)
    return {"name": name, "language": language, "source": source, "expect": expect, **more}


ATTACKS = [
    row("hello", "print('hi')", "OK", stdout_has="hi"),
    row("stdin", "print(sum(map(int, input().split())))", "OK", stdout_has="7", stdin="3 4\n"),
    row("no_stdin", "import sys; print(len(sys.stdin.read()))", "OK", stdout_has="0"),
    row("unread_stdin", "print('done')", "OK", stdout_has="done", stdin="x" * 5_000_000),
    row("own_files", "open('a', 'w').write('kept')\nprint(open('/tmp/a').read())", "OK",
        stdout_has="kept", wasm=False),
    row("exit_code", "raise SystemExit(3)", "RE"),
    row("exit_name", "exit()", "OK"),
    row("syntax_error", "def f(:\n", "RE"),
    row("nul_in_source", "print(1)\x00", "OK", "RE"),
    row("busy", "while True: pass", "TLE", limits={"wall_s": 0.5}),
    row("processor_time", "while True: pass", "TLE", limits={"wall_s": 20, "cpu_s": 0.3}),
    row("asleep", "import time; time.sleep(9999)", "TLE", limits={"wall_s": 0.5}),
    row("stopped", "import os; os.kill(os.getpid(), 19)", "TLE", limits={"wall_s": 0.5},
        wasm=False),
    row("pipes_closed", "import os, time\nos.close(1); os.close(2); time.sleep(99)", "TLE",
        limits={"wall_s": 0.5}),
    row("flood", "while True: print('x' * 65536)", "OLE"),
    row("flood_after_end", "import os\nif os.fork() == 0:\n while True: os.write(1, b'x' * 65536)",
        "OK", "OLE", wasm=False),
    row("memory", "a = []\nwhile True: a.append(bytearray(1 << 24))", "MLE"),
    row("memory_of_many",
        "import os, time\nfor _ in range(5): os.fork()\na = bytearray(40 << 20)\ntime.sleep(5)",
        "MLE", "OK", "RE", limits={"wall_s": 3}, wasm=False),
    row("shared_memory",
        "import mmap\na = [mmap.mmap(-1, 1 << 24) for _ in range(60)]\n"
        "for m in a:\n  m[:] = b'x' * (1 << 24)\nprint('ESCAPED')",
        "MLE", "RE", stdout_lacks="ESCAPED", wasm=False),
    row("hidden_memory",
        "import mmap\na = [mmap.mmap(-1, 1 << 24) for _ in range(60)]\nfor m in a:\n"
        "  m[:] = b'x' * (1 << 24); m.madvise(mmap.MADV_DONTNEED)\nprint('done')",
        "MLE", "OK", "RE", wasm=False),
    row("memory_files", _SYSCALLS + "call('memfd', 319, b'x', 0)", "OK", stdout_lacks="ESCAPED",
        wasm=False),
    row("system_v", _SYSCALLS + "call('shmget', 29, 0, 1 << 30, 0o1600)\n"
        "call('msgget', 68, 0, 0o1600)", "OK", stdout_lacks="ESCAPED", wasm=False),
    row("keyrings", _SYSCALLS + "call('keyctl', 250, 0, -3, 1)\n"
        "call('add_key', 248, b'user', b'x', b'y', 1, -3)\n"
        "call('request_key', 249, b'user', b'x', 0, -3)", "OK", stdout_lacks="ESCAPED", wasm=False),
    row("kernel_doors", _SYSCALLS + "call('bpf', 321, 0, 0, 0)\ncall('uring', 425, 1, 0)\n"
        "call('userfaultfd', 323, 0)\ncall('perf', 298, 0, 0, -1, -1, 0)\n"
        "call('clone3', 435, 0, 0)\ncall('setns', 308, 0, 0)\ncall('pidfd_getfd', 438, 3, 0, 0)\n"
        "call('personality', 135, 0x0040000)\ncall('syslog', 103, 3, 0, 0)",
        "OK", stdout_lacks="ESCAPED", wasm=False),
    row("clock", _SYSCALLS + "import time\ntry: time.clock_settime(0, 0); print('ESCAPED')\n"
        "except OSError: pass\ncall('settimeofday', 164, 0, 0)", "OK", stdout_lacks="ESCAPED",
        wasm=False),
    row("all_namespaces", _SYSCALLS + "for bit in (7, 17, 25, 26, 27, 28, 29, 30):\n"
        " call('unshare', 272, 1 << bit)\n call('clone', 56, 17 | 1 << bit, 0, 0, 0, 0)",
        "OK", stdout_lacks="ESCAPED", wasm=False),
    row("sockets", "import socket\nfor f in (2, 10, 16, 17, 40, 38):\n try:\n"
        "  socket.socket(f, 1 if f in (2, 10, 40) else 3); print('ESCAPED', f)\n"
        " except OSError: print('BLOCKED', f)", "OK", stdout_lacks="ESCAPED", wasm=False),
    row("signals", "import os\nfor p in (1, os.getppid(), -1):\n try: os.kill(p, 9)\n"
        " except OSError as e: print(e.errno)\nprint('alive')", "OK", stdout_has="alive",
        wasm=False),
    row("kills_itself", "import os; os.kill(os.getpid(), 9)", "RE", wasm=False),
    row("aborts", "import os; os.abort()", "RE"),
    row("descriptors", "import os\nfor fd in range(3, 64):\n try:\n  os.fstat(fd)\n"
        "  print('ESCAPED', fd)\n except OSError: pass", "OK", stdout_lacks="ESCAPED", wasm=False),
    row("host_folders", "import os\nfor p in ('/proc/self', '/sys/class', '/etc/shadow', '/root',"
        " '/home', '/var/log', '/run', '/usr/bin/su', '/usr/bin/env', '/dev/tty', '/dev/ptmx'):\n"
        " print('ESCAPED' if os.path.exists(p) else 'BLOCKED', p)", "OK", stdout_lacks="ESCAPED"),
    row("read_only", "for p in ('/box/main.py', '/box/sh', '/usr/lib/x', '/etc/x', '/x', '/dev/x',"
        " '/dev/null/x'):\n try: open(p, 'w'); print('ESCAPED', p)\n except OSError: pass",
        "OK", stdout_lacks="ESCAPED"),
    row("modes", "import os\nfor p in ('/box/main.py', '/box/sh', '/usr', '/'):\n"
        " try: os.chmod(p, 0o777); print('ESCAPED', p)\n except OSError: pass",
        "OK", stdout_lacks="ESCAPED", wasm=False),
    row("many_files", "i = 0\ntry:\n while i < 400_000:\n  open(f'/tmp/{i}', 'w').close(); i += 1\n"
        "except OSError: pass", "OK", "MLE", "TLE", limits={"wall_s": 3}, wasm=False),
    row("large_file", "f = open('big', 'wb')\nfor _ in range(999): f.write(bytes(1 << 20))", "RE",
        "MLE"),
    row("forks", "import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(0.01)",
        "TLE", limits={"wall_s": 1}, wasm=False),
    row("threads", "import threading, time\nn = 0\ntry:\n while True:\n"
        "  threading.Thread(target=time.sleep, args=(9,), daemon=True).start(); n += 1\n"
        "except RuntimeError: print('refused', n < 64, flush=True)\nimport os; os._exit(0)", "OK",
        stdout_has="refused True", wasm=False),
    row("daemons", "import os, signal, time\nfor _ in range(9):\n if os.fork() == 0:\n"
        "  os.setsid(); signal.signal(1, signal.SIG_IGN)\n"
        "  if os.fork() == 0: os.closerange(0, 9); time.sleep(60)\n  os._exit(0)",
        "OK", wasm=False),
    row("core_dump", "import os, resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))\n"
        "try: resource.setrlimit(resource.RLIMIT_CORE, (1, 1)); print('ESCAPED')\n"
        "except ValueError: pass\nos.abort()", "RE", stdout_lacks="ESCAPED", wasm=False),
    row("raises_limits", "import resource as r\nfor w in (r.RLIMIT_NPROC, r.RLIMIT_DATA,"
        " r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_CPU):\n try:\n"
        "  r.setrlimit(w, (-1, -1))\n  print('ESCAPED', w)\n except ValueError: pass",
        "OK", stdout_lacks="ESCAPED", wasm=False),
    row("not_root", "import os\nprint(os.getresuid(), os.getresgid())\n"
        "for u in (0, 1000):\n try: os.setuid(u); print('ESCAPED')\n except OSError: pass",
        "OK", stdout_lacks="ESCAPED", wasm=False),
    row("cpp_hello", '#include <iostream>\nint main(){int a,b;std::cin>>a>>b;std::cout<<a+b;}',
        "OK", language="cpp", stdin="3 4", stdout_has="7"),
    row("cpp_threads", "#include <thread>\n#include <cstdio>\nint main(){std::thread t("
        "[]{puts(\"t\");});t.join();}", "OK", language="cpp", stdout_has="t"),
    row("cpp_busy", "int main(){for(volatile int i=0;;i=i+1);}", "TLE", language="cpp",
        limits={"wall_s": 0.5}),
    row("cpp_memory", "#include <vector>\n#include <cstring>\nint main(){std::vector<char*> v;"
        "for(;;){v.push_back(new char[1<<20]);memset(v.back(),1,1<<20);}}", "MLE", language="cpp"),
    row("cpp_stack", "int f(int n){volatile char a[999];a[0]=n;return n?f(n-1)+a[0]:0;}\n"
        "int main(){return f(1<<30);}", "RE", "MLE", language="cpp"),
    row("cpp_abort", "#include <cstdlib>\nint main(){abort();}", "RE", language="cpp"),
    row("cpp_error", "int main(){return 3}", "CE", language="cpp"),
    row("cpp_includes_host_file", '#include "/tmp/verif/app/.env"\nint main(){}', "CE",
        language="cpp"),
    row("cpp_includes_passwd", '#include "/etc/passwd"\nint main(){}', "CE", language="cpp"),
    row("cpp_includes_itself", "#include __FILE__\nint main(){}", "CE", language="cpp"),
    row("cpp_embeds_host_file", 'asm(".incbin \\"/etc/passwd\\"");\nint main(){}', "CE",
        language="cpp"),
    row("cpp_repeats", 'asm(".rept 2000000000\\n nop\\n .endr");\nint main(){}', "CE",
        language="cpp"),
    row("cpp_constant_loop", "constexpr int f(int n){int s=0;for(int i=0;i<n;i++)s+=i%3;return s;}"
        "\nstatic_assert(f(2000000000)>0);int main(){}", "CE", language="cpp"),
    row("cpp_syscalls", "#include <unistd.h>\n#include <sys/syscall.h>\n#include <cstdio>\n"
        "int main(){printf(syscall(SYS_unshare,0x10000000)==0?\"ESCAPED\":\"BLOCKED\");}", "OK",
        language="cpp", stdout_lacks="ESCAPED"),
]  # fmt: skip
