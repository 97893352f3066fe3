"""The lab's server in a thread, and a client that sends whatever it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import http.client
import json
import threading
import time

from initlab.lab.api import Api
from initlab.lab.scene import completed
from initlab.lab.server import listening, server_of

TOKEN = "the-token-of-the-tests"


class Client:
    """A page: it has the token, and the cookie once it has entered."""

    def __init__(self, port):
        self.port, self.host, self.cookie = port, f"127.0.0.1:{port}", ""

    def enter(self):
        answer = self.post("/api/session", {"token": TOKEN})
        assert answer.status == 204
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return self

    def ask(self, method, path, body=None, **headers):
        """Send a request; a header that is None is left out."""
        with contextlib.closing(self.open(method, path, body, **headers)) as answer:
            answer.body = answer.read()
        return answer

    def open(self, method, path, body=None, **headers):
        usual = {"Host": self.host, "Origin": f"http://{self.host}", "Cookie": self.cookie or None,
                 "Connection": "close"}  # fmt: skip
        given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            return self._sent(connection, method, path, body, given)
        except BaseException:
            connection.close()
            raise

    @staticmethod
    def _sent(connection, method, path, body, given):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if body is not None:
            given = {"Content-Type": "application/json", "Content-Length": str(len(body))} | given
        for name, value in given.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    connection.putheader(name, one)
        connection.endheaders(body)
        return connection.getresponse()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body, **headers):
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, given, **headers)

    def begin(self, path="/api/runs", **body):
        answer = self.post(path, body)
        assert answer.status == 202, answer.body
        return json.loads(answer.body)["run"]

    def follow(self, run, last=None):
        """Yield (id, name, data) of a run's events."""
        answer = self.open("GET", f"/api/runs/{run}/events", Last_Event_ID=last)
        assert answer.status == 200, answer.read()
        block = {}
        with contextlib.closing(answer):
            for line in answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if line.startswith(b":"):  # it says that it is alive, while a process begins
                    continue
                if name:
                    block[name] = value
                elif block:
                    yield int(block["id"]), block["event"], json.loads(block["data"])
                    block = {}


def said(answer):
    return json.loads(answer.body)["message"]


@contextlib.contextmanager
def serving():
    """Serve the page, and yield the application's parts and its port."""
    with listening(0) as listener:
        port = listener.getsockname()[1]
        api = Api(completed({}), "en", port, TOKEN)
        server = server_of(api)
        sockets = {"sockets": [listener]}
        thread = threading.Thread(target=server.run, kwargs=sockets, daemon=True)
        thread.start()
        try:
            until(lambda: server.started)
            yield api, port
        finally:
            server.should_exit = True
            thread.join(60)
            if thread.is_alive():
                faulthandler.dump_traceback()
                for task in asyncio.all_tasks(api.runs._loop):
                    task.print_stack()
        assert not thread.is_alive(), "the server did not end within a minute: stderr has where"


def forget(api):
    """Let a server that trains nothing have no runs again."""
    api.runs._kept.clear()
    api.runs._left.clear()


def until(holds, seconds=300):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)
