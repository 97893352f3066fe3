"""Network and layout -> Python source of one self-contained kernel module.

Layer sizes are literals in the text, so that LLVM unrolls and vectorizes every loop over samples;
everything the kernel calls is in the same text, so that the name of its file, a hash of the text,
changes whenever any of it does. Generated loops read as the equations they compute.
"""

from __future__ import annotations

from pathlib import Path

from initlab.engines.compiled.layout import Layout, Width
from initlab.networks.dense import DenseNetwork

TEMPLATES = Path(__file__).parent / "templates"
SLOPE_FROM_Z = ("gelu", "silu", "softplus", "sin")  # the others' slopes follow from a alone


def kernel_source(network: DenseNetwork, layout: Layout) -> str:
    """Return the whole text of the module that trains this network."""
    layers = range(1, layout.depth + 1)
    keep_z = network.nonlinearity in SLOPE_FROM_Z
    parts = [
        _template("arithmetic.py"),
        f"value, slope = value_{network.nonlinearity}, slope_{network.nonlinearity}",
        *(_forward(layout, k, keep_z=keep_z or k == layout.depth) for k in layers),
        _output(network, layout),
        *(_backward(layout, k) for k in range(layout.depth, 1, -1)),
        *(_weight_gradient(layout, k) for k in layers),
        _loss_and_gradient(layout),
    ]
    driver = _template("driver.py")
    head, tail = driver.split("@njit", 1)  # the loss needs the driver's flags, the driver the loss
    return "\n\n".join([parts[0], head, *parts[1:], "@njit" + tail])


def _template(name: str) -> str:
    lines = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.endswith("# strip"))


def _forward(layout: Layout, k: int, *, keep_z: bool) -> str:
    """Rows a = f(z) with z = W a + b, and z itself where the slope or the loss reads it."""
    i, o, block = layout.widths[k - 1], layout.widths[k], layout.block
    z_at, a_at = layout.row("z", k), layout.row("a", k)
    source = (
        f"x[{{}} * {block} + s]"
        if k == 1
        else f"work[{layout.row('a', k - 1)} + {{}} * {block} + s]"
    )
    finish = [f"work[{a_at} + {{}}] = value(z)"] if k < layout.depth else []
    if keep_z:
        finish = [f"work[{z_at} + {{}}] = z", *finish]
    return _matrix_product(
        name=f"forward_{k}(theta, x, work)",
        rows=o,
        columns=i,
        block=block,
        entry=f"theta[{layout.weight(k)} + {{row}} * {i.padded} + {{column}}]",
        start=f"theta[{layout.bias(k)} + {{row}}]",
        source=source,
        target=z_at,
        finish=finish,
    )


def _backward(layout: Layout, k: int) -> str:
    """Rows d of layer k - 1 = (Wᵀ d of layer k) f'(z)."""
    i, o, block = layout.widths[k - 1], layout.widths[k], layout.block
    z_at, a_at, d_at = (layout.row(kind, k - 1) for kind in "zad")
    return _matrix_product(
        name=f"backward_{k}(theta, work)",
        rows=i,
        columns=o,
        block=block,
        entry=f"theta[{layout.weight(k)} + {{column}} * {i.padded} + {{row}}]",
        start="0.0",
        source=f"work[{layout.row('d', k)} + {{}} * {block} + s]",
        target=d_at,
        finish=[f"work[{d_at} + {{}}] = z * slope(work[{z_at} + {{}}], work[{a_at} + {{}}])"],
    )


def _matrix_product(
    *,
    name: str,
    rows: Width,
    columns: Width,
    block: int,
    entry: str,
    start: str,
    source: str,
    target: int,
    finish: list[str],
) -> str:
    """Rows of z = start + entries · source, then what ``finish`` does with each z.

    With one tile of columns the sum stays in registers and is finished at once; with several it
    is built up in the target's rows, tile by tile, and finished in a last pass.
    """
    lines = [
        "@njit(**EXACT)",
        f"def {name}:",
        f"    for r in range(0, {rows.padded}, {rows.tile}):",
    ]
    single = columns.tile == columns.padded
    starts = [f"        b{t} = {start.format(row=f'(r + {t})')}" for t in range(rows.tile)]
    places = [f"(r + {t}) * {block} + s" for t in range(rows.tile)]
    if single:
        lines += starts
        column, indent = "{u}", " " * 8
    else:
        lines += [*starts, f"        for s in range({block}):"]
        lines += [f"            work[{target} + {places[t]}] = b{t}" for t in range(rows.tile)]
        lines += [f"        for c in range(0, {columns.padded}, {columns.tile}):"]
        column, indent = "(c + {u})", " " * 12
    for t in range(rows.tile):
        lines += [
            f"{indent}w{t}_{u} = {entry.format(row=f'(r + {t})', column=column.format(u=u))}"
            for u in range(columns.tile)
        ]
    lines += [f"{indent}for s in range({block}):"]
    lines += [
        f"{indent}    a{u} = {source.format(column.format(u=u))}" for u in range(columns.tile)
    ]
    for t in range(rows.tile):
        first = f"b{t}" if single else f"work[{target} + {places[t]}]"
        total = first + "".join(f" + w{t}_{u} * a{u}" for u in range(columns.tile))
        if single:
            lines += [f"{indent}    z = {total}"]
            lines += [f"{indent}    {line.replace('{}', places[t])}" for line in finish]
        else:
            lines += [f"{indent}    work[{target} + {places[t]}] = {total}"]
    if not single:
        for t in range(rows.tile):
            lines += [
                f"        for s in range({block}):",
                f"            z = work[{target} + {places[t]}]",
                *(f"            {line.replace('{}', places[t])}" for line in finish),
            ]
    return "\n".join(lines)


def _weight_gradient(layout: Layout, k: int) -> str:
    """Add d aᵀ to dW and the sum of d to db, over one block of samples."""
    i, block = layout.widths[k - 1], layout.block
    source = "x" if k == 1 else "work"
    at = 0 if k == 1 else layout.row("a", k - 1)
    d_at = layout.row("d", k)
    # the number of units is an argument: were it known, LLVM would write the loop out and sum
    # one unit's lanes in another order than those of its equal neighbour
    lines = ["@njit(**LANES)", f"def gradient_{k}(gradient, x, work, units):"]
    lines += [
        "    for i in range(units):",
        f"        for j in range(0, {i.padded}, {i.tile}):",
    ]
    lines += [f"            g{t} = 0.0" for t in range(i.tile)]
    lines += [
        "            g = 0.0",
        f"            for s in range({block}):",
        f"                d = work[{d_at} + i * {block} + s]",
        "                g += d",
    ]
    lines += [
        f"                g{t} += d * {source}[{at} + (j + {t}) * {block} + s]"
        for t in range(i.tile)
    ]
    row = f"{layout.weight(k)} + i * {i.padded} + j"
    lines += [f"            gradient[{row} + {t}] += g{t}" for t in range(i.tile)]
    lines += [f"        gradient[{layout.bias(k)} + i] += g"]  # every tile of inputs sums it anew
    return "\n".join(lines)


def _output(network: DenseNetwork, layout: Layout) -> str:
    """Sum of the losses of a block's samples, with d = weight · (prediction - target)."""
    block, k = layout.block, layout.depth
    z, d = layout.row("z", k), layout.row("d", k)
    losses, *free = (layout.scratch + r * block for r in range(3))
    body = {
        "binary_cross_entropy": _binary_output,
        "cross_entropy": _softmax_output,
        "half_mean_squared_error": _squared_output,
    }[network.loss](network, layout, z, d, losses, free)
    total = [
        "@njit(**LANES)",
        "def total_loss(weights, work):",
        "    loss = 0.0",
        f"    for s in range({block}):",
        # padding repeats a sample with weight 0; 0 times an infinite loss would be NaN
        f"        loss += work[{losses} + s] if weights[s] > 0.0 else 0.0",
        "    return loss",
    ]
    return "\n".join(["@njit(**EXACT)", "def output(y, weights, work):", *body, "", "", *total])


def _binary_output(
    network: DenseNetwork, layout: Layout, z: int, d: int, losses: int, free: list[int]
) -> list[str]:
    if network.loss_form == "probability":
        loss = "-logarithm(a if y[s] > 0.5 else 1.0 - a)"
    else:
        loss = "(z if z > 0.0 else 0.0) - y[s] * z + logarithm_one_plus(exponential(-abs(z)))"
    return [
        f"    for s in range({layout.block}):",
        f"        z = work[{z} + s]",
        "        a = value_sigmoid(z)",
        f"        work[{losses} + s] = {loss}",
        f"        work[{d} + s] = (a - y[s]) * weights[s]",
    ]


def _softmax_output(
    network: DenseNetwork, layout: Layout, z: int, d: int, losses: int, free: list[int]
) -> list[str]:
    block, classes = layout.block, layout.widths[-1].units
    top, total = free
    if network.loss_form == "probability":
        loss = f"-logarithm(work[{losses} + s] / work[{total} + s])"
        picked = f"work[{d} + c * {block} + s]"
    else:
        loss = f"logarithm(work[{total} + s]) - work[{losses} + s]"
        picked = f"work[{z} + c * {block} + s] - work[{top} + s]"
    return [
        f"    for s in range({block}):",
        f"        work[{top} + s] = work[{z} + s]",
        f"        work[{total} + s] = 0.0",
        f"    for c in range(1, {classes}):",
        f"        for s in range({block}):",
        f"            z = work[{z} + c * {block} + s]",
        f"            work[{top} + s] = work[{top} + s] if work[{top} + s] >= z else z",
        f"    for c in range({classes}):",
        f"        for s in range({block}):",
        f"            e = exponential(work[{z} + c * {block} + s] - work[{top} + s])",
        f"            work[{d} + c * {block} + s] = e",
        f"            work[{total} + s] += e",
        f"    for c in range({classes}):",
        f"        for s in range({block}):",
        f"            picked = {picked}",
        f"            work[{losses} + s] = picked if y[s] == c else work[{losses} + s]",
        f"            p = work[{d} + c * {block} + s] / work[{total} + s]",
        f"            work[{d} + c * {block} + s] = (p - (y[s] == c)) * weights[s]",
        f"    for s in range({block}):",
        f"        work[{losses} + s] = {loss}",
    ]


def _squared_output(
    network: DenseNetwork, layout: Layout, z: int, d: int, losses: int, free: list[int]
) -> list[str]:
    block, outputs = layout.block, layout.widths[-1].units
    return [
        f"    for s in range({block}):",
        f"        work[{losses} + s] = 0.0",
        f"    for c in range({outputs}):",
        f"        for s in range({block}):",
        f"            error = work[{z} + c * {block} + s] - y[c * {block} + s]",
        f"            work[{losses} + s] += 0.5 * error * error",
        f"            work[{d} + c * {block} + s] = error * weights[s]",
    ]


def _loss_and_gradient(layout: Layout) -> str:
    """Mean loss over all blocks; its gradient is left in ``gradient``."""
    steps = [f"forward_{k}(theta, x, work)" for k in range(1, layout.depth + 1)]
    steps += ["output(y, weights, work)", "loss += total_loss(weights, work)"]
    for k in range(layout.depth, 0, -1):
        steps += [f"gradient_{k}(gradient, x, work, widths[{k}])"]
        if k > 1:
            steps += [f"backward_{k}(theta, work)"]
    return "\n".join(
        [
            "@njit(**EXACT)",
            "def loss_and_gradient(theta, gradient, xs, ys, block_weights, share, work, widths):",
            f"    for p in range({layout.parameters}):",
            "        gradient[p] = 0.0",
            "    loss = 0.0",
            "    for block in range(xs.shape[0]):",
            "        x, y, weights = xs[block], ys[block], block_weights[block]",
            *(f"        {step}" for step in steps),
            # not in d: sums of ±1/2 are exact, so zeros keep a bias of 0 in any order of summing
            f"    for p in range({layout.parameters}):",
            "        gradient[p] *= share",
            "    return loss * share",
        ]
    )
