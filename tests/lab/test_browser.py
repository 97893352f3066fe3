"""The page in a real browser: what a reader sees and does there, with nothing between."""

from __future__ import annotations

import base64
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
PATIENCE = 300_000  # ms: the kernel of a deep network may have to be compiled, beside other work
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


def opened(page, server, **scene):
    """Open the page, with a scene in its address if one is given."""
    octets = json.dumps(completed(scene)).encode()
    link = f"&s={base64.urlsafe_b64encode(octets).decode().rstrip('=')}" if scene else ""
    page.goto(f"{server}/#{TOKEN}{link}")
    page.wait_for_selector("#panels canvas")


def trained(page):
    """Wait until a run has begun, and the place can be moved."""
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
    page.wrong.clear()  # the error itself stands in the console


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guided_scene_is_shown_in_every_language(page, server, language):
    said = known(language)
    opened(page, server)
    page.select_option("#language", language)
    page.wait_for_selector(
        f"html[lang='{language}'] #guided option[value='zeros']", state="attached"
    )
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


@pytest.mark.parametrize(("language", "loss"), [("zh", "0.693"), ("ru", "0,693")])
def test_numbers_are_written_as_the_sentences_write_them(page, server, language, loss):
    opened(page, server)
    page.select_option("#language", language)
    page.wait_for_selector(f"html[lang='{language}'] #panels canvas")
    page.select_option("#guided", "zeros")
    page.wait_for_selector(f".reading:has-text('{loss}')")
    said = known(language)
    assert any(f"ln 2 = {loss}" in said[one] for one in GUIDED["zeros"].sentences)


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
    page.click("#theme")  # draws the losses again
    page.wait_for_function(
        "() => document.querySelector('.u-legend').textContent.includes('step200')"
    )


def set_field(page, name, text):
    page.fill(f"[data-field={name}]", text)
    page.keyboard.press("Tab")


def begun(page, steps):
    """Wait until a run of so many steps is shown."""
    page.wait_for_function(
        "steps => document.getElementById('step').textContent.endsWith(`of ${steps}`)",
        arg=f"{steps:,}",
    )


def test_the_place_in_the_training_can_be_moved_to(page, server):
    opened(page, server)
    set_field(page, "steps", "200")
    begun(page, 200)
    page.wait_for_function(
        "() => document.getElementById('step').textContent.startsWith('step 200')"
    )
    page.focus("#place")
    page.keyboard.press("Home")
    assert page.text_content("#step") == "step 0 of 200"
    page.keyboard.press("End")
    assert page.text_content("#step") == "step 200 of 200"


def test_a_field_keeps_focus_and_what_is_typed_while_another_scene_begins(page, server):
    opened(page, server)
    set_field(page, "learning_rate", "0.02")
    assert page.evaluate("document.activeElement.dataset.field") == "steps"
    page.keyboard.type("20")
    page.wait_for_function("() => document.getElementById('command').textContent.includes('0.02')")
    page.keyboard.type("0")
    assert page.input_value("[data-field=steps]") == "200"


def test_a_click_that_ends_typing_still_counts(page, server):
    opened(page, server)
    page.fill("[data-field=learning_rate]", "0.03")
    page.click("[data-field=more1]")
    page.wait_for_function(
        "() => ['0.03', '2,11,5,1'].every("
        "one => document.getElementById('command').textContent.includes(one))"
    )


def test_what_is_wrong_is_said_beside_its_field_and_stays(page, server):
    opened(page, server)
    set_field(page, "steps", "30000")
    begun(page, 30_000)
    set_field(page, "init1", "edge_of_chaos")  # whose argument has the name of another field
    page.wait_for_selector(".complaint")
    page.wait_for_selector("#stop", state="hidden")  # the run before has gone on, and has ended
    assert "nonlinearity must be given" in page.text_content("#status")
    assert page.get_attribute("[data-field=init1]", "aria-invalid") == "true"
    page.wrong.clear()  # the error itself stands in the console


def test_what_is_typed_is_shown_as_text(page, server):
    opened(page, server, **SHORT)
    text = "<b onclick>{{7*7}}</b>"
    set_field(page, "init1", text)
    page.wait_for_selector(".complaint")
    assert text in page.text_content(".complaint")
    assert page.locator("#settings b[onclick]").count() == 0
    page.wrong.clear()  # the error itself stands in the console


def test_seeds_belong_to_the_scene_they_were_asked_for(page, server):
    opened(page, server)
    set_field(page, "steps", "100")
    begun(page, 100)
    page.click("#try-seeds")
    page.click("#try-seeds")
    page.wait_for_selector("#verdict .headline")
    assert page.locator(".strip .seed").count() == 150
    page.click(".watch button")  # another seed is the same study
    page.wait_for_function(
        "() => document.getElementById('command').textContent.includes('--seed')"
    )
    assert page.is_visible("#verdict .headline")
    page.click("#try-seeds")
    page.select_option("#guided", "zeros")
    page.wait_for_selector("#many", state="hidden")
    page.wait_for_selector("#stop", state="hidden")
    assert page.is_hidden("#many")


def test_a_stopped_training_says_so(page, server):
    opened(page, server, study="digits")  # trains long enough for a slow page to stop it
    set_field(page, "steps", "29999")
    begun(page, 29_999)
    page.click("#stop")
    page.wait_for_selector(".badge:text('stopped')")
    page.wait_for_selector("#play[title=Play]")
    page.click("#again")  # the same scene, without a change
    page.wait_for_selector(".badge", state="hidden")
    page.wait_for_selector("#stop")
    assert page.is_hidden("#again")


SHOWN = "() => [...document.querySelectorAll('.score')].every(one => one.textContent)"


def weight_form(page, typed):
    """Type a number into the form that is open."""
    page.wait_for_selector(".weight")
    page.keyboard.press("Control+A")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def test_an_initial_weight_is_typed_by_the_keyboard_alone(page, server):
    opened(page, server, **SHORT)
    page.focus("#rewind")
    page.keyboard.press("Enter")
    page.wait_for_function(SHOWN)
    page.focus("#panels > :nth-child(2) .network")
    for _ in range(4):  # two inputs, then the second unit
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    weight_form(page, "no number")
    assert page.evaluate("!document.querySelector('.weight input').validity.valid")
    weight_form(page, "2,5")
    page.wait_for_function(
        "() => document.getElementById('command').textContent.includes('he_normal; W1[1,0]=2.5')"
    )
    page.wait_for_function(SHOWN)
    assert page.text_content("#step") == "step 0 of 200"  # which is what one wants to see
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => !document.getElementById('tip').hidden")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function(
        "() => document.getElementById('command').textContent.includes('he_normal; W1[1,0]=2.5')"
    )


def test_an_initial_weight_is_typed_where_it_is_pointed_at_and_drawn_again(page, server):
    opened(page, server, study="curve", steps=60)
    page.click("#rewind")
    page.wait_for_function(SHOWN)
    network = page.locator("#panels .network").nth(1)
    box = network.bounding_box()
    places = [(x / 40, y / 40) for x in range(8, 20) for y in range(1, 40)]
    for x, y in places:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if page.text_content("#tip").startswith("W1[1, 0] = 1"):
            break
    page.mouse.down()
    page.mouse.up()
    weight_form(page, "-0.5")
    rules = "W1=1; b1=0; W2=1; b2=0"
    page.wait_for_function(
        "words => document.getElementById('command').textContent.includes(words)",
        arg=f"{rules}; W1[1,0]=-0.5",
    )
    page.wait_for_function(SHOWN)
    for _ in range(3):  # the network has the focus: its input, then the second unit
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.click(".weight button:not(.primary)")
    page.wait_for_function(
        "words => document.getElementById('command').textContent.includes(words)", arg=f"'{rules}'"
    )


def test_a_picture_says_of_what_step_and_seed_it_is(page, server):
    opened(page, server, **SHORT)
    page.click("#rewind")
    with page.expect_download() as found:
        page.click("#png")
    assert found.value.suggested_filename == "circles-seed3-step0.png"


def test_the_theme_is_kept(page, server):
    opened(page, server, **SHORT)
    page.click("#theme")
    page.reload()
    page.wait_for_selector("html[data-theme=dark]")


def test_what_is_in_english_on_a_page_in_chinese_says_so(page, server):
    said = known("zh")
    opened(page, server, **SHORT)
    page.select_option("#language", "zh")
    page.wait_for_selector("html[lang=zh] #panels canvas")
    begin_words = said["Units are copies of one another."]
    page.wait_for_selector(f".sentence p:text('{begin_words}')")
    page.wait_for_selector(".sentence p[lang=en]:text('Units are copies')")
    page.click("#try-seeds")
    page.wait_for_selector("#verdict .headline")
    assert page.text_content("#verdict .headline")[:2] in ("这些", "没有", "胜者", "种子")
    page.wait_for_selector("#verdict [lang=en] .headline")
    set_field(page, "dropout", "2")
    page.wait_for_selector(f".complaint p:text('{said['This value is not accepted:']}')")
    page.wait_for_selector(".complaint p[lang=en]:text('dropout must be')")
    assert page.get_attribute("#status", "lang") == "en"
    page.wrong.clear()  # the error itself stands in the console


def test_a_guided_scene_is_still_told_after_a_reload(page, server):
    opened(page, server)
    page.select_option("#guided", "small")
    page.wait_for_function("() => location.hash.includes('s=')")
    page.wait_for_function("() => document.getElementById('command').textContent.includes('0.01')")
    page.reload()
    page.wait_for_selector("#story h2")
    assert page.input_value("#guided") == "small"
    page.select_option("[data-field=study]", "moons")
    page.wait_for_selector("#story", state="hidden")


def test_fifty_seeds_give_the_verdict_of_compare(page, server):
    opened(page, server, study="circles", steps=1000)
    page.get_by_text("Try 50 seeds").click()
    result = initlab.compare("circles", steps=1000, seeds=50, progress=False)
    assert str(result.verdict).startswith("Winner")
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
        set_field(page, "steps", "30000")
        begun(page, 30_000)
    set_field(page, "steps", "200")  # the run may have ended before the server did
    page.wait_for_function(
        "() => document.getElementById('status').textContent.includes('does not answer')"
    )
    assert page.locator("#panels > *").count() == 3
    page.wrong.clear()  # the connection was refused


def link_of(scene):
    return f"s={base64.urlsafe_b64encode(json.dumps(scene).encode()).decode().rstrip('=')}"


def scene_in_address(page):
    text = page.url.rpartition("s=")[2]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def status_says(page, words):
    page.wait_for_function(
        "words => document.getElementById('status').textContent.includes(words)", arg=words
    )


@pytest.mark.parametrize(("typed", "steps"), [("1,200", 1200), ("1 300", 1300), ("3e2", 300)])
def test_digits_may_be_grouped(page, server, typed, steps):
    opened(page, server, **SHORT)
    set_field(page, "steps", typed)
    begun(page, steps)
    assert page.input_value("[data-field=steps]") == str(steps)


@pytest.mark.parametrize("typed", ["Infinity", "1e999", "0x10", "1 000"])
def test_what_is_no_decimal_number_is_not_taken_for_one(page, server, typed):
    opened(page, server, **SHORT)
    set_field(page, "learning_rate", typed)
    said = page.wait_for_selector(".complaint").inner_text()
    assert said == f"Learning rate must be a number, got {typed}."
    assert scene_in_address(page)["learning_rate"] == 0.01


@pytest.mark.parametrize(
    ("field", "name"), [("learning_rate", "Learning rate"), ("noise", "Noise")]
)
def test_a_comma_that_may_separate_thousands_is_asked_about(page, server, field, name):
    opened(page, server, **SHORT)
    set_field(page, field, "1,000")
    said = page.wait_for_selector(".complaint").inner_text()
    assert said.startswith(f"{name}: 1,000 can mean two different numbers. Use a decimal point")
    set_field(page, field, "0,001")  # no group of digits begins with 0
    page.wait_for_function("() => document.getElementById('command').textContent.includes('0.001')")


def test_a_link_after_a_refused_value_is_that_of_the_study_that_is_shown(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, server, **SHORT)
    trained(page)
    set_field(page, "dropout", "2")
    page.wait_for_selector(".complaint")
    page.click("#copy-link")
    page.wait_for_selector("#copy-link:text('Copied a link to the last valid settings')")
    link = page.evaluate("navigator.clipboard.readText()").rpartition("s=")[2]
    assert json.loads(base64.urlsafe_b64decode(link + "=" * (-len(link) % 4)))["dropout"] == 0
    set_field(page, "dropout", "0.5")
    page.wait_for_function("() => document.getElementById('command').textContent.includes('0.5')")
    page.click("#copy-link")
    page.wait_for_selector("#copy-link:text-is('Copied')")
    page.wrong.clear()  # the error itself stands in the console


def test_settings_of_a_narrow_page_are_one_click_away_and_above_the_pictures(page, server):
    page.set_viewport_size({"width": 400, "height": 850})
    opened(page, server, **SHORT)
    assert not page.is_visible("#settings")
    button = page.locator("#show-settings").bounding_box()
    assert button["y"] + button["height"] < 850
    page.click("#show-settings")
    places = [page.locator(one).bounding_box()["y"] for one in ("#settings", "#panels")]
    assert places[0] < places[1]
    page.click("#show-settings")
    assert not page.is_visible("#settings")


@pytest.mark.parametrize("refused", [True, False])
def test_only_a_value_that_was_refused_is_called_so(page, server, refused):
    opened(page, server, **SHORT)
    trained(page)
    data = json.dumps({"message": "It failed.", "refused": refused})
    answer = {"content_type": "text/event-stream", "body": f"event: failed\ndata: {data}\n\n"}
    page.route("**/events", lambda route: route.fulfill(**answer))
    set_field(page, "steps", "170")
    status_says(page, "It failed.")
    assert page.locator("#settings .complaint").count() == refused
    assert page.is_visible("#again") == (not refused)


def test_an_empty_seed_is_the_seed_that_was(page, server):
    opened(page, server, **SHORT)
    set_field(page, "seed", "")
    assert page.input_value("[data-field=seed]") == "3"


def test_a_link_may_leave_settings_out(page, server):
    opened(page, server)
    page.goto("about:blank")
    page.goto(f"{server}/#{link_of({'study': 'curve', 'optimizer': 'gd', 'steps': 150})}")
    begun(page, 150)
    scene = scene_in_address(page)
    assert scene["layer_dims"] == [1, 2, 1]
    assert scene["batch_size"] is None


@pytest.mark.parametrize(
    "link", ["s=abc", "s=NQ", link_of({"study": "nope"}), link_of({"inits": 1})]
)
def test_a_link_that_cannot_be_read_is_said_and_the_usual_scene_is_shown(page, server, link):
    opened(page, server)
    page.goto("about:blank")
    page.goto(f"{server}/#{link}")
    page.wait_for_selector("#panels canvas")
    trained(page)
    assert "cannot be read" in page.inner_text("#status")


def test_a_story_ends_with_a_link_to_another_scene(page, server):
    opened(page, server)
    page.select_option("#guided", "zeros")
    page.wait_for_selector("#story p")
    page.evaluate("link => { location.hash = link }", link_of({"study": "curve", "steps": 150}))
    begun(page, 150)
    assert not page.locator("#story").is_visible()


def test_a_study_file_that_is_not_there_leaves_the_page_as_it_is(page, server):
    opened(page, server, **SHORT)
    trained(page)
    page.wait_for_selector("#stop", state="hidden")
    for status, words in (
        (409, "when the training has ended"),
        (404, "no longer stores this training"),
    ):
        answer = {"status": status, "json": {}}
        page.route("**/study.json", lambda route, _, answer=answer: route.fulfill(**answer))
        page.click("#study-file")
        status_says(page, words)
        page.unroute("**/study.json")
    assert page.locator("#panels .panel").count() == 2
    with page.expect_download() as found:
        page.click("#study-file")
    study = json.loads(Path(found.value.path()).read_text(encoding="utf-8"))
    assert study["study"]["seeds"] == [3]
    page.wrong.clear()  # two requests were refused


def test_a_seed_that_is_watched_is_in_sight(page, server):
    opened(page, server, **SHORT)
    trained(page)
    page.click("#try-seeds")
    page.wait_for_selector("#verdict .headline")
    page.locator(".watch button").first.click()
    page.wait_for_function(
        "() => document.getElementById('panels').getBoundingClientRect().top >= -1"
    )


def test_an_init_that_cannot_be_drawn_is_said_at_its_field(page, server):
    opened(page, server, **SHORT)
    set_field(page, "init0", "sparse(sparsity=0.5)")
    assert "allow_dead=True" in page.wait_for_selector(".complaint").inner_text()
    page.click("#try-seeds")  # is not waited for in vain
    page.wait_for_selector("#many", state="visible")


def test_a_busy_server_is_asked_again(page, server):
    opened(page, server, **SHORT)
    full = {"status": 429, "json": {"message": "8 runs are waiting or training."}}
    page.route("**/api/runs", lambda route: route.fulfill(**full), times=1)
    set_field(page, "steps", "160")
    status_says(page, "8 runs")
    begun(page, 160)
    page.wrong.clear()  # a request was refused


def test_a_recorded_guided_scene_tells_its_story(page, tmp_path):
    page.goto(record(completed(GUIDED["zeros"].scene), tmp_path / "zeros.html", "zh").as_uri())
    page.wait_for_selector("#panels canvas")
    said = page.locator("#story p").all_inner_texts()
    assert said == [known("zh")[one] for one in GUIDED["zeros"].sentences]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_counts_of_the_confusion_table_can_be_read(page, server, theme):
    page.emulate_media(color_scheme=theme)
    opened(page, server, study="digits", inits=["zeros", "he_normal"], steps=20)
    trained(page)
    page.click("#rewind")
    spread = page.evaluate("""() => {
        const canvas = document.querySelector("canvas.answer");
        const cell = Math.floor(canvas.width / 10);
        const { data } = canvas.getContext("2d").getImageData(3, 3, cell - 6, cell - 6);
        const reds = [...data].filter((_, k) => k % 4 === 0);
        return Math.max(...reds) - Math.min(...reds);
    }""")
    assert spread > 100  # all answers are the first class: its cell is full


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
