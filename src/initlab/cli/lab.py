"""``initlab lab``: a scene -> the page that trains it, in the browser; or one file of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from initlab.cli.options import explained
from initlab.lab.guided import GUIDED
from initlab.lab.words import STUDIES
from initlab.settings.kinds import SEED, file, whole
from initlab.validation import left_out


@explained({
    "study": f"The study: {', '.join(STUDIES)}.",
    "init": ("An initialization to train from, such as he_normal. Repeat the option for up to four "
             "initializations. To list all initializations: initlab inits", "<str>"),
    "seed": ("Seed of the initializations.", SEED),
    "scene": (f"A guided scene: {', '.join(GUIDED)}.", "NAME"),
    "port": ("First port to try; by default 8123.", whole(1024, 65_535)),
    "no_open": "Print the address, without opening a browser.",
    "lang": "Language of the page: en, zh or ru. By default the language in $INITLAB_LANGUAGE, or "
            "en if this variable is not set.",
    "record": ("Train the scene, write it to this .html file, and exit. The file is a page that "
               "replays the training without a server.",
               file("FILE")),
})  # fmt: skip
def lab_command(
    study: str | None = None,
    *,
    init: list[str] | None = None,
    seed: int | None = None,
    scene: str | None = None,
    port: int | None = None,
    no_open: bool = False,
    lang: str | None = None,
    record: Path | None = None,
) -> None:
    """Watch initializations train side by side in your browser.

    The page is served to this machine alone, until Ctrl-C. The first line printed is the address of
    the page.

    [bold]Examples[/bold]

      initlab lab
      [dim]the study circles with the inits zeros, normal(std=10) and he_normal[/dim]

      initlab lab circles --init zeros --init he_normal --seed 3
      [dim]two initializations of your choice[/dim]

      initlab lab --scene chaos --lang ru
      [dim]a guided scene, in Russian[/dim]

      initlab lab curve --record curve.html
      [dim]the training as one file, for a lecture or an email[/dim]
    """
    from initlab.extras import load_optional
    from initlab.lab.scene import prepared, scene_of
    from initlab.translation import LANGUAGES, named_language
    from initlab.validation import one_of

    language = named_language() if lang is None else one_of("lang", lang, tuple(LANGUAGES))
    given = {"study": study, "inits": init, "seed": seed}
    said = {name: value for name, value in given.items() if value is not None}
    found = scene_of(prepared({**_guided(scene, study, init), **said})[0])
    if record is not None:
        from initlab.lab.page import record as write

        left_out({"port": port, "no_open": no_open or None},
                 "with --record, which needs no server")  # fmt: skip
        print(write(found, record, language))
        return
    for package in ("starlette", "uvicorn"):
        load_optional(package, f"The lab page needs {package}, which", "lab")
    from initlab.lab.server import serve

    serve(
        found,
        language=language,
        port=port,
        say=partial(print, flush=True),
        open_browser=not no_open,
    )


def _guided(name: str | None, study: str | None, init: list[str] | None) -> dict[str, Any]:
    from initlab.validation import one_of

    if name is None:
        return {}
    one_of("scene", name, tuple(GUIDED))
    left_out({"study": study, "init": init}, "with --scene")
    return dict(GUIDED[name].scene)
