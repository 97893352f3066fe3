"""``python -m tests.fuzzing calls|lines COUNT [FIRST] [SEED]``: raw exceptions are listed."""

from __future__ import annotations

import sys
import time
from collections import Counter

import matplotlib as mpl

mpl.use("agg")


def main() -> int:
    kind, count = sys.argv[1], int(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    if kind == "calls":
        from .calls import outcome, targets

        pool = targets()

        def one(number):
            return outcome(number, seed, pool)
    else:
        from .lines import outcome as line_outcome

        def one(number):
            return line_outcome(number, seed)

    counts, kinds = Counter(), Counter()
    for number in range(first, first + count):
        began = time.monotonic()
        result, words = one(number)
        took = time.monotonic() - began
        counts[result] += 1
        if took > 10:
            print(f"SLOW {took:.1f} s: #{number} {words}", flush=True)
        if result == "raw":
            key = words.split()[0]
            kinds[key] += 1
            if kinds[key] <= 3:
                print(words, flush=True)
    print(dict(counts))
    print(kinds.most_common())
    return 1 if counts["raw"] else 0


if __name__ == "__main__":
    sys.exit(main())
