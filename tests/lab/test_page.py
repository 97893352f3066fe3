import base64
import json
import re
import zlib

import pytest

from initlab.errors import ArgumentError, StorageError
from initlab.lab.page import SCRIPT, STATIC, STYLE, record, static
from initlab.lab.scene import completed

SHORT = completed({"study": "circles", "steps": 20, "inits": ["zeros", "he_normal"]})


def held(path):
    page = path.read_text(encoding="utf-8")
    held_json = re.search(r'<script type="application/json" id="recorded">(.*?)</script>', page)[1]
    packed = base64.b64decode(json.loads(held_json)["deflate"])
    return page, json.loads(zlib.decompress(packed))


def test_a_recorded_page_holds_all_that_it_shows(tmp_path):
    path = record(SHORT, tmp_path / "demo.html", "ru")
    page, recorded = held(path)
    assert recorded["language"] == "ru"
    assert recorded["words"]["play"] == "Пуск"
    names = [name for name, _ in recorded["events"]]
    assert names[0] == "begin"
    assert names[-1] == "end"
    assert names.count("frame") == 2 * 21
    assert SCRIPT not in page
    assert STYLE not in page
    assert static("/lab.css")[1].decode() in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page.partition("<body")[0])


def test_a_whole_scene_is_under_two_megabytes_and_recording_it_again_gives_the_same(tmp_path):
    path = record(completed({}), tmp_path / "whole.html")
    assert path.stat().st_size < 2_000_000
    assert len(held(path)[1]["events"]) > 360


def test_other_names_and_places_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"path must be a file name that ends in \.html"):
        record(SHORT, tmp_path / "demo.txt")
    with pytest.raises(StorageError):
        record(SHORT, tmp_path / "nothing" / "demo.html")


def test_the_files_of_the_page_are_there():
    for path in STATIC:
        assert static(path)[1]
    with pytest.raises(KeyError):
        static("/page.py")
