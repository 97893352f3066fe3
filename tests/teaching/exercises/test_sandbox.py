"""The walls around a learner's file: nothing leaks in or out, nothing is left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from initlab.teaching.exercises.sandbox import process
from initlab.teaching.exercises.sandbox.around import survivors
from initlab.teaching.exercises.sandbox.file_check import check_file
from initlab.teaching.exercises.sandbox.isolation import Isolation
from initlab.teaching.exercises.sandbox.limits import Limits
from initlab.teaching.exercises.sandbox.process import run_child

RIGHT = """
def default_start(in_features):
    return in_features**-0.5, (3 * in_features) ** -0.5
"""
DAEMON = """
import os, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 50)
        time.sleep(300)
    os._exit(0)
"""
SHORT = Limits(seconds=1.5)  # for what never ends by itself
PATIENT = Limits(seconds=8)  # a busy machine is slow to end what does
WALLS = [Isolation(True, True), Isolation(True, False), Isolation(False, True),
         Isolation(False, False)]  # fmt: skip
SECRET = "5ec2e7" * 5


def has_landlock():
    """Ask the kernel for its version of Landlock."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1


def first(line):
    """Return a right answer that does something else first."""
    return (f"def default_start(in_features):\n    {line}\n"
            "    return in_features**-0.5, (3 * in_features)**-0.5\n")  # fmt: skip


def checked(tmp_path, source, **options):
    path = tmp_path / "solution.py"
    path.write_text(source, encoding="utf-8")
    limits = SHORT if "while True" in source else PATIENT
    return check_file("default_start", path, **{"limits": limits, **options})


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files, removed by a program that knows no depth."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


def processes_of(folder):
    """Live processes that carry a folder's name in their environment or on their command line."""
    found, mark = [], os.fsencode(folder)
    for place in Path("/proc").iterdir():
        with suppress(OSError):
            texts = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            if mark in texts:
                found.append(int(place.name))
    return found


@pytest.mark.parametrize("isolation", WALLS, ids=str)
def test_a_right_answer_passes_behind_every_wall(tmp_path, isolation):
    assert checked(tmp_path, RIGHT, isolation=isolation).verdict.passed


@pytest.mark.parametrize("isolation", [WALLS[1], WALLS[3]], ids=str)
@pytest.mark.parametrize("end", [RIGHT, "while True: time.sleep(1)"], ids=["answers", "waits"])
def test_no_daemon_survives(tmp_path, isolation, end, temporary):
    result = checked(tmp_path, DAEMON + end, isolation=isolation)
    assert result.verdict.passed == (end is RIGHT)
    assert processes_of(temporary) == []


def test_without_the_killing_the_daemon_would_survive(temporary):
    environment = {**os.environ, "HOME": str(temporary)}
    subprocess.run([sys.executable, "-c", DAEMON], env=environment, check=True)
    until(lambda: processes_of(temporary))
    for number in processes_of(temporary):
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)


def test_an_interrupted_check_leaves_nothing(tmp_path, temporary, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_take_frames", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checked(tmp_path, "while True: pass")
    assert processes_of(temporary) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("isolation", [WALLS[0], WALLS[3]], ids=str)
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_check_ended_by_a_signal_leaves_no_process_and_no_folder(
    tmp_path, temporary, end, isolation
):
    path = tmp_path / "solution.py"
    path.write_text("open('begun', 'w').close()\nprint('x' * 100_000)\nwhile True: pass")
    source = f"""
import signal
from pathlib import Path
from initlab.teaching.exercises.sandbox.file_check import check_file
from initlab.teaching.exercises.sandbox.isolation import Isolation

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, here and below
check_file("default_start", Path({str(path)!r}), isolation={isolation})
"""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", source], env=environment) as check:
        until(lambda: any(busy(number) for number in set(processes_of(temporary)) - {check.pid}))
        assert list(temporary.iterdir())
        check.send_signal(end)
        assert check.wait(timeout=10) == -end
    until(lambda: not processes_of(temporary) and not list(temporary.iterdir()))


def busy(number):
    """Whether a process has computed for a second: a learner's loop, no start of anything."""
    with suppress(OSError):
        times = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) > os.sysconf("SC_CLK_TCK")
    return False


def until(true, seconds=20):
    """Wait until something is true; fail if it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_working_folder_is_thrown_away(tmp_path, temporary):
    (tmp_path / "mine").mkdir(mode=0o555)
    source = f"""
import os

os.makedirs("a/b")
open("a/b/c", "w").write("x")
os.mkdir("a/locked", 0)
for link in ("out", "a/out"):
    os.symlink({str(tmp_path / "mine")!r}, link)
for _ in range(1500):  # deeper than a recursion and than the longest path
    os.mkdir("d")
    os.chdir("d")
{RIGHT}"""
    for isolation in WALLS:
        result = checked(tmp_path, source, isolation=isolation, limits=Limits(seconds=5))
        assert result.verdict.passed, result.verdict
    assert list(temporary.iterdir()) == []
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize("isolation", WALLS[:3], ids=str)
def test_files_outside_cannot_be_changed(tmp_path, isolation):
    kept = tmp_path / "kept"
    kept.write_text("mine")
    source = f"""
import os, shutil

for harm in (lambda: open({str(kept)!r}, "w"), lambda: os.remove({str(kept)!r}),
             lambda: shutil.rmtree({str(tmp_path)!r}), lambda: open({str(kept)!r} + "2", "w"),
             lambda: os.rename({str(kept)!r}, "here"), lambda: os.chmod({str(kept)!r}, 0),
             lambda: os.utime({str(kept)!r}, (0, 0)), lambda: os.chown({str(kept)!r}, -1, -1)):
    try:
        harm()
    except OSError:
        print("refused")
    else:
        print("done")
{RIGHT}"""
    result = checked(tmp_path, source, isolation=isolation)
    if not (isolation.command or (isolation.filter and has_landlock())):
        pytest.skip("this system has no such wall")
    assert result.isolated == (isolation.filter and has_landlock())
    assert kept.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "solution.py"]
    assert result.output.split() == ["refused"] * 8


@pytest.mark.parametrize("isolation", [WALLS[0], WALLS[2]], ids=str)
def test_no_other_process_is_harmed(tmp_path, isolation):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        source = f"""
import fcntl, os, resource, signal

def owner():
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, {other.pid})
    fcntl.fcntl(reading, 10, signal.SIGKILL)  # F_SETSIG: what is sent when there is something
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writing, b"x")

for harm in (owner, lambda: resource.prlimit({other.pid}, resource.RLIMIT_CPU, (0, 0)),
             lambda: os.setpriority(os.PRIO_PROCESS, {other.pid}, 19),
             lambda: os.sched_setaffinity({other.pid}, [0])):
    try:
        harm()
    except OSError:
        print("refused")
    else:
        print("done")
{RIGHT}"""
        try:
            result = checked(tmp_path, source, isolation=isolation)
            assert other.poll() is None
        finally:
            other.kill()
    if not result.isolated:
        pytest.skip("this system has no such wall")
    assert result.verdict.passed
    assert result.output.split() == ["refused"] * 4


@pytest.mark.parametrize("isolation", [WALLS[0], WALLS[2]], ids=str)
def test_there_is_no_memory_that_no_limit_counts(tmp_path, isolation):
    source = f"""
import ctypes, os

try:
    os.memfd_create("a")
except OSError:
    print("refused")
print("refused" if ctypes.CDLL(None).shmget(0, 1000, 0o1600) == -1 else "done")
{RIGHT}"""
    result = checked(tmp_path, source, isolation=isolation)
    if not result.isolated:
        pytest.skip("this system has no such wall")
    assert result.output.split() == ["refused"] * 2


def test_what_slips_through_one_look_is_found_by_the_next(monkeypatch):
    with (
        subprocess.Popen([sys.executable, "-c", ""]) as first,
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other,
    ):
        seen = iter([[], [], [other.pid]])
        monkeypatch.setattr(survivors, "descendants", lambda root: next(seen, ()))
        survivors.kill_everything(first)
        try:
            assert other.wait(timeout=10) == -signal.SIGKILL
        finally:
            other.kill()


@pytest.mark.parametrize("isolation", [WALLS[0], WALLS[2]], ids=str)
def test_nothing_can_be_read_but_libraries_and_the_folder_itself(tmp_path, isolation):
    if not has_landlock():
        pytest.skip("this system has no such wall")
    teachers = tmp_path / "teacher.ipynb"
    teachers.write_text("the solution")
    places = [teachers, process.PACKAGE / "teaching/drop_ins/inits.py", "/etc/passwd",
              f"/proc/{os.getpid()}/environ", f"/proc/self/root{teachers}"]  # fmt: skip
    assert all(os.path.lexists(place) for place in places[:3])  # what is not there is refused too
    source = f"""
import colorsys, os, scipy.linalg  # libraries not loaded before

for path in {list(map(str, places))}:
    for reading in (lambda: open(path).read(), lambda: os.listdir(os.path.dirname(path)),
                    lambda: os.link(path, "a"), lambda: os.rename(path, "b")):
        try:
            print(path, reading())
        except OSError:
            print("refused")
os.symlink({str(teachers)!r}, "link")
try:
    print(open("link").read())
except OSError:
    print("refused")
open("mine", "w").write("read")
print(open("mine").read())
{RIGHT}"""
    result = checked(tmp_path, source, isolation=isolation)
    assert result.verdict.passed, result.verdict
    assert result.isolated
    assert result.output.split() == ["refused"] * (4 * len(places) + 1) + ["read"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_package_is_left_out_of_the_folders_that_may_be_read(tmp_path, inside):
    libraries = tmp_path / "lib"
    for name in ("numpy", "initlab/teaching", "torch"):
        (libraries / name).mkdir(parents=True)
    package = libraries / "initlab" if inside else tmp_path / "src" / "initlab"
    names = ["numpy", "torch"] if inside else ["lib"]
    assert sorted(path.name for path in process._all_but(package, libraries)) == names


def test_without_landlock_isolation_is_limited(tmp_path):
    assert not checked(tmp_path, RIGHT, isolation=WALLS[1]).isolated


def test_importing_the_package_with_the_answers_is_explained(tmp_path):
    used = checked(tmp_path, "import initlab\n" + first("initlab.check"), isolation=WALLS[2])
    assert "initlab cannot be imported inside a check" in used.verdict.hint
    undefined = checked(tmp_path, "from initlab import check\ncheck.x = 1\n", isolation=WALLS[2])
    inside = checked(tmp_path, first("import initlab"), isolation=WALLS[2])
    for result in (used, undefined, inside):
        advice = "Remove the import of initlab and the code that uses initlab."
        assert result.verdict.hint.endswith(advice)
    assert checked(tmp_path, "import initlab\n" + RIGHT, isolation=WALLS[2]).verdict.passed


def test_the_environment_and_the_command_line_tell_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("A_TOKEN", SECRET)
    source = f"""
import glob, os, sys

print(dict(os.environ), sys.argv, os.listdir("."))
for path in glob.glob("/proc/*/environ"):
    try:
        if b"A_TOKEN" in open(path, "rb").read():
            print("found it")
    except OSError:
        pass
{RIGHT}"""
    result = checked(tmp_path, source)
    assert result.verdict.passed, result.verdict
    assert "MPLBACKEND" in result.output
    assert SECRET not in result.output
    assert not Isolation().command or "found it" not in result.output


@pytest.mark.parametrize("isolation", WALLS[:3], ids=str)
def test_there_is_no_network_not_even_to_this_machine(tmp_path, isolation):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"socket.create_connection(('127.0.0.1', {port}), 1)"
        source = f"import socket\n{first(connect)}"
        result = checked(tmp_path, source, isolation=isolation)
        server.setblocking(False)
        if isolation.filter or isolation.command:
            assert not result.verdict.passed
            with pytest.raises(BlockingIOError):
                server.accept()


def test_privileges_cannot_be_had_back(tmp_path):
    source = f"""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print([line for line in open("/proc/self/status") if line.startswith(("CapEff", "NoNewPrivs"))])
print("mounted" if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 else "refused")
{RIGHT}"""
    output = checked(tmp_path, source, isolation=WALLS[1]).output
    assert "CapEff:\\t0000000000000000" in output
    assert "NoNewPrivs:\\t1" in output
    assert "refused" in output


def test_what_is_printed_is_kept_cut_and_without_control_characters(tmp_path):
    source = "print('\\x1b[31mred\\x07')\nprint('n' * 100_000)\n" + RIGHT
    result = checked(tmp_path, source)
    assert result.verdict.passed
    assert "\x1b" not in result.output
    assert result.output.startswith("\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}\n")
    assert result.output.endswith("n\n[cut]")
    assert len(result.output) < 70_000


def test_standard_error_is_kept_too(tmp_path):
    source = "import sys\nprint('to the side', file=sys.stderr)\n" + RIGHT
    assert checked(tmp_path, source).output == "to the side\n"


def test_a_process_that_never_starts_is_the_checkers_fault(tmp_path):
    result = checked(tmp_path, RIGHT, limits=Limits(start_seconds=0))
    assert result.verdict.checker_failed
    assert not result.verdict.passed


def test_walls_that_break_are_the_checkers_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(Isolation, "command", ["sh", "-c", "echo no walls today; exit 3"])
    result = checked(tmp_path, RIGHT)
    assert result.verdict.checker_failed
    assert "did not start. The last line of its output: no walls today" in result.verdict.got
    assert result.verdict.hint == "Please report this error; your answer was not judged."


def test_a_global_state_changed_in_one_check_is_clean_in_the_next(tmp_path):
    spoil = "import numpy as np\nnp.allclose = None\n" + RIGHT
    assert checked(tmp_path, spoil).verdict.passed
    use = "import numpy as np\nassert np.allclose(1, 1)\n" + RIGHT
    assert checked(tmp_path, use).verdict.passed


def test_only_frames_with_the_nonce_count_and_garbage_before_them_is_skipped():
    value = process.encode({"a": 1})
    frame = b"n" * 32 + len(value).to_bytes(8, "big") + value
    ended, content = process.Ended(), bytearray(b"x" * 1000 + frame[:20])
    assert not process._take_frames(content, b"n" * 32, ended)
    content += frame[20:] + frame + frame
    assert process._take_frames(content, b"n" * 32, ended)
    assert ended.frames == [{"a": 1}, {"a": 1}]  # "ready" and the answers; a third is not read


def test_the_file_limit_and_the_memory_limit_hold_by_themselves(tmp_path):
    path = Path(tmp_path / "solution.py")
    path.write_text(first("open('f', 'wb').write(bytes(10**6))"))
    small = Limits(seconds=5, file_bytes=10**5)
    assert "File too large" in check_file("default_start", path, limits=small).verdict.got
    path.write_text("x = bytearray(400 * 10**6)\n" + first("len(x)"))
    assert check_file("default_start", path, limits=Limits(seconds=5)).verdict.passed
    small = Limits(seconds=5, memory=400 * 2**20)
    assert "MemoryError" in check_file("default_start", path, limits=small).verdict.hint


def test_a_job_returns_what_its_function_returned():
    chunk = {"name": "s.py", "source": "def f(x):\n    return x * 2"}
    call = {"arguments": (21,), "seed": None, "numpy_seed": 0}
    job = {"chunks": [chunk], "names": ["f"], "calls": [call], "layer_form": False,
           "notebook": False, "companions": []}  # fmt: skip
    ended = run_child(job, SHORT, Isolation())
    assert ended.how == "answered"
    assert ended.frames[1]["records"][0]["value"] == 42


@pytest.mark.parametrize("patch", ["get_state", "seed", "set_state"])
def test_a_patched_generator_does_not_hide_that_it_was_used(tmp_path, patch):
    path = tmp_path / "solution.py"
    path.write_text(f"""
import numpy as np

seed = np.random.seed
np.random.{patch} = lambda *given, **more: {{"state": {{}}, "has_gauss": 0, "gauss": 0}}


def general_rule(n_inputs, n_outputs, number):
    seed(number)
    y = n_inputs**-0.5
    return np.random.uniform(-y, y, (n_outputs, n_inputs)), np.zeros(n_outputs)
""")
    verdict = check_file("general_rule", path).verdict
    assert verdict.got == "the function seeded the global generator or drew from it."
