"""The page in a real browser: what a reader sees and does there, with nothing between."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import initlab
from initlab.lab import runs
from initlab.lab.guided import GUIDED
from initlab.lab.page import record
from initlab.lab.scene import completed
from initlab.lab.texts import known
from initlab.translation import LANGUAGES
from tests.lab.asking import TOKEN, serving

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium")
OURS = re.compile(r"(http://127\.0\.0\.1:|file:|data:|blob:)")
PATIENCE = 120_000  # ms: a kernel may have to be compiled
SHORT = {"study": "circles", "steps": 200, "inits": ["zeros", "he_normal"]}


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def server():
    with serving() as (_, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser):
    """A page that reports its errors, and every request that leaves this machine."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: OURS.match(asked.url) or wrong.append(asked.url))
    page.set_default_timeout(PATIENCE)
    page.wrong = wrong
    yield page
    assert page.wrong == []
    context.close()


def opened(page, server):
    page.goto(f"{server}/#{TOKEN}")
    page.wait_for_selector("#panels canvas")


def trained(page):
    """Wait until all frames are there, and let the page stand at the last."""
    page.wait_for_function("() => Number(document.getElementById('place').max) > 1")


def test_the_page_opens_and_hides_its_token(page, server):
    opened(page, server)
    assert TOKEN not in page.url
    assert page.locator("#panels canvas").count() >= 3
    assert page.evaluate("document.cookie") == ""
    page.reload()
    page.wait_for_selector("#panels canvas")


def test_without_the_token_the_page_says_how_to_open_it(page, server):
    page.goto(server)
    page.wait_for_function(
        "() => document.getElementById('status').textContent.includes('initlab lab')"
    )
    page.wrong.clear()  # the refusal itself stands in the console


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guided_scene_is_shown_in_every_language(page, server, language):
    said = known(language)
    opened(page, server)
    page.select_option("#language", language)
    page.wait_for_function(f"() => document.documentElement.lang === '{language}'")
    for name, one in GUIDED.items():
        page.wait_for_selector(f"#guided option[value='{name}']", state="attached")
        page.select_option("#guided", name)
        first = said.get(one.sentences[0], one.sentences[0])
        page.wait_for_function(
            "words => document.getElementById('story').textContent.includes(words)", arg=first
        )
        page.wait_for_function(
            "count => document.querySelectorAll('#panels > *').length === count",
            arg=len(completed(one.scene)["inits"]),
        )


def test_a_link_restores_the_scene(page, server):
    opened(page, server)
    page.select_option("#guided", "symmetry")
    page.wait_for_function("() => location.hash.includes('s=')")
    page.wait_for_timeout(500)
    link, names = page.url, page.locator("#inits").inner_html()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#panels canvas")
    assert page.locator("#inits").inner_html() == names


def test_a_recorded_page_replays_from_a_file(page, tmp_path):
    page.goto(record(completed(SHORT), tmp_path / "demo.html").as_uri())
    page.wait_for_selector("#panels canvas")
    trained(page)
    assert page.locator("#panels > *").count() == 2
    page.wait_for_function(
        "() => document.getElementById('step').textContent === 'step 200 of 200'"
    )


def test_fifty_seeds_give_the_verdict_of_compare(page, server):
    opened(page, server)
    page.get_by_text("Try 50 seeds").click()
    result = initlab.compare("circles", seeds=50, progress=False)
    page.wait_for_function(
        "words => document.body.textContent.includes(words)", arg=str(result.verdict)
    )


def test_two_tabs_and_a_server_that_ends(page, browser, monkeypatch):
    monkeypatch.setattr(runs, "WORKERS", 1)
    with serving() as (_, port):
        server = f"http://127.0.0.1:{port}"
        opened(page, server)
        other = page.context.new_page()
        other.goto(server)
        other.wait_for_selector("#panels canvas", timeout=PATIENCE)
        other.close()
    assert json.dumps(page.locator("#panels > *").count()) == "3"
    page.wrong.clear()  # the connection was refused


AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.skipif(not AXE.is_file(), reason="needs axe: npm ci in web/")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
def test_axe_finds_nothing_serious(page, server, theme, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    opened(page, server)
    trained(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run().then(({ violations }) => violations)")
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
