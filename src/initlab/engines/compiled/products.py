"""Layout -> generated loops of the matrix products: forward, backward and the weights' gradient.

In the text, s counts the samples of a block, r and c the first unit of a tile. Where a layer is a
single tile, its loop is left out and its indices are literals: numba's time to compile grows with
the operations in the text.
"""

from __future__ import annotations

from collections.abc import Callable

from initlab.engines.layout import Layout

Row = Callable[[int], str]  # offset of a kind of rows in ``work`` -> text of one entry of a row


def forward(layout: Layout, k: int, *, keep_z: bool) -> list[str]:
    """Rows a = f(z) with z = W a + b, and z itself where the slope or the loss reads it."""
    z_at, a_at = layout.row("z", k), layout.row("a", k)

    def finish(row: Row) -> list[str]:
        kept = [f"{row(z_at)} = z"] if keep_z else []
        return kept + ([f"{row(a_at)} = value(z)"] if k < layout.depth else [])

    return _product(layout, k, finish, source=_inputs(layout, k), target=z_at)


def backward(layout: Layout, k: int, *, slope_from_z: bool) -> list[str]:
    """Rows d of layer k - 1 = (Wᵀ d of layer k) f'(z); f' is given z only if it reads it."""
    z_at, a_at, d_at = (layout.row(kind, k - 1) for kind in "zad")

    def finish(row: Row) -> list[str]:
        z = row(z_at) if slope_from_z else "0.0"
        return [f"{row(d_at)} = z * slope({z}, {row(a_at)})"]

    source = ("work", layout.row("d", k))
    return _product(layout, k, finish, source=source, target=d_at, transposed=True)


def weight_gradient(layout: Layout, k: int) -> list[str]:
    """Add d aᵀ to dW and the sum of d to db, over one block of samples."""
    i, block = layout.widths[k - 1], layout.block
    source, at = _inputs(layout, k)
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


def _inputs(layout: Layout, k: int) -> tuple[str, int]:
    """Name of the array that holds the inputs of layer k, and their offset."""
    return ("x", 0) if k == 1 else ("work", layout.row("a", k - 1))


def _product(
    layout: Layout,
    k: int,
    finish: Callable[[Row], list[str]],
    *,
    source: tuple[str, int],
    target: int,
    transposed: bool = False,
) -> list[str]:
    """Rows z = W source + b of layer k, or Wᵀ source; then what ``finish`` does with each z.

    With one tile of columns the sum stays in registers and is finished at once; with several it
    is built up in the target's rows, tile by tile, and finished in a last pass.
    """
    columns, rows, block = layout.widths[k - 1], layout.widths[k], layout.block
    down, across = columns.padded, 1  # steps from an entry of W to its neighbors
    if transposed:
        rows, columns, down, across = columns, rows, across, down
    several_rows, several_columns = rows.tile < rows.padded, columns.tile < columns.padded
    tile = range(rows.tile)
    loop = [f"for s in range({block}):"] + ["    p = m + s"] * several_rows

    def row(t: int, at: int) -> str:
        return f"work[{_at(at + t * block, 'p' if several_rows else 's')}]"

    def finished(t: int) -> list[str]:
        return [f"    {line}" for line in finish(lambda at: row(t, at))]

    def start(t: int) -> str:
        bias = _at(layout.bias(k) + t, "r" if several_rows else "")
        return f"b{t} = " + ("0.0" if transposed else f"theta[{bias}]")

    terms = [f"r * {down}"] * several_rows + [f"c * {across}"] * several_columns
    starts, weights = [start(t) for t in tile], []
    for t in tile:
        place = _at(layout.weight(k) + t * down, " + ".join(terms))
        weights.append(f"w{t} = take(theta, {place}, {across}, {columns.tile})")
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


def _at(constant: int, variable: str) -> str:
    """Text of an index: a variable and a constant, or one of them alone."""
    if not variable:
        return str(constant)
    return f"{variable} + {constant}" if constant else variable
