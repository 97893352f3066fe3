import socket

import pytest

from initlab.errors import StorageError
from initlab.lab import server
from initlab.lab.server import listening


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
    assert said == ["No browser could be opened: open the address yourself."]
