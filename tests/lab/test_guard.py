import contextlib
import json

import pytest

from initlab.lab.guard import OPEN, SESSION
from tests.lab.asking import TOKEN, Client, said

# a run that there is not: who may ask is decided before it is looked for
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def routes(api):
    for route in api.routes:
        method = "POST" if "POST" in route.methods else "GET"
        yield method, route.path.replace("{run}", "0" * 32), route.methods


def wrong_hosts(port):
    return (
        "evil.com", f"evil.com:{port}", f"127.0.0.1.evil.com:{port}", f"10.evil.example:{port}",
        "", f"localhost:{port + 1}", "127.0.0.1", f"LOCALHOST.:{port}",
    )  # fmt: skip


def wrong_origins(port):
    return (
        "null", f"http://127.0.0.1:{port + 1}", f"https://127.0.0.1:{port}",
        f"http://page.127.0.0.1:{port}", f"http://localhost:{port}", "http://evil.com",
    )  # fmt: skip


def test_the_routes_are_these(idle):
    listed = [(method, path) for method, path, _ in routes(idle[0])]
    run = f"/api/runs/{'0' * 32}"
    assert listed == [
        ("GET", "/"), ("GET", "/lab.js"), ("GET", "/lab.css"),
        ("POST", "/api/session"), ("GET", "/api/version"), ("GET", "/api/options"),
        ("POST", "/api/runs"), ("POST", "/api/seeds"), ("GET", f"{run}/events"),
        ("POST", f"{run}/stop"), ("GET", f"{run}/trace.svg"), ("GET", f"{run}/trace.json"),
        ("GET", f"{run}/study.json"),
    ]  # fmt: skip


def test_no_route_is_open_without_the_cookie_but_the_page_and_the_way_to_the_cookie(idle):
    stranger = Client(idle[1])
    for method, path, _ in routes(idle[0]):
        body = b"{}" if method == "POST" else None
        for cookie in (None, "initlab=1", f"initlab_{idle[1]}=", f"initlab_{idle[1]}={TOKEN}"):
            status = stranger.ask(method, path, body, Cookie=cookie).status
            assert status == (200 if path in OPEN else 401), (method, path, cookie)


def test_no_route_answers_to_another_name(waiting_page, idle):
    for method, path, _ in routes(idle[0]):
        for host in wrong_hosts(idle[1]):
            origin = None if method == "GET" else f"http://{host}"
            body = b"{}" if method == "POST" else None
            answer = waiting_page.ask(method, path, body, Host=host, Origin=origin)
            assert answer.status in (400, 403), (method, path, host)
        two = [waiting_page.host, "evil.com"]
        assert waiting_page.ask(method, path, Host=two, Origin=None).status in (400, 403)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_the_names_of_this_machine_are_answered_to(waiting_page, name):
    host = f"{name}:{waiting_page.port}"
    answer = waiting_page.get("/api/version", Host=host, Origin=f"http://{host}")
    assert answer.status == 200


def test_no_route_answers_to_another_page(waiting_page, idle):
    for method, path, _ in routes(idle[0]):
        body = b"{}" if method == "POST" else None
        for origin in wrong_origins(idle[1]):
            answer = waiting_page.ask(method, path, body, Origin=origin)
            assert answer.status == 403, (method, path, origin)
        for site in ("cross-site", "same-site", "what"):
            answer = waiting_page.ask(method, path, body, Sec_Fetch_Site=site)
            assert answer.status == 403, (method, path, site)


def test_what_changes_something_must_say_where_it_comes_from(waiting_page, idle):
    for method, path, _ in routes(idle[0]):
        if method == "POST":
            assert waiting_page.ask(method, path, b"{}", Origin=None).status == 403, path
    for method in ("DELETE", "PUT", "PATCH"):
        assert waiting_page.ask(method, "/api/options", Origin=None).status == 403


def test_no_route_takes_another_method(waiting_page, idle):
    for _, path, allowed in routes(idle[0]):
        for method in METHODS:
            if method not in allowed:
                answer = waiting_page.ask(method, path, X_HTTP_Method_Override="POST")
                assert answer.status == 405, (method, path)


def test_no_route_takes_another_type(waiting_page, idle):
    for method, path, _ in routes(idle[0]):
        if method == "POST":
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                         "application/jsonx", None):  # fmt: skip
                answer = waiting_page.ask(method, path, b"{}", Content_Type=kind)
                assert answer.status == 415, (path, kind)


@pytest.mark.parametrize("path", [
    "/index.html", "/static/lab.js", "/lab.js/", "//lab.js", "/..%2fguard.py", "/%2e%2e/guard.py",
    "/lab.js%00.css", "/..%5cguard.py", "//host/share", "/etc/passwd", "/api", "/api/runs/../runs",
    "http://evil.com/",
])  # fmt: skip
def test_only_listed_files_are_served(waiting_page, path):
    answer = waiting_page.get(path)
    assert answer.status in (400, 404)
    assert b"initlab/" not in answer.body


def test_a_large_head_is_refused(waiting_page):
    assert waiting_page.get("/api/version?" + "a" * 9_000).status == 414
    assert waiting_page.get("/", X_Long="a" * 20_000).status in (400, 431)
    with contextlib.suppress(ConnectionError):  # ended before all of it was sent
        assert waiting_page.get("/", X_Long="a" * 300_000).status in (400, 431)
    many = {f"X_{k}": "1" for k in range(200)}
    assert waiting_page.get("/", **many).status == 431


def test_the_token_is_exchanged_for_a_strict_cookie_of_this_port(idle):
    page = Client(idle[1])
    answer = page.post(SESSION, {"token": TOKEN})
    name, *rest = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"initlab_{idle[1]}=")
    assert TOKEN not in name
    assert sorted(one.lower() for one in rest) == ["httponly", "path=/", "samesite=strict"]
    assert page.enter().get("/api/version").status == 200


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + "x", "", None, 1, [TOKEN], "\ud800", "ß"])
def test_another_token_is_refused(idle, token):
    answer = Client(idle[1]).post(SESSION, {"token": token})
    assert answer.status in (400, 401)
    assert "set-cookie" not in answer.headers


def test_every_answer_has_the_strict_headers(waiting_page, idle):
    answers = [waiting_page.get(path) for path in ("/", "/api/options", "/nothing")]
    answers += [Client(idle[1]).get("/api/options"), waiting_page.get("/", Host="evil.com")]
    for answer in answers:
        policy = dict(
            part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_an_error_in_a_handler_is_told_by_a_number_and_the_server_lives(
    waiting_page, idle, caplog, monkeypatch
):
    def fails(*_):
        raise RuntimeError("/a/secret/path")

    monkeypatch.setattr(idle[0].runs, "get", fails)
    answer = waiting_page.get(f"/api/runs/{'0' * 32}/study.json")
    assert answer.status == 500
    assert "secret" not in answer.body.decode()
    number = said(answer).split("as error ")[1].rstrip(".")
    assert number in caplog.text
    assert "/a/secret/path" in caplog.text
    assert waiting_page.get("/api/version").status == 200


def test_a_websocket_is_refused(waiting_page):
    answer = waiting_page.get("/api/version", Connection="Upgrade, close", Upgrade="websocket",
                              Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
                              Sec_WebSocket_Version="13")  # fmt: skip
    assert answer.status != 101
    assert json.loads(answer.body)["version"]
