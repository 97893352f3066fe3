"""Layout -> generated loops of the matrix products: forward, backward and the weights' gradient.

In the text, s counts the samples of a block, r and c the first unit of a tile. Where a layer is a
single tile, its loop is left out and its indices are literals: numba's time to compile grows with
the operations in the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from initlab.engines.layout import Layout, Width

Row = Callable[[int], str]  # offset of a kind of rows in ``work`` -> text of one entry of a row


def forward(layout: Layout, k: int, *, keep_z: bool) -> list[str]:
    """Rows a = f(z) with z = W a + b, and z itself where the slope or the loss reads it."""
    i, o = layout.widths[k - 1], layout.widths[k]
    z_at, a_at = layout.row("z", k), layout.row("a", k)

    def finish(row: Row) -> list[str]:
        kept = [f"{row(z_at)} = z"] if keep_z else []
        return kept + ([f"{row(a_at)} = value(z)"] if k < layout.depth else [])

    return _product(
        Entries(layout.weight(k), i.padded, 1, bias=layout.bias(k)),
        rows=o,
        columns=i,
        block=layout.block,
        source=("x", 0) if k == 1 else ("work", layout.row("a", k - 1)),
        target=z_at,
        finish=finish,
    )


def backward(layout: Layout, k: int, *, slope_from_z: bool) -> list[str]:
    """Rows d of layer k - 1 = (Wᵀ d of layer k) f'(z); f' is given z only if it reads it."""
    i, o = layout.widths[k - 1], layout.widths[k]
    z_at, a_at, d_at = (layout.row(kind, k - 1) for kind in "zad")

    def finish(row: Row) -> list[str]:
        z = row(z_at) if slope_from_z else "0.0"
        return [f"{row(d_at)} = z * slope({z}, {row(a_at)})"]

    return _product(
        Entries(layout.weight(k), 1, i.padded, bias=None),
        rows=i,
        columns=o,
        block=layout.block,
        source=("work", layout.row("d", k)),
        target=d_at,
        finish=finish,
    )


def weight_gradient(layout: Layout, k: int) -> list[str]:
    """Add d aᵀ to dW and the sum of d to db, over one block of samples."""
    i, block = layout.widths[k - 1], layout.block
    source, at = ("x", 0) if k == 1 else ("work", layout.row("a", k - 1))
    d_at = layout.row("d", k)
    # the number of units is an argument: were it known, LLVM would write the loop out and sum
    # one unit's lanes in another order than those of its equal neighbour
    return [
        "for i in range(units):",
        f"    row = i * {block}",
        f"    for j in range(0, {i.padded}, {i.tile}):",
        f"        column = j * {block}",
        f"        tile = ({'0.0, ' * i.tile})",
        "        total = 0.0",
        f"        for s in range({block}):",
        f"            d = work[{_at(d_at, 'row + s')}]",
        "            total += d",
        f"            tile = plus_multiples(tile, d, {source}, {_at(at, 'column + s')}, {block})",
        f"        add_to(gradient, {_at(layout.weight(k), f'i * {i.padded} + j')}, tile)",
        f"    gradient[{layout.bias(k)} + i] += total",  # every tile of inputs sums it anew
    ]


@dataclass(frozen=True)
class Entries:
    """Where a matrix lies in ``theta``: its first entry, steps down and across; its bias."""

    first: int
    down: int
    across: int
    bias: int | None


def _product(
    entries: Entries,
    *,
    rows: Width,
    columns: Width,
    block: int,
    source: tuple[str, int],
    target: int,
    finish: Callable[[Row], list[str]],
) -> list[str]:
    """Rows of z = bias + entries · source, then what ``finish`` does with each z.

    With one tile of columns the sum stays in registers and is finished at once; with several it
    is built up in the target's rows, tile by tile, and finished in a last pass.
    """
    several_rows, several_columns = rows.tile < rows.padded, columns.tile < columns.padded
    tile = range(rows.tile)
    loop = [f"for s in range({block}):"] + ["    p = m + s"] * several_rows

    def row(t: int, at: int) -> str:
        return f"work[{_at(at + t * block, 'p' if several_rows else 's')}]"

    def finished(t: int) -> list[str]:
        return [f"    {line}" for line in finish(lambda at: row(t, at))]

    starts = _starts(entries, rows.tile, "r" if several_rows else "")
    weights = _weights(entries, rows, columns)
    place = _at(source[1], "n + s" if several_columns else "s")
    activations = f"    a = take({source[0]}, {place}, {block}, {columns.tile})"
    if not several_columns:
        lines = [*starts, *weights, *loop, activations]
        for t in tile:
            lines += [f"    z = plus_products(b{t}, w{t}, a)", *finished(t)]
    else:
        totals = [row(t, target) for t in tile]
        lines = [*starts, *loop, *(f"    {totals[t]} = b{t}" for t in tile)]
        lines += [f"for c in range(0, {columns.padded}, {columns.tile}):"]
        inner = [f"n = c * {block}", *weights, *loop, activations]
        inner += [f"    {totals[t]} = plus_products({totals[t]}, w{t}, a)" for t in tile]
        lines += [f"    {line}" for line in inner]
        for t in tile:
            lines += [*loop, f"    z = {totals[t]}", *finished(t)]
    if several_rows:
        head = [f"for r in range(0, {rows.padded}, {rows.tile}):", f"    m = r * {block}"]
        lines = head + [f"    {line}" for line in lines]
    return lines


def _starts(entries: Entries, tile: int, variable: str) -> list[str]:
    """What the sums of a tile of rows begin with: b0, b1, ..."""
    if entries.bias is None:
        return [f"b{t} = 0.0" for t in range(tile)]
    return [f"b{t} = theta[{_at(entries.bias + t, variable)}]" for t in range(tile)]


def _weights(entries: Entries, rows: Width, columns: Width) -> list[str]:
    """The entries of a tile of rows and a tile of columns: tuples w0, w1, ..., one per row."""
    terms = [f"r * {entries.down}"] if rows.tile < rows.padded else []
    terms += [f"c * {entries.across}"] if columns.tile < columns.padded else []
    places = (_at(entries.first + t * entries.down, " + ".join(terms)) for t in range(rows.tile))
    return [
        f"w{t} = take(theta, {place}, {entries.across}, {columns.tile})"
        for t, place in enumerate(places)
    ]


def _at(constant: int, variable: str) -> str:
    """Text of an index: a variable and a constant, or one of them alone."""
    if not variable:
        return str(constant)
    return f"{variable} + {constant}" if constant else variable
