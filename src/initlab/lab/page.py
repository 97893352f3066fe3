"""The page's files, as they are served; and with the events of a scene in them, as one file."""

from __future__ import annotations

import base64
import os
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from initlab.files import write_atomically
from initlab.lab.options import options
from initlab.lab.recording import FILE, events
from initlab.lab.scene import completed
from initlab.lab.worker import as_json
from initlab.validation import local_file

FOLDER = Path(__file__).parent / "static"
STATIC = {  # path -> file and type; nothing else is served
    "/": ("index.html", "text/html"),
    "/lab.js": ("lab.js", "text/javascript"),
    "/lab.css": ("lab.css", "text/css"),
}
STYLE, SCRIPT = '<link rel="stylesheet" href="lab.css">', '<script src="lab.js" defer></script>'


@cache
def static(path: str) -> tuple[str, bytes]:
    """Return type and content of one of the page's files."""
    name, kind = STATIC[path]
    return kind, (FOLDER / name).read_bytes()


def record(scene: Mapping[str, Any], path: str | os.PathLike[str], language: str = "en") -> Path:
    """Train a scene, and write the page that replays it: one file, which needs no server.

    Args:
        scene: see :func:`initlab.lab.scene.prepared`.
        path: of the file, which ends in .html.
        language: of its words.

    Raises:
        InitlabError: the scene is refused, a cell fails, or the file cannot be written.
    """
    target = local_file("path", path, endings=(".html",))
    offered = options(language, scene)  # before training: a missing package is said at once
    found = [one for one in events(scene) if one[0] != FILE]
    told = next((one for one in offered["guided"] if one["scene"] == completed(scene)), None)
    kept = {
        **{name: offered[name] for name in ("version", "language", "words")},
        "story": told and {name: told[name] for name in ("title", "sentences")},
        "events": found,
    }
    packed = base64.b64encode(zlib.compress(as_json(kept).encode("utf-8"), 9)).decode("ascii")
    page, style, script = (static(name)[1].decode("utf-8") for name in ("/", "/lab.css", "/lab.js"))
    script = script.replace("</script", r"<\/script")  # would end the element it stands in
    page = page.replace(STYLE, f"<style>{style}</style>").replace(
        SCRIPT,
        f'<script type="application/json" id="recorded">{{"deflate":"{packed}"}}</script>'
        f"<script>{script}</script>",
    )
    write_atomically(target, page.encode("utf-8"), durable=False)
    return target
