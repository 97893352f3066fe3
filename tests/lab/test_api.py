import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from initlab.lab import api
from initlab.lab.scene import completed
from initlab.study.environment import versions
from tests.lab.asking import Client, said, until

SHORT = {"study": "circles", "steps": 40, "inits": ["zeros", "he_normal"]}
CURVE = {"study": "curve", "steps": 30}


def names(found):
    return [name for _, name, _ in found]


def test_a_scene_is_trained_and_its_events_have_numbers(page):
    answer = page.post("/api/runs", SHORT)
    assert answer.status == 202
    begun = json.loads(answer.body)
    assert begun["scene"] == completed(SHORT)
    found = list(page.follow(begun["run"]))
    assert [number for number, _, _ in found] == [*range(len(found))]
    assert names(found)[0] == "begin"
    assert names(found)[-1] == "end"
    assert names(found).count("frame") == 2 * 41


def test_a_stream_goes_on_behind_the_last_event_that_came(page):
    run = page.begin(**SHORT)
    whole = list(page.follow(run))
    assert list(page.follow(run, last="9")) == whole[10:]
    for nonsense in ("", "x", "-1", "9" * 400):
        assert list(page.follow(run, last=nonsense)) == whole
    after = page.get(f"/api/runs/{run}/events", Last_Event_ID=str(len(whole) - 1))
    assert (after.status, after.body) == (204, b"")


def test_two_pages_see_the_same(page, training):
    other = Client(training[1]).enter()
    run = page.begin(**SHORT, seed=11)
    assert other.begin(**SHORT, seed=11) == run
    with ThreadPoolExecutor(2) as both:
        one, two = both.map(lambda one: list(one.follow(run)), (page, other))
    assert one == two


def test_seeds_are_counted_and_judged(page):
    run = page.begin("/api/seeds", scene=SHORT, seeds=6)
    found = list(page.follow(run))
    assert names(found).count("seed") == 12
    assert names(found)[-2:] == ["verdict", "end"]
    for seeds in (0, 201, "6", None, True, 2**70):
        answer = page.post("/api/seeds", {"scene": SHORT, "seeds": seeds})
        assert answer.status == 400
        assert json.loads(answer.body)["field"] == "seeds"
    for body in ({"scene": SHORT}, {"scene": SHORT, "seeds": 6, "more": 1}):
        assert page.post("/api/seeds", body).status == 400


def test_the_study_is_saved_as_compare_writes_it(page, tmp_path):
    from initlab.analysis import read_study

    run = page.begin(**SHORT)
    list(page.follow(run))
    answer = page.get(f"/api/runs/{run}/study.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="study.json"'
    (tmp_path / "study.json").write_bytes(answer.body)
    assert read_study(tmp_path / "study.json").study.inits == ("zeros", "he_normal")


def test_a_run_is_stopped(page):
    run = page.begin(study="digits", steps=30_000)
    events = page.follow(run)
    assert next(events)[1] == "begin"
    assert page.post(f"/api/runs/{run}/stop", {}).status == 204
    rest = names(events)
    assert rest[-1] == "end"
    assert "done" not in rest


def test_a_frame_is_traced(page):
    run = page.begin(**CURVE)
    found = list(page.follow(run))
    assert names(found)[-1] == "end"
    answer = page.get(f"/api/runs/{run}/trace.json?panel=0&step=0")
    traced = json.loads(answer.body)
    assert "W2 is 0" in traced["sentence"]
    assert traced["learning_rate"] == 0.5
    picture = page.get(f"/api/runs/{run}/trace.svg?panel=0&step=0")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.body.startswith(b"<svg")
    for query in ("", "?panel=0", "?panel=x&step=0", "?panel=0&step=-1", "?panel=9&step=0",
                  "?panel=0&step=31", f"?panel=0&step={'1' * 300}"):  # fmt: skip
        assert page.get(f"/api/runs/{run}/trace.json{query}").status == 400


def test_what_there_is_not_is_not_found(waiting_page):
    for path in ("events", "study.json", "trace.svg?panel=0&step=0"):
        answer = waiting_page.get(f"/api/runs/{'0' * 32}/{path}")
        assert (answer.status, said(answer)[:20]) == (404, "This run no longer e")
    assert waiting_page.post(f"/api/runs/{'0' * 32}/stop", {}).status == 404
    run = waiting_page.begin(**SHORT)
    assert waiting_page.get(f"/api/runs/{run}/study.json").status == 409


def test_the_same_button_twenty_times_is_one_run_and_too_many_runs_are_refused(waiting_page):
    assert len({waiting_page.begin(**SHORT) for _ in range(20)}) == 1
    for seed in range(20, 27):
        waiting_page.begin(**SHORT, seed=seed)
    answers = [waiting_page.post("/api/runs", {**SHORT, "seed": seed}) for seed in range(100, 130)]
    assert {answer.status for answer in answers} == {429}
    assert answers[0].headers["retry-after"] == "2"
    assert waiting_page.post("/api/seeds", {"scene": SHORT, "seeds": 6}).status == 429


def test_options_are_in_the_language_asked_for(waiting_page):
    english = json.loads(waiting_page.get("/api/options").body)
    russian = json.loads(waiting_page.get("/api/options?lang=ru").body)
    assert (english["language"], russian["language"]) == ("en", "ru")
    assert english["words"].keys() == russian["words"].keys()
    assert english["words"]["play"] != russian["words"]["play"]
    assert english["guided"][0]["scene"] == russian["guided"][0]["scene"]
    assert english["languages"].keys() == {"en", "zh", "ru"}
    assert waiting_page.get("/api/options?lang=xx").status == 400


def test_the_version_is_told(waiting_page):
    answer = waiting_page.get("/api/version")
    assert json.loads(answer.body) == {"version": versions()["initlab"]}


def test_a_quiet_stream_says_that_it_is_alive(waiting_page, monkeypatch):
    monkeypatch.setattr(api, "QUIET_SECONDS", 0.1)
    answer = waiting_page.open("GET", f"/api/runs/{waiting_page.begin(**SHORT)}/events")
    assert answer.readline() == b":\n"
    assert answer.headers["content-type"].startswith("text/event-stream")
    answer.close()


def open_files():
    return [*Path("/proc/self/fd").iterdir()]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_streams_that_break_off_leave_nothing(waiting_page, idle, caplog):
    run = waiting_page.begin(**SHORT)
    recording = idle[0].runs.get(run)
    waiting_page.get("/api/version")
    files, threads = len(open_files()), threading.active_count()
    add = idle[0].runs._loop.call_soon_threadsafe
    for step in range(400):  # more than is sent at once
        add(recording.add, "frame", '"' + "x" * 1_000 + '"', (0, step))
    for _ in range(100):
        waiting_page.open("GET", f"/api/runs/{run}/events").close()
    until(lambda: recording.followers == 0)
    until(lambda: len(open_files()) <= files)
    assert threading.active_count() == threads
    assert not recording.stopped
    assert "socket.send" not in caplog.text


def test_a_hundred_pages_are_served_while_something_trains(training):
    pages = [Client(training[1]).enter() for _ in range(100)]
    run = pages[0].begin(**SHORT, seed=50)
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda one: [event[0] for event in one.follow(run)], pages))
        statuses = {*threads.map(lambda one: one.get("/api/options").status, pages)}
    assert all(one == found[0] for one in found)
    assert statuses == {200}
