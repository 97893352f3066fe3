"""What holds on another computer only is set aside; the rest of the cell stays."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from initlab.teaching.repair import repair_notebook

from ..notebooks import sources, write

SET_ASIDE = [
    ("colab", "from google.colab import drive", "# from google.colab import drive"),
    ("colab", "if x:\n    drive.mount('/content')", "if x:\n    pass  # drive.mount('/content')"),
    ("colab", "up = files.upload()", "up = {}"),
    ("absent-folder", "os.chdir('/no/such/folder')", "# os.chdir('/no/such/folder')"),
    ("absent-folder", 'os.chdir(r"Z:\\work")', '# os.chdir(r"Z:\\work")'),
    ("window", "matplotlib.use('TkAgg')", "# matplotlib.use('TkAgg')"),
    ("window", "%matplotlib qt5", "%matplotlib inline"),
    ("installing", "!pip install torch==0.4.1", "# !pip install torch==0.4.1"),
    ("installing", "!{sys.executable} -m pip uninstall -y pillow",
     "# !{sys.executable} -m pip uninstall -y pillow"),
    ("installing", "! wget -O helpers.py https://a.b/helpers.py",
     "# ! wget -O helpers.py https://a.b/helpers.py"),
    ("absent-extension", "%load_ext no_such_extension", "# %load_ext no_such_extension"),
    ("ipython-magic", "get_ipython().magic(u'matplotlib inline')",
     "get_ipython().run_line_magic('matplotlib', 'inline')"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "after"), SET_ASIDE)
def test_a_line_is_set_aside_by_its_rule(rule, before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [after]
    assert [change.rule for change in done.changes] == [rule]
    assert repair_notebook(done.written).changes == []  # once is enough


STAYS = ["os.chdir('..')", "os.chdir('/')", "matplotlib.use('Agg')", "%matplotlib inline",
         "%load_ext autoreload\n%autoreload 2", "!ls", "!wget https://a.b/data.zip",
         "s = '''\n!pip install x\n'''", "files.upload", "get_ipython().system('ls')",
         "drive = 3"]  # fmt: skip


@pytest.mark.parametrize("source", STAYS)
def test_what_holds_here_as_well_stays(source, tmp_path):
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []


def test_what_only_colab_can_do_is_named(tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", "cv2_imshow(image)"))
    assert [left.name for left in done.left] == ["colab"]


def test_a_reason_names_the_kind_of_file(tmp_path):
    script = tmp_path / "old.py"
    script.write_text("from google.colab import drive\n")
    notebook = write(tmp_path / "old.ipynb", "from google.colab import drive")
    reasons = [repair_notebook(path).changes[0].why for path in (script, notebook)]
    assert "keep the script's files in the script's folder" in reasons[0]
    assert "keep the notebook's files in the notebook's folder" in reasons[1]


SCRIPT = r"""get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().run_cell_magic('time', '', 'x = 3\nx += 1\n')
get_ipython().run_line_magic('time', 'y = x + 1')
get_ipython().run_cell_magic('bash', '', 'ls')
if x:
    get_ipython().system('ls')
"""
PLAIN = """# get_ipython().run_line_magic('matplotlib', 'inline')
x = 3
x += 1
y = x + 1
# get_ipython().run_cell_magic('bash', '', 'ls')
if x:
    pass  # get_ipython().system('ls')
"""


def test_a_script_keeps_the_code_it_timed(tmp_path):
    path = tmp_path / "old.py"
    path.write_text(SCRIPT)
    text = repair_notebook(path).written.read_text()
    assert text == PLAIN
    names: dict[str, int] = {}
    exec(text, names)
    assert (names["x"], names["y"]) == (4, 5)


def test_the_checker_is_run_by_the_notebooks_own_python(tmp_path, monkeypatch):
    line = "!python ./tests/test_initialization.py --test_case TestPreprocessing"
    path = write(tmp_path / "old.ipynb", line)
    monkeypatch.setenv("PATH", str(tmp_path))
    (after,) = sources(repair_notebook(path).written)
    assert after == line.replace("python", "{__import__('sys').executable}", 1)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert repair_notebook(path, force=True).changes == []
