"""Arguments of the ``initlab`` command -> the command that runs, and its exit code."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from initlab.cli import (
    anatomy,
    audit,
    check,
    compare,
    data,
    diagnose,
    dropin,
    initialize,
    inits,
    lab,
    lesson,
    report,
    show,
    study,
    trace,
    verify,
)  # fmt: skip
from initlab.cli.options import group
from initlab.cli.output import interruption_code, report_error, say
from initlab.errors import InitlabError, UpgradeWarning
from initlab.numbers import MINUS

PLAIN = "initlab"  # how the output treats characters that it cannot show
EXIT_CODES = """
Exit codes
  0  success
  1  diagnose, verify or audit found a problem; check rejected an answer;
     a run of compare ended with an error (with --strict also if it diverged);
     report found no finished run
  2  wrong usage
  3  the data or the model cannot be used
  4  a stored study cannot be loaded
  5  a file is damaged, or cannot be read or written; or the worker processes
     of compare, or their Dask cluster, are gone
  70  an error inside initlab
  130, 143  interrupted by Ctrl-C (130), or terminated by a signal (143);
     compare shows its finished runs, and keeps them if --store or --out
     is given
"""

app = group(
    name="initlab",
    help="Does this neural network start right, and which initialization trains it best?",
    epilog=EXIT_CODES,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("anatomy")(anatomy.anatomy_command)
app.command("audit")(audit.audit_command)
app.command("check")(check.check_command)
app.command("compare")(compare.compare_command)
app.command("initialize")(initialize.initialize_command)
app.command("inits")(inits.inits_command)
app.add_typer(data.app, name="data")
app.command("diagnose")(diagnose.diagnose_command)
app.command("dropin")(dropin.dropin_command)
app.command("lab")(lab.lab_command)
app.add_typer(lesson.app, name="lesson")
app.command("report")(report.report_command)
app.command("show")(show.show_command)
app.add_typer(study.app, name="study")
app.command("trace")(trace.trace_command)
app.command("verify")(verify.verify_command)


# click's base of all wrong usages; typer may carry its own copy of click, so take it from there
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show Python's traceback of an error.")
    ] = False,
) -> None:
    if version:
        from initlab import __version__

        print(f"initlab {__version__}")
        raise typer.Exit


def _on_terminate(signum: int, frame: object) -> None:
    raise KeyboardInterrupt(128 + signum)  # as a shell counts; handled as Ctrl-C is


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what a terminal that cannot show "−" or "²" shows in their place: "-", "?"."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return "".join("-" if one == MINUS else "?" for one in text), error.end


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    codecs.register_error(PLAIN, _plainly)
    before = {*threading.enumerate()}
    given = sys.argv[1:] if arguments is None else arguments
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we began
            # a stand-in that takes nothing; and no file of ours gets its number
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)
    with contextlib.suppress(ValueError):  # only a main thread may
        signal.signal(signal.SIGTERM, _on_terminate)
    if given == ["--version"]:
        given = ["--version", "inits"]  # a group wants a command; the callback exits before it
    try:
        code = _run(given)
    except OSError as error:  # of what a handler prints
        code = _output_fails(error)
    try:
        sys.stderr.flush()
    except OSError:  # a note that it does not take is no failure
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    begun = {*threading.enumerate()} - before
    if any(one.is_alive() and not one.daemon for one in begun):
        # a worker is still in a user's code, after a second Ctrl-C: do not wait for it
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _run(given: list[str]) -> int:
    as_json = "--json" in given
    try:
        with _upgrades_said():
            result = _invoke(given)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except InitlabError as error:
        if "--debug" in given:
            raise
        return _reported(error, as_json=as_json)
    except UsageError as error:
        return _wrong_usage(error, given, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort) as error:
        kept = any(one.partition("=")[0] == "--store" for one in given)
        more = " Run the same command again to train only the runs that the store does not hold."
        say("interrupted." + more * (kept and "compare" in given))
        return interruption_code(error)
    except OSError as error:
        return _output_fails(error)
    except SystemExit as error:  # rich ends the process where a help's reader went away
        if isinstance(error.__context__, BrokenPipeError):
            return _output_fails(error.__context__)
        raise
    except Exception as error:
        if "--debug" in given:
            raise
        name = type(error).__name__
        failure = InitlabError(
            f"an error inside initlab ({name}: {error}). "
            "Please report this error with the output of: initlab --debug " + shlex.join(given)
        )
        failure.comparison = getattr(error, "comparison", None)
        failure.exit_code = 70  # EX_SOFTWARE: none of the codes a user's own input can cause
        return _reported(failure, as_json=as_json)


@contextlib.contextmanager
def _upgrades_said() -> Iterator[None]:
    """Say in one sentence that a file was upgraded; other warnings stay as Python shows them."""
    shown = warnings.showwarning

    def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, UpgradeWarning):
            say(str(message))
        else:
            shown(message, category, *place, **more)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _reported(error: InitlabError, *, as_json: bool) -> int:
    """Report an error and return its exit code, also where the reader of the output went away."""
    try:
        report_error(error, as_json=as_json)
        sys.stdout.flush()
    except OSError as failed:
        return _output_fails(failed) or error.exit_code
    return error.exit_code


def _output_fails(error: OSError) -> int:
    """Return the exit code where standard output is full or closed, or its reader went away."""
    with contextlib.suppress(OSError, ValueError):  # keep Python from complaining about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    closed = error.errno == errno.EBADF
    why = "standard output is closed" if closed else error.strerror or error
    say(f"the output cannot be written: {why}.")
    return 5


def _invoke(given: list[str]) -> object:
    """Run the command; not by click's ``main``, which turns every interruption into code 130."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("initlab", list(given)) as context:
            return command.invoke(context)
    except typer.Exit as done:
        return done.exit_code


def _wrong_usage(error: BaseException, given: list[str], *, as_json: bool) -> int:
    from initlab.cli.usage import usage_error

    ours, command = usage_error(error, typer.main.get_command(app), given)
    if as_json:
        return _reported(ours, as_json=True)
    if str(ours):  # else no command was given, and the help was printed
        say(f"{ours}\nTry: {command} --help")
    return 2


if __name__ == "__main__":
    main()
