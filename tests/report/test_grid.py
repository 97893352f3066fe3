"""A table that is wider than the terminal leaves columns out, and says which."""

from rich.console import Console

from initlab.report.grid import Grid, Row


def printed(width):
    headings = ("step", *(f"init_number_{k}" for k in range(6)))
    grid = Grid("Losses", headings, [Row("14,000", ("0.693147",) * 6)])
    console = Console(width=width)
    with console.capture() as capture:
        console.print(grid)
    return " ".join(capture.get().split())


def test_what_a_narrow_terminal_leaves_out_is_said():
    words = "Columns left out, because the terminal is narrow: init_number_3, init_number_4, "
    assert f"{words}init_number_5." in printed(60)
    assert "left out" not in printed(120)
