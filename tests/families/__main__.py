"""Print, for each family, what was done with its parameters, and its first loss over guessing's.

``python -m tests.families``, with the extra ``initlab[families]``: the table of first losses in
docs/initialize.md.
"""

from __future__ import annotations

from collections import Counter

from .families import FAMILIES

SPECS = ("auto", "recipe", "he_normal", "he_normal; role:head=normal(std=0.01)")
DONE = ("set", "tied", "kept", "frozen", "not recognised")


def main():
    """Print the table."""
    print("set/tied/kept/frozen/asked, first loss over that of random guessing, and their ratio")
    print(f"{'':12}{'recipe':22}" + "".join(f"{spec:>40}" for spec in SPECS))
    for name, family in FAMILIES.items():
        cells = []
        for spec in SPECS:
            model = family.made()
            counts = Counter(row.done for row in family.initialized(model, spec).rows)
            loss = "-"
            if family.classes is not None:
                first, chance = family.loss(model)
                loss = f"{first:.3f}/{chance:.3f} = {first / chance:.2f}"
            cells.append(f"{'/'.join(str(counts[one]) for one in DONE)} {loss:>20}")
        print(f"{name:12}{family.recipe:22}" + "".join(f"{one:>40}" for one in cells))


if __name__ == "__main__":
    main()
