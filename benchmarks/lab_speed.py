"""The lab: a warm run, the page in a browser, 50 seeds, 1,000 streams that break off, 100 pages.

``--seconds`` is how long the 100 pages ask. Everything goes through the command and HTTP, as a
browser does it. Pictures a second are those of headless Chromium, where there is one, with
playwright; "asked" is what the page is to reach.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import initlab

CIRCLES = {"study": "circles"}
BREAKS, PAGES = 1_000, 100
READY = "() => document.querySelectorAll('.panel').length === 3"
SHOWN = "() => [...document.querySelectorAll('.score')].every(one => one.textContent)"
ENDED = "() => document.getElementById('stop').hidden"
# from rewinding to the last frame: pictures, each of all three panels, and milliseconds
PLAYED = """async () => {
  const [step, place] = ["step", "place"].map(one => document.getElementById(one));
  document.getElementById("rewind").click();
  let pictures = 0;
  new MutationObserver(() => pictures++).observe(step, {childList: true});
  const began = performance.now();
  document.getElementById("play").click();
  while (place.value !== place.max) await new Promise(requestAnimationFrame);
  return [pictures, performance.now() - began];
}"""


class Page:
    """One page: its cookie, and requests."""

    def __init__(self, address: str) -> None:
        self.base, token = address.split("/#")
        self.cookie = ""
        with self.open("POST", "/api/session", {"token": token}) as answer:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]

    @contextlib.contextmanager
    def open(self, method: str, path: str, body: object = None):
        """Send a request, and yield its answer."""
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=120)
        headers = {"Origin": self.base, "Cookie": self.cookie, "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def begin(self, path: str, body: object) -> str:
        """Begin a run, and return its id."""
        with self.open("POST", path, body) as answer:
            return json.load(answer)["run"]

    def follow(self, run: str):
        """Yield the names of a run's events."""
        with self.open("GET", f"/api/runs/{run}/events") as answer:
            for line in answer:
                if line.startswith(b"event: "):
                    yield line[7:].decode().strip()


@contextlib.contextmanager
def served():
    """Run the command; yield the address and its process."""
    command = [sys.executable, "-m", "initlab", "lab", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip(), server.pid
        finally:
            server.send_signal(signal.SIGINT)


def warm_run(page: Page) -> None:
    """Print how soon the events of a scene come."""
    rows = []
    for seed in range(6):
        began, seen = time.perf_counter(), {}
        for name in page.follow(page.begin("/api/runs", {**CIRCLES, "seed": seed})):
            seen.setdefault(name, time.perf_counter() - began)
        rows.append([seen[name] for name in ("begin", "frame", "end")])
    first, frame, end = map(statistics.median, zip(*rows[1:], strict=True))
    print("three inits of circles, warm, median of five: "
          f"first event {first:.3f} s, first frame {frame:.3f} s, all 363 {end:.2f} s")  # fmt: skip


def in_a_browser(address: str) -> None:
    """Print how soon Chromium shows the page, and how many pictures a second it draws."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("no playwright, or no Chromium: the page in a browser is not measured")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(address)
        page.wait_for_function(SHOWN)
        ready, first = [], []
        for _ in range(5):
            page.reload(wait_until="commit")
            page.wait_for_function(READY)
            times = "performance.getEntriesByType('navigation')[0].responseStart, performance.now()"
            answered, now = page.evaluate(f"[{times}]")
            ready.append((now - answered) / 1000)
            page.wait_for_function(ENDED)
            command = page.text_content("#command")
            began = time.perf_counter()
            page.click("#new-seed")
            page.wait_for_function(
                "old => document.getElementById('command').textContent !== old", arg=command
            )
            page.wait_for_function(SHOWN)
            first.append(time.perf_counter() - began)
        page.wait_for_function(ENDED)
        print(
            f"in headless Chromium, median of five: page ready {statistics.median(ready):.2f} s "
            f"after the server answers (asked 0.7), first frame {statistics.median(first):.2f} s "
            "after a new seed (asked 0.5)"
        )
        for speed in ("1", "4"):
            page.select_option("#speed", speed)
            pictures, milliseconds = page.evaluate(PLAYED)
            seconds = milliseconds / 1000
            print(
                f"three inits of circles, 50 x 50 boundary, speed {speed}: {pictures} pictures in "
                f"{seconds:.1f} s, {pictures / seconds:.0f} a second per panel (asked 20)"
            )
        browser.close()


def many_seeds(page: Page) -> None:
    """Print how long 50 seeds take, beside compare."""
    times: dict[str, list[float]] = {"page": [], "compare": []}
    initlab.compare("circles", progress=False)  # warm
    for seeds in (50, 49, 51):  # other numbers: the same twice is one run
        began = time.perf_counter()
        run = page.begin("/api/seeds", {"scene": CIRCLES, "seeds": seeds})
        count = Counter(itertools.takewhile(lambda name: name != "verdict", page.follow(run)))
        times["page"].append((time.perf_counter() - began) / seeds * 50)
        assert count["seed"] == 3 * seeds
        began = time.perf_counter()
        str(initlab.compare("circles", seeds=seeds, progress=False).verdict)
        times["compare"].append((time.perf_counter() - began) / seeds * 50)
    lab, own = (statistics.median(one) for one in times.values())
    print(f"50 seeds x 3 inits: page {lab:.2f} s, compare in a warm process {own:.2f} s, "
          f"ratio {lab / own:.2f}")  # fmt: skip
    began = time.perf_counter()
    command = [sys.executable, "-m", "initlab", "compare", "circles", "--seeds", "50", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"the command line, with its start: {time.perf_counter() - began:.2f} s")


def held(process: int) -> tuple[int, int, int]:
    """Return a process's descriptors, threads and children."""
    folder = Path(f"/proc/{process}")
    tasks = [*(folder / "task").iterdir()]
    children = [one for task in tasks for one in (task / "children").read_text().split()]
    return len([*(folder / "fd").iterdir()]), len(tasks), len(children)


def broken_streams(page: Page, process: int) -> None:
    """Print what streams leave behind whose pages have gone."""
    run = page.begin("/api/runs", CIRCLES)
    before = held(process)
    for _ in range(BREAKS):
        with page.open("GET", f"/api/runs/{run}/events") as answer:
            answer.read(1)
    time.sleep(7)  # uvicorn keeps idle connections for five seconds
    print(f"{BREAKS:,} broken streams: descriptors, threads, processes before {before}, "
          f"after {held(process)}")  # fmt: skip


def hundred_pages(page: Page, address: str, seconds: float) -> None:
    """Print how soon a hundred pages are answered."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        time.sleep(number / PAGES)  # people do not press in step
        own = Page(address)
        kept = http.client.HTTPConnection(own.base.removeprefix("http://"), timeout=120)
        while time.monotonic() < end:
            began = time.perf_counter()
            kept.request("GET", "/api/version", headers={"Cookie": own.cookie})
            answer = kept.getresponse()
            answer.read()
            statuses[answer.status] += 1
            times.append(time.perf_counter() - began)
            time.sleep(1.0)
        kept.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(PAGES)]
    for thread in threads:
        thread.start()
    for seed in itertools.count(100):  # meanwhile something trains
        if time.monotonic() > end:
            break
        for _ in page.follow(page.begin("/api/runs", {**CIRCLES, "seed": seed})):
            pass
    for thread in threads:
        thread.join()
    p95 = sorted(times)[int(0.95 * len(times))]
    print(f"{PAGES} pages for {seconds:.0f} s while runs train: {sum(statuses.values()):,} answers "
          f"{dict(statuses)}, p95 {1e3 * p95:.0f} ms")  # fmt: skip


def recording() -> None:
    """Print how large a recorded scene is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.html"
        command = [sys.executable, "-m", "initlab", "lab", "--record", os.fspath(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        size = path.stat().st_size
        script = re.search("<script>(.*?)</script>", path.read_text(encoding="utf-8"), re.DOTALL)
        print(
            f"a recorded scene: {size / 1e6:.2f} MB, of which script {len(script[1]) / 1e3:.0f} kB"
        )


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with served() as (address, process):
        page = Page(address)
        warm_run(page)
        in_a_browser(address)
        many_seeds(page)
        broken_streams(page, process)
        hundred_pages(page, address, seconds)
    recording()


if __name__ == "__main__":
    main()
