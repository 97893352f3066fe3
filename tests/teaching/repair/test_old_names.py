"""Old names of NumPy, SciPy, scikit-learn, matplotlib and Python 2 are repaired or named."""

from __future__ import annotations

import pydoc

import pytest

from initlab.teaching.repair import repair_notebook
from initlab.teaching.repair.old_names import (
    COLOUR_MAPS,
    MATPLOTLIB,
    NUMPY,
    PYTHON_2,
    SAMPLES,
    SCIPY,
    SKLEARN,
)

from ..notebooks import sources, write

REPAIRED = [
    ("sklearn-moved", "from sklearn.cross_validation import train_test_split",
     "from sklearn.model_selection import train_test_split"),
    ("sklearn-moved", "import sklearn.grid_search as gs\ngs.ParameterGrid({})",
     "import sklearn.model_selection as gs\ngs.ParameterGrid({})"),
    ("sklearn-moved", "from sklearn import cross_validation\ncross_validation.train_test_split(x)",
     "from sklearn import model_selection as cross_validation\n"
     "cross_validation.train_test_split(x)"),
    ("sklearn-moved", "from sklearn.preprocessing import StandardScaler, Imputer  # two",
     "from sklearn.preprocessing import StandardScaler; "
     "from sklearn.impute import SimpleImputer as Imputer  # two"),
    ("sklearn-moved", "from sklearn.externals import joblib", "import joblib"),
    ("scipy-moved", "from scipy.misc import comb", "from scipy.special import comb"),
    ("scipy-moved", "from scipy import integrate\nintegrate.simps(y)",
     "from scipy import integrate\nintegrate.simpson(y)"),
    ("scipy-moved", "import numpy as np\nimport scipy as sp\nsp.sqrt(-1) + sp.pi",
     "import numpy as np\nimport scipy as sp\nnp.emath.sqrt(-1) + np.pi"),
    ("python-2-modules", "import urllib\nurllib.urlretrieve(a, b)",
     "import urllib.request\nurllib.request.urlretrieve(a, b)"),
    ("colour-maps", "from matplotlib import cm, pyplot as plt\nc = cm.get_cmap('jet')",
     "from matplotlib import cm, pyplot as plt\nc = plt.get_cmap('jet')"),
    ("matplotlib-names", "plt.scatter(x, y, c=y, cmap=plt.cm.spectral)",
     "plt.scatter(x, y, c=y, cmap=plt.cm.nipy_spectral)"),
    ("old-arguments", "plt.hist(v, 20, normed=True)", "plt.hist(v, 20, density=True)"),
    ("old-arguments", "ax.set_axis_bgcolor('w')", "ax.set_facecolor('w')"),
    ("always-holds", "plt.hold(True)", "# plt.hold(True)"),
    ("python-2-modules", "import cPickle as pickle", "import pickle"),
    ("python-2-modules", "import cPickle\ncPickle.dumps(1)",
     "import pickle as cPickle\ncPickle.dumps(1)"),
    ("python-2-modules", "from StringIO import StringIO", "from io import StringIO"),
    ("python-2-modules", "from itertools import izip, chain\nlist(izip(a, b))",
     "from itertools import chain; izip = zip\nlist(izip(a, b))"),
    ("python-2-methods", "for k, v in d.iteritems():\n    print(k)",
     "for k, v in d.items():\n    print(k)"),
    ("python-2-methods", "if d.has_key('a'): print(1)", "if ('a' in d): print(1)"),
    ("python-2-names", "name = raw_input('who? ')", "name = input('who? ')"),
]  # fmt: skip
STAYS = [
    "def raw_input(): pass\nraw_input()",
    "hist(v, density=True)",
    "import scipy.special\nscipy.special.comb(3, 2)",
    "from sklearn.model_selection import KFold",
    "d.items()", "my.hold(True)", "long = 3\nf(long)", "np.bool", "x = {'normed': 1}",
]  # fmt: skip
NAMES = {"scipy": "SciPy 1.", "sklearn": "scikit-learn 1.", "numpy": "NumPy 2.",
         "matplotlib": "matplotlib 3."}  # fmt: skip
GONE = [
    ("from scipy.misc import imread\nimread('a')", "scipy.misc.imread"),
    ("import scipy.stats as st\nst.betai(1, 2, 3)", "scipy.stats.betai"),
    ("from sklearn.datasets import fetch_mldata", "sklearn.datasets.fetch_mldata"),
    ("from matplotlib import mlab\nmlab.normpdf(x, 0, 1)", "matplotlib.mlab.normpdf"),
    ("from matplotlib.finance import candlestick", "matplotlib.finance"),
    (
        "from sklearn.cross_validation import KFold",
        "sklearn.cross_validation.KFold; the class that replaces it takes different arguments",
    ),
    ("np.asfarray(x)", "numpy.asfarray"),
]


@pytest.mark.parametrize(("rule", "before", "after"), REPAIRED)
def test_an_old_name_is_repaired(rule, before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [after]
    assert {change.rule for change in done.changes} == {rule}
    assert not done.left
    assert repair_notebook(done.written).changes == []  # once is enough


@pytest.mark.parametrize("source", STAYS)
def test_what_is_no_old_name_stays(source, tmp_path):
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []


@pytest.mark.parametrize(("source", "name"), GONE)
def test_what_a_library_has_no_longer_is_named_with_its_version(source, name, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", source))
    assert [one.name for one in done.left] == ["old-name"]
    assert done.left[0].why.startswith(NAMES[name.split(".")[0]])
    assert f" {name}" in done.left[0].why


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from scipy.integrate import simps\nsimps(y, x)",
            "from scipy.integrate import simpson as simps\nsimps(y, x=x)",
        ),
        (
            "from sklearn.preprocessing import Imputer\n"
            "Imputer('NaN' , missing_values='NaN', axis=0)",
            "from sklearn.impute import SimpleImputer as Imputer\nImputer('NaN')",
        ),
        (
            "from sklearn.preprocessing import Imputer\n"
            "Imputer(missing_values=-1, strategy='mean')",
            "from sklearn.impute import SimpleImputer as Imputer\n"
            "Imputer(missing_values=-1, strategy='mean')",
        ),
    ],
)
def test_a_new_name_gets_the_arguments_it_takes(before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [after]
    assert not done.left


def test_every_new_name_is_there():
    for table in (NUMPY, SCIPY, SKLEARN, SAMPLES, COLOUR_MAPS, MATPLOTLIB, PYTHON_2):
        for name in table.values():
            assert pydoc.locate(name.removeprefix("builtins.")) is not None, name
