"""The settings, one row each, in the order of the keys of study.json.

A row is all that is needed for the option of ``initlab compare``, the keyword argument of
``initlab.compare``, both helps, and the check; see :class:`initlab.settings.setting.Setting`. After
a change, ``python -m initlab.comparison.signature --write`` writes what stands in the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from initlab.settings.kinds import (
    ARGUMENTS,
    CHOICE,
    FLAG,
    PATH,
    RATES,
    SEED,
    SEEDS,
    STORE,
    TEXT,
    WIDTHS,
    anything,
    file,
    number,
    texts,
    whole,
)
from initlab.settings.names import DENSE_LOSSES, LOSSES, METRICS, NONLINEARITIES, STUDIES
from initlab.settings.names import IMAGES as IMAGE_NAMES
from initlab.settings.setting import (
    ARRAYS,
    BOUNDARY,
    CURVE,
    DATA,
    DENSE,
    DIGITS,
    EVERY,
    IMAGES,
    MODULE,
    NETWORK,
    OUTPUT,
    PLANE,
    RUN,
    TRAINING,
    Setting,
)

LARGEST_STEPS = 10**8
LARGEST_NOISE = 1e6  # the points lie within 4: more is a slip of the pen
LARGEST_DATA = 10**7  # points
LARGEST_WORKERS = 1024
BATCH = whole(1, 10**9)  # kernels count in 64 bits
TRACE_STEPS = whole(1, 10_000)  # each of them is kept whole
SPLIT = (IMAGES, DIGITS, ARRAYS, MODULE)  # studies whose data is split by us
OWN = (ARRAYS, MODULE)


def either(names: Iterable[str]) -> str:
    """Return names as a help lists them: "a, b or c"."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


_ROWS = (
    Setting(
        "name", anything("str"),
        f"The study: {either(STUDIES)}. The documents' networks are 2-10-5-1 on two circles, 1-2-1 "
        "on a noisy curve and 784-256-128-10 on images; moons, spirals and boundary (above and "
        "below a function) are other points of a plane. Left out: circles, or your ``data``.",
        shell=None, stored=False,
    ),
    Setting(
        "model", anything("Any"),
        "A PyTorch module (copied), a class or function that returns one, or "
        '"package.module:name"; its data is ``data``.',
        shell=None, stored=False,
    ),
    Setting(
        "layer_dims", WIDTHS, "Widths from input to output (circles: 2,10,5,1).",
        of=DENSE, heading=NETWORK,
    ),
    Setting(
        "nonlinearity", TEXT, f"{either(NONLINEARITIES)} (circles: relu).",
        of=DENSE, heading=NETWORK,
    ),
    Setting(
        "loss", anything("Any"),
        f"{either(DENSE_LOSSES)}; PyTorch models: {either(LOSSES)};",
        python="or a callable of (outputs, targets). Left out: cross-entropy for whole numbers, "
        "else mse. Classes stand on axis 1 of the outputs.",
        shell="or package.module:name. Left out: by the labels.",
        of=EVERY, heading=TRAINING,
    ),
    Setting(
        "loss_form", TEXT,
        "probability (from the rounded output, as in the documents; may be infinite) or logits "
        "(stable).", of=DENSE, heading=TRAINING,
    ),
    Setting(
        "optimizer", anything("Any"),
        "gd (full batch), sgd or adam (circles: gd); PyTorch models: any class of torch.optim.",
        of=EVERY, heading=TRAINING, default="gd",
    ),
    Setting(
        "optimizer_arguments", ARGUMENTS, "PyTorch models only: arguments of the optimizer,",
        python='such as ``{"weight_decay": 0.01}``.',
        shell="such as weight_decay=0.01; repeat for more.",
        of=(MODULE,), heading=TRAINING, option="optimizer_argument",
    ),
    Setting(
        "learning_rate", RATES, "Step length, > 0 (circles: 0.01).",
        python="With a list, each init is shown at its own best by ``metric``; with a mapping, "
        'such as ``{"he_normal": 0.1, "zeros": 0.01}``, each is trained at its own.',
        shell="Repeat it to show each init at its own best, or name one for each, such as "
        "he_normal=0.1.",
        of=EVERY, heading=TRAINING, default=0.01,
    ),
    Setting(
        "momentum", number(minimum=0, below=1), "Of sgd, from 0 to below 1.",
        of=EVERY, heading=TRAINING, default=0.0,
    ),
    Setting(
        "batch_size", BATCH,
        "Samples per step, for sgd and adam; gd takes all of them.", of=EVERY, heading=TRAINING,
    ),
    Setting(
        "dropout", number(minimum=0, below=1),
        "Share of hidden activations dropped in training, from 0 to below 1 (images: 0.2; your own "
        "data: 0).",
        of=DENSE, heading=TRAINING, default=0.0,
    ),
    Setting(
        "clip_norm", number(above=0),
        "PyTorch models only: largest L2 norm of a replicate's gradient.",
        of=(MODULE,), heading=TRAINING,
    ),
    Setting(
        "steps", whole(0, LARGEST_STEPS),
        "Number of updates (circles: 15000; your own data: 20 epochs, at least 300 and at most "
        "3,000 updates).", of=EVERY, heading=TRAINING, default=15_000,
    ),
    Setting(
        "epochs", whole(0, 10**6), "Passes over the training points, in place of steps.",
        of=EVERY, heading=TRAINING, stored=False,
    ),
    Setting(
        "record_every", whole(1, LARGEST_STEPS),
        "Keep the loss before every so many updates (circles: 100).",
        of=EVERY, heading=OUTPUT, default=100,
    ),
    Setting(
        "dtype", TEXT, "float64 or float32 (circles: float64).",
        of=DENSE, heading=NETWORK, default="float64",
    ),
    Setting(
        "stream", TEXT,
        "course (one ``numpy.random.RandomState(seed)`` per init, as in the documents) or default "
        "(one stream per parameter).", of=DENSE, heading=TRAINING, default="default",
    ),
    Setting(
        "device", anything("str"), "PyTorch models only: cpu (the default) or cuda.",
        of=(MODULE,), heading=TRAINING, default="cpu",
    ),
    Setting(
        "engine", TEXT,
        "PyTorch models only: dense or torch; left out, a plain stack of Linear layers goes to the "
        "dense engine, which is faster.", of=(MODULE,), heading=TRAINING,
    ),
    Setting(
        "inits", texts("Sequence[str | Initializer | Rules] | str | Rules"),
        "The initializations compared:",
        python='names, such as ``["zeros", "normal(std=10)", "he_normal"]``; '
        ':func:`initlab.rules`, or their text, such as ``"he_normal; '
        'role:embedding=normal(std=0.02); *.gate=keep"``; or one for each parameter, such as '
        '``"W1=0,B1=0,W2=normal,B2=0"``. Those that look at data, such as "lsuv", are shown '
        "training samples. Left out for your own data: PyTorch's default, "
        'he_normal, glorot_uniform and orthogonal. PyTorch models also take "default", every '
        'layer\'s own reset, and "as_built", what its constructor makes.',
        shell='names, such as he_normal or "normal(std=10)", or rules, such as "he_normal; '
        'role:head=zeros; *.gate=keep"; repeat for more. Your own data: '
        "PyTorch's default, he_normal, glorot_uniform and orthogonal. See: initlab inits.",
        of=EVERY, option="init", short="-i",
    ),
    Setting(
        "case", texts(""),
        "An initialization for each parameter, such as W1=0,B1=0,W2=normal,B2=0; repeat for more.",
        python=None,
    ),
    Setting(
        "bias_init", anything("str | Initializer"),
        "Initialization of every bias; left out: each init's own, usually zeros.",
        of=EVERY, heading=NETWORK,
    ),
    Setting(
        "seeds", SEEDS, "Number of seeds: 50 means 0 to 49 (your own data: 6).",
        python="Or a list of them. Seeds change the initialization and the batches; the data is "
        "fixed.",
        of=EVERY, default=(0,), short="-n",
    ),
    Setting("seed", replace(anything(""), metavar="<int>", repeat=True, item=SEED),
            "One seed; repeat to list several.", python=None),
    Setting("from_", file("FILE"), "Run this study.json, or STORE#NAME, again.", python=None),
    Setting(
        "metric", anything("Any"),
        f"Score that ranks the inits: {either(METRICS)} on a part of the data, such as "
        "test_accuracy (circles) or validation_loss (images, PyTorch models); PyTorch models "
        "also take",
        python="a callable of (outputs, targets) on the validation part.",
        shell="package.module:name, or NAME,package.module:name,lower (or higher).",
        of=EVERY, heading=OUTPUT,
    ),
    Setting(
        "metrics", anything("Sequence[Any]"),
        "PyTorch models only: further such callables. Which way is better, a callable says by its "
        '``greater_is_better``, or a tuple ``("name", callable, "lower")`` or ``"higher"``; left '
        "out, it is guessed from the name, and a note says so. With a loss of your own, "
        '"accuracy" counts right classes.', shell=None, of=(MODULE,), heading=OUTPUT,
    ),
    Setting(
        "threshold", number(above=0),
        "Training loss whose first crossing is reported (circles: 0.3; PyTorch models: 0.5, with a "
        "regression half the loss of the mean).", of=EVERY, heading=OUTPUT, default=0.3,
    ),
    Setting(
        "n_train", whole(1, LARGEST_DATA), "Training points (circles: 300).",
        of=(PLANE, BOUNDARY), heading=DATA,
    ),
    Setting(
        "n_test", whole(1, LARGEST_DATA), "Test points (circles: 100).",
        of=(PLANE, BOUNDARY), heading=DATA,
    ),
    Setting(
        "n_samples", whole(5, LARGEST_DATA), "Points in all (curve: 1000).",
        of=(CURVE,), heading=DATA,
    ),
    Setting(
        "noise", number(minimum=0, maximum=LARGEST_NOISE),
        "Standard deviation of the points' noise (circles: 0.05).",
        of=(PLANE, BOUNDARY, CURVE), heading=DATA,
    ),
    Setting(
        "function", TEXT,
        "Of x, between the two classes of boundary, such as sin(3*x) (boundary: 0.5*sin(3*x)).",
        of=(BOUNDARY,), heading=DATA,
    ),
    Setting(
        "data", anything("Any", "DATA"), "Your own data:",
        python="a pair (x, y), an ``.npz`` file or a table; PyTorch models also take tensors, "
        "(x_train, y_train, x_validation, y_validation), Datasets, DataLoaders, a function that "
        "returns one of these, the name of an image study.",
        shell=".npz with x and y, or a table (commas, semicolons or tabs; with the extra 'tables' "
        "also Parquet and Arrow); PyTorch models also take package.module:name, "
        f"{either(IMAGE_NAMES)}.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "label", TEXT, "The table's column of labels; left out: the last one.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "header", CHOICE,
        "Whether the table's first row names its columns; left out: yes, if none of its cells is a "
        "number, else the table is refused.", of=OWN, heading=DATA,
    ),
    Setting(
        "one_hot", texts("Sequence[str]", "COLUMN"), "Columns of texts, each turned into",
        python="columns of 0 and 1.", shell="columns of 0 and 1; repeat for more.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "missing", anything("str", "refuse|drop|mean"),
        "Missing values: refuse them (the default), drop such rows, or fill in the mean of the "
        "column over the training rows.", of=OWN, heading=DATA, default="refuse",
    ),
    Setting(
        "task", anything("str", "TASK"),
        "What your own data is for: classification or regression.",
        python="Left out, texts are classes and decimals are measurements; whole numbers are "
        "classes if they take two values or are 0, 1, 2, ... without a gap, and are refused "
        "otherwise. A loss that you name decides it too.",
        shell="Needed where the labels are whole numbers that may be either.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "stratify", CHOICE,
        "Whether both parts of your own data hold the classes in equal shares, which is the "
        "default.", of=OWN, heading=DATA, default=True,
    ),
    Setting(
        "n_validation", whole(1),
        "Images or samples held out for validation; left out: a fifth.", of=SPLIT, heading=DATA,
    ),
    Setting(
        "data_seed", SEED,
        "Seed of the data, or of its split (circles: 1). The seeds of the runs do not change it.",
        of=EVERY, heading=DATA, default=0,
    ),
    Setting(
        "final_test", FLAG, "Score the test images too, once an init is chosen.",
        of=(IMAGES, DIGITS, ARRAYS), heading=DATA, default=False,
    ),
    Setting(
        "data_dir", PATH, "Folder of the image files; else $INITLAB_DATA, then the cache.",
        of=(IMAGES, MODULE), heading=DATA, stored=False,
    ),
    Setting(
        "allow_unknown_data", FLAG, "Use image files whose checksum is not the published one.",
        of=(IMAGES,), heading=DATA, left_out=False, stored=False,
    ),
    Setting("out", file("FOLDER"), "Write a report here: page, figures, tables, study.json.",
            python=None, heading=OUTPUT),
    Setting("force", FLAG, "Write the report into a folder that holds other things; they stay.",
            python=None, heading=OUTPUT),
    Setting("json_", FLAG, "Print the whole study as JSON.", python=None, heading=OUTPUT),
    Setting("strict", FLAG, "Exit with 1 if a run diverged.", python=None, heading=OUTPUT),
    Setting(
        "workers", whole(1, LARGEST_WORKERS),
        "Threads or processes; left out: one per core. Results do not depend on it.",
        shell="Processes are for long studies of a PyTorch model and --cluster local.",
        of=(RUN,), heading=OUTPUT, stored=False,
    ),
    Setting(
        "executor", anything("Any", "ADDRESS"),
        "The Dask cluster that trains: the address of its scheduler, such as tcp://scheduler:8786, "
        'or "local" for worker processes of this machine. Results do not depend on it.',
        python='Also "threads" (the default), "processes", or a ``distributed.Client``.',
        of=(RUN,), heading=OUTPUT, option="cluster", stored=False,
    ),
    Setting(
        "store", STORE,
        "Keep every finished run in this file, and train only what is not there.",
        python="Also what :func:`initlab.open_store` returned. Needs ``initlab[store]``.",
        shell="See: initlab study. Needs the extra 'store'.",
        of=(RUN,), heading=OUTPUT, stored=False,
    ),
    Setting(
        "study_name", anything("str", "NAME"),
        "Name of the study in the store; left out: one made of its settings.",
        of=(RUN,), heading=OUTPUT, option="name", stored=False,
    ),
    Setting(
        "progress", FLAG,
        "Show a progress bar on standard error when a run takes over a second, and say once if the "
        "study has too few seeds to name a winner.",
        shell=None, of=(RUN,), heading=OUTPUT, left_out=True, stored=False,
    ),
)  # fmt: skip
SETTINGS = {row.name: row for row in _ROWS}
