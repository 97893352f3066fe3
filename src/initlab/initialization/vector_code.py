"""Arithmetic on vectors of 32-bit numbers -> LLVM's instructions -> machine code of this process.

LLVM takes vectors as they are, so that no pass has to find the parallel loop: the code is ready in
0.03 s, llvmlite's import included. numba, which is built upon llvmlite, takes 0.3 s to import.
Nothing is reordered and nothing is fused: LLVM may do neither without a flag, and none is set.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LANES = 16  # numbers of a vector; LLVM splits it where registers are shorter
FLOATS, WORDS = f"<{LANES} x float>", f"<{LANES} x i32>"
SQRT, ABS = f"@llvm.sqrt.v{LANES}f32", f"@llvm.fabs.v{LANES}f32"


@dataclass(frozen=True)
class Vector:
    """A vector in code that is being written; an operator writes one instruction.

    Attributes:
        name: its name in the code.
        kind: ``FLOATS`` or ``WORDS``.
        code: the instructions so far, which all vectors of a loop share.
    """

    name: str
    kind: str
    code: list[str]

    def __add__(self, other: Any) -> Vector:
        return self._with("fadd" if self.kind == FLOATS else "add", other)

    def __sub__(self, other: Any) -> Vector:
        return self._with("fsub" if self.kind == FLOATS else "sub", other)

    def __mul__(self, other: Any) -> Vector:
        return self._with("fmul", other)

    def __and__(self, other: Any) -> Vector:
        return self._with("and", other)

    def __xor__(self, other: Any) -> Vector:
        return self._with("xor", other)

    def __rshift__(self, other: Any) -> Vector:
        return self._with("lshr", other)

    def __rsub__(self, other: float) -> Vector:
        return Vector(_constant(other, self.kind), self.kind, self.code) - self

    def __abs__(self) -> Vector:
        return self._new(f"call {FLOATS} {ABS}({FLOATS} {self.name})", FLOATS)

    def sqrt(self) -> Vector:
        """Return the square roots, rounded correctly."""
        return self._new(f"call {FLOATS} {SQRT}({FLOATS} {self.name})", FLOATS)

    def words(self) -> Vector:
        """Return the same bits as whole numbers."""
        return self._new(f"bitcast {FLOATS} {self.name} to {WORDS}", WORDS)

    def floats(self) -> Vector:
        """Return the same bits as floats."""
        return self._new(f"bitcast {WORDS} {self.name} to {FLOATS}", FLOATS)

    def rounded(self) -> Vector:
        """Return the nearest floats of whole numbers with a sign."""
        return self._new(f"sitofp {WORDS} {self.name} to {FLOATS}", FLOATS)

    def _with(self, operation: str, other: Any) -> Vector:
        name = other.name if isinstance(other, Vector) else _constant(other, self.kind)
        return self._new(f"{operation} {self.kind} {self.name}, {name}", self.kind)

    def _new(self, instruction: str, kind: str) -> Vector:
        name = f"%v{len(self.code)}"
        self.code.append(f"{name} = {instruction}")
        return Vector(name, kind, self.code)


def _constant(value: Any, kind: str) -> str:
    """Return a vector of equal numbers, floats to their last bit."""
    one = f"i32 {int(value)}"
    if kind == FLOATS:
        (bits,) = struct.unpack("<Q", struct.pack("<d", float(value)))
        one = f"float 0x{bits:016X}"
    return f"<{', '.join([one] * LANES)}>"


def compiled_loop(
    formula: Callable[[Vector, Vector, Vector], tuple[Vector, Vector]],
) -> Callable[[float, int, int, int, int, int], None]:
    """Return a loop over two arrays of words that writes two arrays of float32 numbers.

    Args:
        formula: takes a scalar, as a vector of it, and a vector of each array of words; returns
            the vectors to be written.

    Returns:
        A function of the scalar, the addresses of the four arrays and their length, a multiple
        of ``LANES``.
    """
    import llvmlite.binding as llvm

    code: list[str] = []
    scalar = Vector("%scalars", FLOATS, code)
    first, second = formula(scalar, *(Vector(one, WORDS, code) for one in ("%left", "%right")))
    instructions = "\n          ".join(code)
    text = f"""
        declare {FLOATS} {SQRT}({FLOATS})
        declare {FLOATS} {ABS}({FLOATS})
        define void @loop(float %scalar, ptr %in1, ptr %in2, ptr %out1, ptr %out2, i64 %count) {{
        entry:
          %lane = insertelement {FLOATS} poison, float %scalar, i32 0
          %scalars = shufflevector {FLOATS} %lane, {FLOATS} poison, {WORDS} zeroinitializer
          br label %each
        each:
          %i = phi i64 [0, %entry], [%next, %each]
          %from1 = getelementptr i32, ptr %in1, i64 %i
          %from2 = getelementptr i32, ptr %in2, i64 %i
          %left = load {WORDS}, ptr %from1, align 4
          %right = load {WORDS}, ptr %from2, align 4
          {instructions}
          %to1 = getelementptr float, ptr %out1, i64 %i
          %to2 = getelementptr float, ptr %out2, i64 %i
          store {FLOATS} {first.name}, ptr %to1, align 4
          store {FLOATS} {second.name}, ptr %to2, align 4
          %next = add i64 %i, {LANES}
          %more = icmp ult i64 %next, %count
          br i1 %more, label %each, label %done
        done:
          ret void
        }}"""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    address = engine.get_function_address("loop")
    loop = ctypes.CFUNCTYPE(None, ctypes.c_float, *[ctypes.c_void_p] * 4, ctypes.c_int64)(address)
    loop.engine = engine  # type: ignore[attr-defined]  # the code is gone with its engine
    return loop
