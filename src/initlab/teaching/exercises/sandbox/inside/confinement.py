"""This very process -> one that writes nowhere but in its own folder, and starts nothing.

Four layers, each as far as the system has it: limits on resources, no privileges, a filter of
system calls (Linux on x86-64 and ARM64), and read-only files (where the process has namespaces of
its own).
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY = 1
SYS_MOUNT_SETATTR = 442  # the same number on every architecture
PR_CAPBSET_DROP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 24, 22, 38, 47
CAPABILITY_VERSION_3 = 0x20080522
SECCOMP_MODE_FILTER = 2

ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
LOAD, JUMP_EQUAL, JUMP_SET, JUMP_GREATER, RETURN = 0x20, 0x15, 0x45, 0x25, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, (16, 24)
CLONE_THREAD = 0x10000
LARGEST_NUMBER = 0x3FFFFFFF  # above are the calls of a second x86 convention
SET_OWNER = (8, 15)  # of fcntl: who gets a signal when a file is ready, be it the checker


@dataclass(frozen=True)
class Calls:
    """Numbers of system calls on one architecture.

    Attributes:
        audit: number of the architecture itself.
        clone, clone3: threads are allowed, processes are not.
        own: allowed only on this process, or on 0, which means it: tgkill, prlimit64.
        fcntl: all but ``SET_OWNER``.
        refused: refused outright.
    """

    audit: int
    clone: int
    clone3: int
    own: tuple[int, ...]
    fcntl: int
    refused: tuple[int, ...]


ARCHITECTURES = {
    "x86_64": Calls(0xC000003E, 56, 435, (234, 302), 72, (
        57, 58, 59, 322,  # fork, vfork, execve, execveat
        41, 53, 425,  # socket, socketpair, io_uring_setup
        62, 200, 129, 297, 424, 434,  # kill, tkill, queued signals, pidfd_*
        101, 310, 311,  # ptrace, process_vm_*
        272, 308, 165, 442,  # unshare, setns, mount, mount_setattr
        141, 142, 144, 203, 251, 314,  # priorities, which reach other processes too
        319, 29, 64, 68, 240, 248,  # memory that no limit counts, or that stays: memfd, IPC, keys
        90, 91, 268, 452, 92, 93, 94, 260,  # chmod, chown: Landlock lets them pass
        132, 235, 261, 280, 188, 189, 190, 197, 198, 199, 463, 466,  # utime, xattr: likewise
    )),
    "aarch64": Calls(0xC00000B7, 220, 435, (131, 261), 25, (
        221, 281,  # execve, execveat
        198, 199, 425,  # socket, socketpair, io_uring_setup
        129, 130, 138, 240, 424, 434,  # kill, tkill, queued signals, pidfd_*
        117, 270, 271,  # ptrace, process_vm_*
        97, 268, 40, 442,  # unshare, setns, mount, mount_setattr
        140, 118, 119, 122, 30, 274,  # priorities, which reach other processes too
        279, 194, 190, 186, 180, 217,  # memory that no limit counts, or that stays
        52, 53, 452, 55, 54,  # chmod, chown: Landlock lets them pass
        88, 5, 6, 7, 14, 15, 16, 463, 466,  # utime, xattr: likewise
    )),
}  # fmt: skip


def limit_resources(limits: Mapping[str, int]) -> None:
    """Set limits such as ``{"RLIMIT_CPU": 10}`` that nothing in this process can raise again."""
    import resource

    for name, most in limits.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        _, hard = resource.getrlimit(number)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(number, (most, most))
        except (OSError, ValueError):  # macOS has no limit on addresses, for one
            continue


def lock_files(scratch: str, scratch_bytes: int) -> bool:
    """Make every file read-only, except in a small new folder in memory.

    It takes a mount namespace of its own.

    Returns:
        Whether the system did it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    flags = MS_NOSUID | MS_NODEV
    libc.mount(b"proc", b"/proc", b"proc", flags | MS_NOEXEC, None)  # a container may forbid it
    size = f"size={scratch_bytes},mode=0700".encode()
    if libc.mount(b"tmpfs", os.fsencode(scratch), b"tmpfs", flags, size):
        return False
    read_only = struct.pack("QQQQ", MOUNT_ATTR_RDONLY, 0, 0, 0)
    writable = struct.pack("QQQQ", 0, MOUNT_ATTR_RDONLY, 0, 0)
    for path, what, how in ((b"/", read_only, AT_RECURSIVE),
                            (os.fsencode(scratch), writable, 0)):  # fmt: skip
        if libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, path, how, what, len(what)):
            return False
    os.chdir(scratch)
    return True


def drop_privileges() -> None:
    """Give up all capabilities for good; nothing started later gets them back."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)  # 4: clear all
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.capset(struct.pack("Ii", CAPABILITY_VERSION_3, 0), struct.pack("6I", *[0] * 6))


def filter_system_calls() -> bool:
    """Forbid new processes, programs, sockets and harm to other processes; allow threads.

    Returns:
        Whether the system has such a filter.
    """
    if not sys.platform.startswith("linux") or platform.machine() not in ARCHITECTURES:
        return False
    program = b"".join(_program(ARCHITECTURES[platform.machine()]))
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(kept))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) == 0)


def _program(calls: Calls) -> list[bytes]:
    """Spell the filter for the kernel, instruction by instruction."""
    lines = [
        _line(LOAD, ARCHITECTURE_AT),
        _line(JUMP_EQUAL, calls.audit, 1, 0),
        _line(RETURN, REFUSE),
        _line(LOAD, NUMBER_AT),
        _line(JUMP_GREATER, LARGEST_NUMBER, 0, 1),
        _line(RETURN, REFUSE),
    ]
    for number in calls.refused:
        lines += [_line(JUMP_EQUAL, number, 0, 1), _line(RETURN, REFUSE)]
    # with ENOSYS the C library falls back to clone, whose flags can be read
    lines += [_line(JUMP_EQUAL, calls.clone3, 0, 1), _line(RETURN, UNKNOWN)]
    lines += [
        _line(JUMP_EQUAL, calls.clone, 0, 4),
        _line(LOAD, ARGUMENTS_AT[0]),
        _line(JUMP_SET, CLONE_THREAD, 1, 0),
        _line(RETURN, REFUSE),
        _line(RETURN, ALLOW),
    ]
    for number in calls.own:
        lines += _by_argument(number, 0, (0, os.getpid()), ALLOW, REFUSE)
    lines += _by_argument(calls.fcntl, 1, SET_OWNER, REFUSE, ALLOW)
    return [*lines, _line(RETURN, ALLOW)]


def _by_argument(
    number: int, argument: int, values: Sequence[int], among: int, otherwise: int
) -> list[bytes]:
    """Answer one call by one of its arguments: ``among`` the values, or otherwise."""
    count = len(values)
    return [
        _line(JUMP_EQUAL, number, 0, count + 3),
        _line(LOAD, ARGUMENTS_AT[argument]),
        *(_line(JUMP_EQUAL, value, count - k, 0) for k, value in enumerate(values)),
        _line(RETURN, otherwise),
        _line(RETURN, among),
    ]


def _line(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)
