"""Sums over the units of one tile, written out in registers (text of every compiled kernel).

numba types and translates every operation of a text by itself, which takes longer than LLVM's
work on it. Each function here is one operation to numba; what LLVM sees is the same.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic(prefer_literal=True)
def take(typing_context, array, first, step, count):
    """Tuple of array[first], array[first + step], ...; ``step`` and ``count`` are literals."""
    tile = types.UniTuple(types.float64, count.literal_value)
    hop = step.literal_value

    def build(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        values = []
        for k in range(tile.count):
            place = builder.add(arguments[1], ir.Constant(ir.IntType(64), k * hop))
            values.append(builder.load(builder.gep(data, [place])))
        return context.make_tuple(builder, tile, values)

    return tile(array, types.int64, step, count), build


@intrinsic
def plus_products(typing_context, start, left, right):
    """Sum start + left[0] * right[0] + left[1] * right[1] + ..., from the left."""

    def build(context, builder, signature, arguments):
        total = arguments[0]
        tiles = (cgutils.unpack_tuple(builder, tile) for tile in arguments[1:])
        for a, b in zip(*tiles, strict=True):
            total = builder.fadd(total, builder.fmul(a, b))
        return total

    return types.float64(types.float64, left, right), build


@intrinsic(prefer_literal=True)
def plus_multiples(typing_context, totals, factor, array, first, step):
    """Tuple of totals[0] + factor * array[first], totals[1] + factor * array[first + step], ..."""
    hop = step.literal_value

    def build(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[2]).data
        values = []
        for k, total in enumerate(cgutils.unpack_tuple(builder, arguments[0])):
            # each entry is loaded where it is used: LLVM interleaves by the values alive at once
            place = builder.add(arguments[3], ir.Constant(ir.IntType(64), k * hop))
            entry = builder.load(builder.gep(data, [place]))
            values.append(builder.fadd(total, builder.fmul(arguments[1], entry)))
        return context.make_tuple(builder, totals, values)

    return totals(totals, types.float64, array, types.int64, step), build


@intrinsic
def add_to(typing_context, array, first, tile):
    """Do array[first] += tile[0], array[first + 1] += tile[1], ..."""

    def build(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        for k, value in enumerate(cgutils.unpack_tuple(builder, arguments[2])):
            place = builder.add(arguments[1], ir.Constant(ir.IntType(64), k))
            pointer = builder.gep(data, [place])
            builder.store(builder.fadd(builder.load(pointer), value), pointer)
        return context.get_dummy_value()

    return types.void(array, types.int64, tile), build
