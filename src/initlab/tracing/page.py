"""Trace -> an HTML page: the picture, and every quantity of every step in words."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from initlab.tracing.explanation import Row, conclusion, rows
from initlab.tracing.table import COLUMNS, ROWS, array_lines, heading, loss_words

if TYPE_CHECKING:
    from initlab.tracing.step import Step
    from initlab.tracing.trace import Trace

MOST_TABLES = 100  # steps whose rows are written out
PARTS = {"forward": "Forward", "backward": "Backward", "parameters": "After the update"}
STYLE = """
body { margin: 0 auto; max-width: 86rem; padding: 1rem; background: #fff; color: #222;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
.wide { overflow-x: auto; }
h2 { font-size: 1.2rem; margin: 2rem 0 .3rem; }
p { margin: .3rem 0 .8rem; }
.quiet { color: #5c5c61; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { border-bottom: 1px solid #d9d9de; padding: .3rem 1.2rem .3rem 0; text-align: left;
  vertical-align: top; }
th { font-weight: 600; }
th.part { padding-top: 1rem; }
pre { margin: 0; font: .9rem/1.4 ui-monospace, monospace; }
.zero { color: #66666e; } .equal { color: #5f35ae; } .unchanged { color: #00608f; }
"""


def page(trace: Trace) -> str:
    """Return the page; it holds all it needs."""
    title = escape(heading(trace))
    tables = "\n".join(_step(step) for step in trace.steps[:MOST_TABLES])
    steps, more = len(trace.steps), ""
    if steps > MOST_TABLES:
        more = (f"<p>Only the first {MOST_TABLES} of {steps:,} steps are listed here; the trace "
                f"saved as .json holds all {steps:,}.</p>")  # fmt: skip
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · initlab trace</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1 hidden>{title}</h1>
<div class="wide">
{trace.to_svg()}</div>
<h2>Every quantity, with its equation</h2>
<p>In X each row is a sample and each column an input. In Z, A, dZ and dA each row is a sample and
each column a unit. In W1 and dW1 each row is an input and each column a unit of layer 1; in W2 and
dW2 each row is a unit of layer 1 and each column a unit of layer 2, and so on. Only the first
{ROWS} rows and {COLUMNS} columns of large arrays are shown.</p>
{tables}
{more}
</main>
</body>
</html>
"""


def _step(step: Step) -> str:
    lines = []
    for part, described in groupby(rows(step), key=lambda row: row.part):
        lines.append(f'<tr><th class="part" colspan="3">{PARTS[part]}</th></tr>')
        lines += map(_row, described)
    return f"""<h2>Step {step.step}</h2>
<p class="quiet">{escape(loss_words(step))}</p>
<p>{escape(conclusion(step))}</p>
<div class="wide"><table>
<tr><th>Quantity</th><th>Value</th><th>Equation and remarks</th></tr>
{chr(10).join(lines)}
</table></div>"""


def _row(row: Row) -> str:
    why = "".join(
        f'<br><span class="{remark.kind}">{escape(remark.clause)}</span>' for remark in row.remarks
    )
    value = escape("\n".join(array_lines(row.value)))
    return (
        f"<tr><td>{escape(row.name)}</td><td><pre>{value}</pre></td>"
        f"<td>{escape(row.equation)}{why}</td></tr>"
    )
