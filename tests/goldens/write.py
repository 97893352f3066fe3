"""Today's initlab -> draws.json and values.json; only for numbers that move on purpose."""

from __future__ import annotations

import json

import initlab

from . import draws, files, numbers, studies


def main() -> None:
    """Write both files anew."""
    files.write(
        files.DRAWS,
        {init: draws.array_draws(init) | draws.module_draws(init) for init in draws.catalogue()},
    )
    values = {}
    for name, settings in {**studies.DENSE, **studies.modules()}.items():
        result = initlab.compare(**settings, progress=False)
        values[name] = numbers.numbers_of(json.loads(result.to_json()))
    files.write(files.VALUES, values)


if __name__ == "__main__":
    main()
