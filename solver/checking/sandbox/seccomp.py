"""The system calls that a sandboxed program is refused, as a filter that libseccomp compiles.

Namespaces hide most of the machine; this closes what they leave open: kernel keyrings (shared
with the caller's session), memory that no limit counts (memfd, System V), sockets other than
local ones (vsock reaches the hypervisor), new namespaces, and the calls with a history of holes.
Calls of other architectures (32-bit, x32) end the program: libseccomp's default.
"""

import ctypes
import errno
import functools
import os
import socket

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_NOT_EQUAL, _MASKED_EQUAL = 1, 7
_NOT_KNOWN = -1
# CLONE_NEW: time, mount, cgroup, uts, ipc, user, pid and network namespaces.
_NAMESPACES = (
    0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_REFUSED = """
    acct add_key adjtimex bpf chroot clock_adjtime clock_settime create_module delete_module
    fanotify_init finit_module fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy
    init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load
    kexec_load keyctl lookup_dcookie mbind memfd_create memfd_secret
    migrate_pages mknod mknodat modify_ldt mount mount_setattr move_mount move_pages
    mq_open msgget name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open
    personality pidfd_getfd pivot_root process_madvise process_mrelease process_vm_readv
    process_vm_writev ptrace query_module quotactl quotactl_fd reboot request_key semget
    set_mempolicy setdomainname sethostname setns settimeofday shmat shmget stime swapoff swapon
    syslog umount umount2 unshare uselib userfaultfd ustat vhangup vm86 vm86old vmsplice
"""


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of seccomp.h."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    ]


@functools.cache
def program() -> bytes:
    """The filter for boxes (classic BPF), compiled once per process; OSError when it cannot be."""
    return compiled(tuple(_REFUSED.split()), only_local_sockets=True)


def compiled(refused: tuple[str, ...], only_local_sockets: bool) -> bytes:
    """A filter that refuses these calls and every way to make a namespace."""
    library = _library()
    context = library.seccomp_init(_ALLOW)
    if not context:
        raise OSError("libseccomp could not make a filter for this machine")
    try:
        for name in refused:
            _refuse(library, context, name, errno.EPERM)
        # clone3 hides its flags behind a pointer; with ENOSYS libc falls back to clone.
        _refuse(library, context, "clone3", errno.ENOSYS)
        for flag in _NAMESPACES:
            wanted = _Comparison(0, _MASKED_EQUAL, flag, flag)
            _refuse(library, context, "clone", errno.EPERM, wanted)
        for call in ("socket", "socketpair") if only_local_sockets else ():
            other = _Comparison(0, _NOT_EQUAL, socket.AF_UNIX, 0)
            _refuse(library, context, call, errno.EAFNOSUPPORT, other)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        raise OSError(
            "libseccomp is missing (Debian and Ubuntu: apt-get install libseccomp2)"
        ) from None
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_release.restype = None
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Comparison),
    ]  # fmt: skip
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


def _refuse(
    library: ctypes.CDLL, context: int, name: str, number: int, *comparisons: _Comparison
) -> None:
    call = library.seccomp_syscall_resolve_name(name.encode())
    if call == _NOT_KNOWN:  # newer than this libseccomp, or of another age
        return
    array = (_Comparison * len(comparisons))(*comparisons)
    failed = library.seccomp_rule_add_array(context, _ERRNO | number, call, len(comparisons), array)
    if failed:
        raise OSError(-failed, f"libseccomp refused a rule for {name}")


def _export(library: ctypes.CDLL, context: int) -> bytes:
    holder = os.memfd_create("seccomp")
    try:
        failed = library.seccomp_export_bpf(context, holder)
        if failed:
            raise OSError(-failed, "libseccomp could not write the filter")
        os.lseek(holder, 0, os.SEEK_SET)
        return os.read(holder, 1 << 20)
    finally:
        os.close(holder)
