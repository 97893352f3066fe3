"""How much a learner's code may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """How much one check of a file may use.

    Attributes:
        seconds: wall clock, from the first line of the learner's code.
        memory: bytes of address space. NumPy needs 256 MiB, scikit-learn and PyTorch more.
        file_bytes: length of one file it writes, in a folder that is thrown away.
        processes: processes and threads, where the system counts them.
        open_files: files open at once.
        output_kept: bytes of what it prints that are shown.
        output_most: bytes printed after which it is ended.
        answer_bytes: bytes of returned values.
        start_seconds: wall clock until the first line of the learner's code.
    """

    seconds: float = 10.0
    memory: int = 1024 * MIB
    file_bytes: int = 16 * MIB
    processes: int = 16
    open_files: int = 256
    output_kept: int = 64 * 1024
    output_most: int = MIB
    answer_bytes: int = 64 * MIB
    start_seconds: float = 60.0

    @property
    def resources(self) -> dict[str, int]:
        """The limits that the kernel keeps, by their names in Python's ``resource``."""
        return {
            "RLIMIT_CPU": int(self.seconds) + 1,  # the wall clock strikes first; this is a net
            "RLIMIT_AS": self.memory,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }
