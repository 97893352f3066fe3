"""This very process -> one that writes nowhere but in one folder, by Linux's Landlock.

It takes no namespaces and no privileges, so it holds where those are forbidden. Reading stays free.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

# the same numbers on every architecture
SYS_CREATE_RULESET, SYS_ADD_RULE, SYS_RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
WRITE_FILE, REFER, TRUNCATE = 1 << 1, 1 << 13, 1 << 14
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))  # folders, files, pipes, links, devices
SINCE = {2: REFER, 3: TRUNCATE}  # version of Landlock that brought a right
NULL = "/dev/null"


def lock_writing(folder: str) -> bool:
    """Refuse to write, make or remove anything outside the folder, but for /dev/null.

    The process must have given up new privileges before.

    Returns:
        Whether the system did it.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(SYS_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return False
    rights = WRITE_FILE | REMOVE_AND_MAKE
    rights |= sum(right for since, right in SINCE.items() if version >= since)
    attributes = struct.pack("Q", rights)
    rules = libc.syscall(SYS_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        of_files = rights & (WRITE_FILE | TRUNCATE)
        return (
            _allow(libc, rules, folder, rights)
            and _allow(libc, rules, NULL, of_files)
            and libc.syscall(SYS_RESTRICT_SELF, rules, 0) == 0
        )
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> bool:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, place)
        return bool(libc.syscall(SYS_ADD_RULE, rules, RULE_PATH_BENEATH, rule, 0) == 0)
    finally:
        os.close(place)
