"""The page's built files are what its sources in web/ give."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import initlab.lab

WEB = Path(__file__).parents[2] / "web"
STATIC = Path(initlab.lab.__file__).parent / "static"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (WEB / "node_modules" / "esbuild").is_dir(),
    reason="needs node, and its packages: npm ci in web/",
)


def run(*command):
    done = subprocess.run(
        command, cwd=WEB, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_building_again_gives_the_same_files(tmp_path):
    run(NODE, "build.mjs", str(tmp_path))
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert len(built) == 3


def test_the_sources_have_no_type_errors():
    run(NODE, "node_modules/typescript/bin/tsc", "--noEmit")


def test_the_script_stays_small():
    assert (STATIC / "lab.js").stat().st_size < 150_000
