"""This very process -> one that reads its libraries and writes one folder, by Linux's Landlock.

It takes no namespaces and no privileges, so it holds where those are forbidden.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

# the same numbers on every architecture
SYS_CREATE_RULESET, SYS_ADD_RULE, SYS_RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_FOLDER, REFER, TRUNCATE = (1 << bit for bit in (1, 2, 3, 13, 14))
READ = READ_FILE | READ_FOLDER
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))  # folders, files, pipes, links, devices
SINCE = {2: REFER, 3: TRUNCATE}  # version of Landlock that brought a right
OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
NULL = "/dev/null"


def lock(folder: str, readable: Iterable[str]) -> bool:
    """Forbid all writing outside the folder, and all reading outside the folder and the paths.

    The process must have given up new privileges before.

    Args:
        folder: where everything stays allowed.
        readable: files, and folders with all that is in them, that may be read beside it.

    Returns:
        Whether the system did it.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(SYS_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return False
    rights = READ | WRITE_FILE | REMOVE_AND_MAKE
    rights |= sum(right for since, right in SINCE.items() if version >= since)
    attributes = struct.pack("Q", rights)
    rules = libc.syscall(SYS_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    allowed = {**dict.fromkeys((*readable, "/proc/self"), READ), NULL: OF_FILES,
               folder: rights}  # fmt: skip
    try:
        done = [_allow(libc, rules, path, rights & right) for path, right in allowed.items()]
        return all(done) and libc.syscall(SYS_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # a file that is not there need not be read
        return True
    try:
        fitting = rights if Path(path).is_dir() else rights & OF_FILES
        rule = struct.pack("=Qi", fitting, place)
        return bool(libc.syscall(SYS_ADD_RULE, rules, RULE_PATH_BENEATH, rule, 0) == 0)
    finally:
        os.close(place)
