"""The page's server: a free port of this machine alone, and no client that others wait for."""

from __future__ import annotations

import socket
import time

import pytest

from initlab.errors import StorageError
from initlab.lab import server
from initlab.lab.server import listening
from tests.lab.asking import TOKEN, Client, forget, until


def test_a_port_that_is_taken_gives_way_to_the_next_free_one():
    with listening(0) as first:
        port = first.getsockname()[1]
        with listening(port) as second:
            assert second.getsockname()[1] != port
            assert second.getsockname()[0] == "127.0.0.1"


def test_where_none_of_the_next_ports_is_free_any_other_is_taken(monkeypatch):
    monkeypatch.setattr(server, "TRIED", 1)
    with listening(0) as first, listening(first.getsockname()[1]) as second:
        assert second.getsockname()[1] != first.getsockname()[1]


def test_only_the_loopback_interface_is_listened_to():
    with listening(0) as listener, socket.socket() as other:
        other.settimeout(5)
        own = socket.gethostbyname(socket.gethostname())
        if own.startswith("127."):
            pytest.skip("this machine has no other address")
        assert other.connect_ex((own, listener.getsockname()[1])) != 0


def test_ipv6_alone_is_enough(monkeypatch):
    real = socket.socket.bind

    class Socket(socket.socket):
        def bind(self, address):
            if self.family == socket.AF_INET:
                raise OSError(99, "Cannot assign requested address")
            real(self, address)

    monkeypatch.setattr(server.socket, "socket", Socket)
    try:
        with listening(0) as listener:
            assert listener.getsockname()[0] == "::1"
    except StorageError:
        pytest.skip("this machine has no IPv6")


def test_a_machine_without_a_port_is_told_in_a_sentence(monkeypatch):
    class Socket(socket.socket):
        def bind(self, address):
            raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(server.socket, "socket", Socket)
    with pytest.raises(
        StorageError, match="No port of this machine can be opened for the page: Operation"
    ):
        listening(8123)


@pytest.mark.parametrize("opens", [False, RuntimeError("no display")])
def test_no_browser_is_no_failure(monkeypatch, opens):
    def open_it(address):
        if isinstance(opens, Exception):
            raise opens
        return opens

    said = []
    monkeypatch.setattr(server.webbrowser, "open", open_it)
    server._open("http://127.0.0.1:1/#x", said.append)
    assert said == ["No browser could be opened. Open the address yourself."]


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
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    with connected(idle[1]) as opened:
        assert ended(opened)


def test_a_client_that_sends_its_headers_bit_by_bit_is_let_go_and_others_are_served(
    idle, monkeypatch
):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
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
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
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
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
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
    monkeypatch.setattr(server, "WRITE_SECONDS", 0.3)
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
