"""Orders on a socket -> forks of this process that run ``python -m MODULE``, one by one."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import warnings
from pathlib import Path

COMMANDS, KERNELS = "initlab", "ipykernel_launcher"
# what a shell may give a command in place of a file to write to
CLOSED, READ_ONLY, NO_READER = "closed", "read only", "no reader"
FLUSH_FAILED = 120  # Python's exit code where the last output cannot be written
IMPORTED = (  # what commands import, so that no fork imports it again
    "alembic.context", "babel.messages.pofile", "contourpy", "initlab.cli.delivery",
    "initlab.cli.main", "initlab.comparison.diagnose", "initlab.comparison.module_problem",
    "initlab.comparison.stored", "initlab.compiling", "initlab.diagnosis.diagnose",
    "initlab.diagnosis.measuring", "initlab.engines.blas.trainer",
    "initlab.engines.compiled.trainer", "initlab.engines.torch.engine",
    "initlab.initialization.audit", "initlab.study.store.store", "initlab.teaching.lessons.folder",
    "jinja2", "jupytext", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "matplotlib.patheffects", "nbformat.v4", "numba.experimental",
    "numba.np.arraymath", "numba.np.npyimpl", "rich.console", "rich.markdown", "rich.table",
    "scipy.stats", "sklearn.datasets", "sqlalchemy.dialects.sqlite", "torch",
    "torch._dynamo",  # every optimizer imports it
)  # fmt: skip
IN_KERNELS = (  # what a notebook's kernel imports; not what the drop-ins import of initlab
    "IPython.core.completer", "ipykernel.ipkernel", "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg", "matplotlib.pyplot", "numba.np.arraymath",
    "sklearn.datasets", "sklearn.linear_model",
)  # fmt: skip
# what a command reads when it runs, and what sklearn, polars, torch, its engine and the families'
# tests set in a worker; any other variable may have been read by an import
READ_LATE = (
    "INITLAB_", "PYTEST_", "JUPYTER_", "JPY_", "IPYTHONDIR", "MPLBACKEND", "PATH", "WHAT",
    "NETWORK", "KMP_", "_RJEM_", "TORCHINDUCTOR_", "CUBLAS_", "HF_HUB_", "HTTP_PROXY",
    "HTTPS_PROXY", "http_proxy", "https_proxy", "COLUMNS", "LINES",
)  # fmt: skip


def listen(module, folder):
    """Give each connection a fork of this process, which has imported, until standard input ends.

    The folder has a socket of the module's name as soon as a line is printed.
    """
    # started in the background, a shell ignores it, and every process below inherits that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(folder, module)))
    listener.listen()
    print(flush=True)
    environment, imported = read_early(), False
    while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
        connection = listener.accept()[0]
        if not imported:
            import_all(module)
            imported = True
        if fork() == 0:
            listener.close()
            serve(module, connection, environment)
            os._exit(0)
        connection.close()


def import_all(module):
    for name in IMPORTED if module == COMMANDS else IN_KERNELS:
        with contextlib.suppress(ImportError):  # torch may be missing, as an extra
            importlib.import_module(name)
    prepare()
    gc.freeze()


def fork():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside BLAS's threads
        return os.fork()


def serve(module, connection, environment):
    """Send this process and what its imports may have read; run a module for each line received.

    Of each, send the process, then the exit code.
    """
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends with this process
    lines = connection.makefile("rwb", buffering=0)
    lines.write(f"{json.dumps([os.getpid(), environment])}\n".encode())
    for line in lines:
        order = json.loads(line)
        child = fork()
        if child == 0:
            os.setpgid(0, 0)  # who waits in vain ends this fork and all that it began
            os.close(connection.detach())
            run(module, **order)
        with contextlib.suppress(OSError):
            os.setpgid(child, child)  # whichever of both is first
        lines.write(b"%d\n" % child)
        lines.write(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def read_early():
    """Variables of the environment that an import may have read."""
    return {name: text for name, text in os.environ.items() if not name.startswith(READ_LATE)}


def prepare():
    """Let numba read its registries, and matplotlib its fonts, once for all forks."""
    from matplotlib.figure import Figure
    from numba.core.registry import cpu_target

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    figure = Figure()
    figure.add_subplot().set_title("x", fontweight="bold")
    for ending in ("png", "svg"):
        figure.savefig(io.BytesIO(), format=ending)


def choose_backend(module):
    """Let matplotlib draw by the environment, as if it were imported now."""
    import matplotlib as mpl

    usual = "module://matplotlib_inline.backend_inline" if module == KERNELS else None
    if backend := os.environ.get("MPLBACKEND", usual):
        mpl.rcParams["backend"] = backend


def run(module, arguments, folder, environment, output):
    """Be ``python -m MODULE`` in a folder, with these variables and its output in two files.

    In place of a file, the output may be CLOSED, READ_ONLY or NO_READER.
    """
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith(READ_LATE)]:
        del os.environ[name]
    os.environ.update(environment)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [open_output(where) for where in output]
    for number, file in enumerate(opened):
        os.dup2(file, number)
        os.close(file)
    for number, where in enumerate(output, start=1):
        if where == CLOSED:
            os.close(number)
            setattr(sys, ("stdout", "stderr")[number - 1], None)  # as Python begins
    sys.argv, sys.path[0] = [module, *arguments], folder
    code = 1
    try:
        choose_backend(module)
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:  # as Python ends; but to take down all that was imported would cost 0.2 s
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except OSError:
                code = FLUSH_FAILED
        os._exit(code)


def open_output(where):
    """Open what a command writes to; where it is CLOSED, what is closed in its place."""
    if where == NO_READER:
        reader, writer = os.pipe()
        os.close(reader)
        return writer
    if where in (CLOSED, READ_ONLY):
        return os.open(os.devnull, os.O_RDONLY)
    return os.open(where, os.O_WRONLY | os.O_CREAT)
