import json

import pytest

from initlab.lab import body
from tests.lab.asking import said

NOT_AN_OBJECT = "The request body must be a JSON object without repeated keys."


@pytest.mark.parametrize("sent", [
    b"", b"{", b"[]", b"null", b'"x"', b'{"seed": NaN}', b'{"seed": Infinity}', b"\xff\xfe{}",
    b'{"seed": 1, "seed": 2}', b'{"a": ' + b"[" * 4_000, b"[" * 4_000 + b"]" * 4_000,
    b'{"seed": ' + b"9" * 5_000 + b"}", b'{"study": "\\ud800"}', b'{"a": {"b": 1, "b": 2}}',
], ids=lambda sent: sent[:20])  # fmt: skip
def test_what_is_no_json_object_is_refused(waiting_page, sent):
    answer = waiting_page.post("/api/runs", sent)
    assert (answer.status, said(answer)) == (400, NOT_AN_OBJECT)


@pytest.mark.parametrize(("scene", "field"), [
    ({"seed": 2**64}, "seed"), ({"seed": "1"}, "seed"), ({"seed": -1}, "seed"),
    ({"seed": True}, "seed"), ({"nothing": 1}, "scene"), ({"study": ["circles"]}, "study"),
    ({"study": "fashion-mnist"}, "study"), ({"data": "/etc/passwd"}, "scene"),
    ({"layer_dims": [2, 1e400, 1]}, None), ({"inits": "zeros"}, "inits"),
    ({"inits": ["<script>alert(1)</script>"]}, "inits"), ({"steps": 10**6}, "steps"),
])  # fmt: skip
def test_a_scene_that_is_refused_names_its_field(waiting_page, scene, field):
    answer = waiting_page.post("/api/runs", scene)
    assert answer.status == 400
    told = json.loads(answer.body)
    assert told.get("field") == field
    assert told["message"].endswith((".", ")"))
    assert "Traceback" not in told["message"]
    assert answer.headers["content-type"] == "application/json"


def test_a_large_body_is_refused_before_it_is_read(waiting_page):
    for length in (b"8193", b"1048577", b"99999999999999", b"-1", b"x"):
        answer = waiting_page.ask("POST", "/api/runs", b"{}", Content_Length=length.decode())
        assert answer.status in (400, 413)
        assert answer.headers["connection"] == "close"


def chunks(count):
    return b"400\r\n" + b" " * 1024 + b"\r\n" + (b"400\r\n" + b" " * 1024 + b"\r\n") * (count - 1)


def test_an_endless_body_is_refused_after_the_limit(waiting_page):
    answer = waiting_page.ask("POST", "/api/runs", chunks(20), Content_Length=None,
                              Transfer_Encoding="chunked")  # fmt: skip
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def test_a_packed_body_is_refused(waiting_page):
    answer = waiting_page.post("/api/runs", {}, Content_Encoding="gzip")
    assert answer.status == 415


def test_a_slow_body_is_refused(waiting_page, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.2)
    answer = waiting_page.ask("POST", "/api/runs", b"{", Content_Length="100")
    assert answer.status == 408
    assert answer.headers["connection"] == "close"
