"""A client that is slow or silent is let go, and others are served."""

import socket
import time

from initlab.lab import server as served
from tests.lab.asking import TOKEN, Client, forget, until

HEAD = "GET /api/version HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"


def connected(port):
    opened = socket.create_connection(("127.0.0.1", port), timeout=30)
    opened.settimeout(30)
    return opened


def ended(opened):
    try:
        return opened.recv(1) == b""
    except ConnectionError:
        return True


def test_a_client_that_says_nothing_is_let_go(idle, monkeypatch):
    monkeypatch.setattr(served, "HEAD_SECONDS", 0.2)
    with connected(idle[1]) as opened:
        assert ended(opened)


def test_a_client_that_sends_its_headers_bit_by_bit_is_let_go_and_others_are_served(
    idle, monkeypatch
):
    monkeypatch.setattr(served, "HEAD_SECONDS", 0.5)
    slow = [connected(idle[1]) for _ in range(50)]
    page, began = Client(idle[1]).enter(), time.monotonic()
    dead = set()
    while len(dead) < len(slow) and time.monotonic() - began < 20:
        for opened in slow:
            try:
                opened.send(b"G")
            except ConnectionError:
                dead.add(opened)
        assert page.get("/api/version").status == 200
        time.sleep(0.05)
    assert len(dead) == len(slow)
    for opened in slow:
        opened.close()


def test_the_second_request_of_a_connection_has_the_same_limit(idle, monkeypatch):
    page = Client(idle[1]).enter()
    monkeypatch.setattr(served, "HEAD_SECONDS", 0.3)
    head = HEAD.format(idle[1]) + f"Cookie: {page.cookie}\r\n"
    with connected(idle[1]) as opened:
        opened.sendall(f"{head}\r\n".encode())
        answer = b""
        while b'{"version"' not in answer:
            answer += opened.recv(4096)
        opened.sendall(head.encode())
        began = time.monotonic()
        opened.settimeout(3)
        while not ended(opened):
            pass
        assert time.monotonic() - began < 3


def test_a_request_that_takes_long_is_not_cut_off(idle, monkeypatch):
    """The limit is one of headers: a stream waits as long as its run does."""
    monkeypatch.setattr(served, "HEAD_SECONDS", 0.2)
    page = Client(idle[1]).enter()
    run = page.begin(seed=5)
    answer = page.open("GET", f"/api/runs/{run}/events")
    time.sleep(0.6)
    assert idle[0].runs.get(run).followers == 1
    idle[0].runs._loop.call_soon_threadsafe(idle[0].runs.get(run).add, "begin", "{}")
    assert answer.readline() == b"id: 0\n"
    answer.close()
    until(lambda: idle[0].runs.get(run).followers == 0)
    forget(idle[0])


def test_a_client_that_does_not_read_is_let_go(idle, monkeypatch):
    monkeypatch.setattr(served, "WRITE_SECONDS", 0.3)
    page = Client(idle[1]).enter()
    recording = idle[0].runs.get(page.begin(seed=6))
    add = idle[0].runs._loop.call_soon_threadsafe
    for _ in range(100):
        add(recording.add, "frame", '"' + "x" * 100_000 + '"')
    with connected(idle[1]) as opened:
        head = f"GET /api/runs/{recording.id}/events HTTP/1.1\r\nHost: {page.host}\r\n"
        opened.sendall(f"{head}Cookie: {page.cookie}\r\n\r\n".encode())
        until(lambda: recording.followers == 1)
        until(lambda: recording.followers == 0)
    assert page.get("/api/version").status == 200
    assert TOKEN not in page.cookie
    forget(idle[0])
