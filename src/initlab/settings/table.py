"""The settings, one row each, in the order of the keys of study.json.

A row is all that is needed for the option of ``initlab compare``, the keyword argument of
``initlab.compare``, both helps, and the check; see :class:`initlab.settings.setting.Setting`. After
a change, ``python -m initlab.comparison.signature --write`` writes what stands in the source.
"""

from __future__ import annotations

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
from initlab.validation import listed

LARGEST_STEPS = 10**8
LARGEST_NOISE = 1e6  # the points lie within 4: more is a slip of the pen
LARGEST_DATA = 10**7  # points
LARGEST_WORKERS = 1024
BATCH = whole(1, 10**9)  # kernels count in 64 bits
TRACE_STEPS = whole(1, 10_000)  # each of them is kept whole
SPLIT = (IMAGES, DIGITS, ARRAYS, MODULE)  # studies whose data is split by us
OWN = (ARRAYS, MODULE)


_ROWS = (
    Setting(
        "name", anything("str"),
        f"Name of the study, which is {listed(STUDIES, 'or')}. The study circles trains a network "
        "of widths 2-10-5-1 on points of two circles. The study curve trains a network of widths "
        "1-2-1 on a noisy curve. The studies moons, spirals and boundary use other data with two "
        "features. The other studies use images and networks with two hidden layers, of 256 and "
        "128 units. Without a name, the study is circles, or a study of your ``data`` if you give "
        "data.",
        shell=None, stored=False,
    ),
    Setting(
        "model", anything("Any"),
        "A PyTorch module (a copy of it is trained), a class or function that returns a module, or "
        'the name of one of these as "package.module:name". A model also needs ``data``.',
        shell=None, stored=False,
    ),
    Setting(
        "layer_dims", WIDTHS,
        "Widths of the layers, from input to output (default for circles: 2,10,5,1).",
        of=DENSE, heading=NETWORK,
    ),
    Setting(
        "nonlinearity", TEXT, f"{listed(NONLINEARITIES, 'or')} (default for circles: relu).",
        of=DENSE, heading=NETWORK,
    ),
    Setting(
        "loss", anything("Any"),
        f"{listed(DENSE_LOSSES, 'or')}. PyTorch models take {listed(LOSSES, 'or')},",
        python="or a callable of (outputs, targets). If the targets of a PyTorch model are whole "
        "numbers, the default is cross_entropy, or bce_with_logits for a model with a single "
        "output. For other targets, the default is mse. Axis 1 of a model's outputs is the axis "
        "of the classes.",
        shell="or a function of your own as package.module:name. By default, the loss is chosen "
        "to suit the labels.",
        of=EVERY, heading=TRAINING,
    ),
    Setting(
        "loss_form", TEXT,
        "What the loss is computed from, probability or logits. With probability, the loss is "
        "computed from the output of the network and is infinite where the probability of the "
        "right class rounds to 0. With logits, the loss is computed from the numbers before the "
        "last sigmoid or softmax, which is numerically stable.", of=DENSE, heading=TRAINING,
    ),
    Setting(
        "optimizer", anything("Any"),
        "gd (full batch), sgd or adam (default for circles: gd). PyTorch models take any class of "
        "torch.optim.",
        of=EVERY, heading=TRAINING, default="gd",
    ),
    Setting(
        "optimizer_arguments", ARGUMENTS, "Arguments of the optimizer of a PyTorch model,",
        python='such as ``{"weight_decay": 0.01}``.',
        shell="such as weight_decay=0.01. Repeat the option for more arguments.",
        of=(MODULE,), heading=TRAINING, option="optimizer_argument",
    ),
    Setting(
        "learning_rate", RATES, "Step length, a number > 0 (default for circles: 0.01).",
        python="With a list of rates, each init is trained at every rate and shown at the rate "
        "with the best ``metric``. With a mapping, such as "
        '``{"he_normal": 0.1, "zeros": 0.01}``, each init is trained at its own rate.',
        shell="Repeat the option to train each init at several rates and to show its best rate, or "
        "to give each init its own rate, such as he_normal=0.1.",
        of=EVERY, heading=TRAINING, default=0.01,
    ),
    Setting(
        "momentum", number(minimum=0, below=1), "Momentum of sgd, at least 0 and below 1.",
        of=EVERY, heading=TRAINING, default=0.0,
    ),
    Setting(
        "batch_size", BATCH,
        "Number of samples per step of sgd and adam; gd uses all samples.",
        of=EVERY, heading=TRAINING,
    ),
    Setting(
        "dropout", number(minimum=0, below=1),
        "Share of hidden activations set to 0 in training, at least 0 and below 1 (default "
        "for images: 0.2; for your own data: 0).",
        of=DENSE, heading=TRAINING, default=0.0,
    ),
    Setting(
        "clip_norm", number(above=0),
        "Largest L2 norm of the gradient of a PyTorch model, over all parameters together. A "
        "larger gradient is scaled down to this norm.",
        of=(MODULE,), heading=TRAINING,
    ),
    Setting(
        "steps", whole(0, LARGEST_STEPS),
        "Number of updates (default for circles: 15,000; for your own data: 20 epochs, but at "
        "least 300 and at most 3,000 updates).",
        of=EVERY, heading=TRAINING, default=15_000,
    ),
    Setting(
        "epochs", whole(0, 10**6),
        "Number of passes over the training points. Give epochs or steps, not both.",
        of=EVERY, heading=TRAINING, stored=False,
    ),
    Setting(
        "record_every", whole(1, LARGEST_STEPS),
        "Number of updates from one recorded loss to the next (default for circles: 100).",
        of=EVERY, heading=OUTPUT, default=100,
    ),
    Setting(
        "dtype", TEXT, "float64 or float32 (default for circles: float64).",
        of=DENSE, heading=NETWORK, default="float64",
    ),
    Setting(
        "stream", TEXT,
        'Source of random numbers: "course" (one ``numpy.random.RandomState(seed)`` for all '
        'parameters of an init, as in the Coursera notebook on initialization) or "default" (one '
        'generator per parameter). The studies circles, moons, spirals and boundary use "course".',
        of=DENSE, heading=TRAINING, default="default",
    ),
    Setting(
        "device", anything("str"), "Device that trains a PyTorch model, cpu (the default) or cuda.",
        of=(MODULE,), heading=TRAINING, default="cpu",
    ),
    Setting(
        "engine", TEXT,
        "Engine that trains a PyTorch model, dense or torch. By default the engine dense, which is "
        "faster, trains plain stacks of Linear layers, and the engine torch trains all other "
        "models.",
        of=(MODULE,), heading=TRAINING,
    ),
    Setting(
        "inits", texts("Sequence[str | Initializer | Rules] | str | Rules"),
        "Initializations to compare, given as",
        python='names, such as ``["zeros", "normal(std=10)", "he_normal"]``; '
        'rules, from :func:`initlab.rules` or as text, such as ``"he_normal; '
        'role:embedding=normal(std=0.02); *.gate=keep"``; or an initialization for each '
        'parameter, such as ``"W1=0,B1=0,W2=normal,B2=0"``. Inits that use data, such as '
        '"lsuv", get training samples. By default, your own data is studied with he_normal, '
        "glorot_uniform, orthogonal and the default init of PyTorch. "
        'PyTorch models also take "default" (every '
        'layer\'s own ``reset_parameters``) and "as_built" (the parameters that the model\'s '
        "constructor sets).",
        shell='names, such as he_normal or "normal(std=10)", or rules, such as "he_normal; '
        'role:head=zeros; *.gate=keep". Repeat the option to compare more inits. By default, your '
        "own data is studied with he_normal, glorot_uniform, orthogonal and the default init of "
        "PyTorch. The command initlab inits lists all names.",
        of=EVERY, option="init", short="-i",
    ),
    Setting(
        "case", texts(""),
        "An initialization for each parameter, such as W1=0,B1=0,W2=normal,B2=0. Repeat the option "
        "to compare several such lists.",
        python=None,
    ),
    Setting(
        "bias_init", anything("str | Initializer"),
        "Initialization of every bias. By default each init also sets the biases, usually to 0.",
        of=EVERY, heading=NETWORK,
    ),
    Setting(
        "seeds", SEEDS,
        "Number of seeds (default for your own data: 6). 50 means the seeds 0 to 49.",
        python="You can also give a list of seeds. The seeds change the initialization and the "
        "batches, but not the data.",
        of=EVERY, default=(0,), short="-n",
    ),
    Setting("seed", replace(anything(""), metavar="<int>", repeat=True, item=SEED),
            "One seed. Repeat the option to give several seeds.", python=None),
    Setting("from_", file("FILE"), "Study to run again, given as the path of its study.json, or "
            "as STORE#NAME (the file of a store and the name of the study in it).",
            python=None),
    Setting(
        "metric", anything("Any"),
        f"Score that ranks the inits. It is {listed(METRICS, 'or')} on a part of the data, such as "
        "test_accuracy in the study circles, or validation_loss in the studies of images and for "
        "PyTorch models. PyTorch models also take",
        python="a callable of (outputs, targets), which is computed on the validation part.",
        shell="a function of your own as package.module:name or as "
        "NAME,package.module:name,WHICH. NAME is the name of the score. WHICH is lower or higher "
        "and says which scores are better.",
        of=EVERY, heading=OUTPUT,
    ),
    Setting(
        "metrics", anything("Sequence[Any]"),
        "Further scores of a PyTorch model, each a callable as described at ``metric``. "
        "To say which scores are better, set the callable's attribute ``greater_is_better`` to "
        'True or False, or give a tuple such as ``("name", callable, "higher")`` or '
        '``("name", callable, "lower")``. Otherwise initlab guesses from the name which scores '
        "are better, and a note says so. If the loss is a callable of your own and the targets are "
        'classes, the name "accuracy" adds the share of samples that are classified correctly.',
        shell=None, of=(MODULE,), heading=OUTPUT,
    ),
    Setting(
        "threshold", number(above=0),
        "Training loss to reach. The study reports the first recorded step whose training loss is "
        "at or below this value (default for circles: 0.3; for your own data and PyTorch models: "
        "0.5, or in a regression half the loss of always predicting the mean of the targets).",
        of=EVERY, heading=OUTPUT, default=0.3,
    ),
    Setting(
        "n_train", whole(1, LARGEST_DATA), "Number of training points (default for circles: 300).",
        of=(PLANE, BOUNDARY), heading=DATA,
    ),
    Setting(
        "n_test", whole(1, LARGEST_DATA), "Number of test points (default for circles: 100).",
        of=(PLANE, BOUNDARY), heading=DATA,
    ),
    Setting(
        "n_samples", whole(5, LARGEST_DATA),
        "Number of training and validation points together (default for curve: 1,000).",
        of=(CURVE,), heading=DATA,
    ),
    Setting(
        "noise", number(minimum=0, maximum=LARGEST_NOISE),
        "Standard deviation of the noise in the points (default for circles: 0.05).",
        of=(PLANE, BOUNDARY, CURVE), heading=DATA,
    ),
    Setting(
        "function", TEXT,
        "Function of x whose graph separates the two classes in the study boundary, such as "
        "sin(3*x); by default 0.5*sin(3*x).",
        of=(BOUNDARY,), heading=DATA,
    ),
    Setting(
        "data", anything("Any", "DATA"), "Your own data, given as",
        python="a pair of arrays (x, y), or as the path of an ``.npz`` file or of a table. PyTorch "
        "models also take tensors, a tuple (x_train, y_train, x_validation, y_validation), "
        "Datasets, DataLoaders, a function that returns one of these, or the name of an image "
        "study.",
        shell="an .npz file with x and y, or as a table (separated by commas, semicolons or tabs, "
        "and with initlab[tables] also Parquet or Arrow). PyTorch models also take "
        "package.module:name (an object that holds the data, or a function that returns it) or "
        f"one of the image studies {listed(IMAGE_NAMES)}.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "label", TEXT, "Column of the table that holds the labels; by default the last one.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "header", CHOICE,
        "Whether the first row of the table holds column names. By default the row is taken "
        "to hold names, and a number in this row is an error.", of=OWN, heading=DATA,
    ),
    Setting(
        "one_hot", texts("Sequence[str]", "COLUMN"),
        "Columns that hold text. Each of them is replaced by columns of 0 and 1, one for each "
        "different text.",
        shell="Repeat the option to name more columns.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "missing", anything("str", "HOW"),
        "What to do with missing values: refuse (an error, the default), drop (leave out their "
        "rows) or mean (fill in the mean of the column over the training rows).",
        of=OWN, heading=DATA, default="refuse",
    ),
    Setting(
        "task", anything("str", "TASK"),
        "Task of your own data: classification or regression.",
        python="By default the labels decide. Text is taken for classes, and decimals are taken "
        "for measurements. Whole numbers are taken for classes if they have only two different "
        "values, or if they are 0, 1, 2, ... without a gap and each of them occurs at least twice. "
        "For other whole numbers give the task, or give a loss, which also decides the task.",
        shell="Needed if the labels are whole numbers that may be classes or measurements.",
        of=OWN, heading=DATA,
    ),
    Setting(
        "stratify", CHOICE,
        "Whether the classes of your own data have the same shares in the training part and in the "
        "validation part. The default is yes.", of=OWN, heading=DATA, default=True,
    ),
    Setting(
        "n_validation", whole(1),
        "Number of images or samples held out for validation; by default a fifth.",
        of=SPLIT, heading=DATA,
    ),
    Setting(
        "data_seed", SEED,
        "Seed with which the data is drawn or split (default for circles: 1). The seeds of the "
        "runs do not change the data.",
        of=EVERY, heading=DATA, default=0,
    ),
    Setting(
        "final_test", FLAG, "Also score the test part. Use the test part once, after an "
        "init is chosen.",
        of=(IMAGES, DIGITS, ARRAYS), heading=DATA, default=False,
    ),
    Setting(
        "data_dir", PATH,
        "Folder of the image files. By default initlab looks in $INITLAB_DATA and then in its "
        "cache.",
        of=(IMAGES, MODULE), heading=DATA, stored=False,
    ),
    Setting(
        "allow_unknown_data", FLAG, "Use image files even if they differ from the published files.",
        of=(IMAGES,), heading=DATA, left_out=False, stored=False,
    ),
    Setting("out", file("FOLDER"),
            "Write a report to this folder: page, figures, tables, study.json.",
            python=None, heading=OUTPUT),
    Setting("force", FLAG,
            "Write the report even if the folder holds other files. These are kept, unless a file "
            "of the report has the same name.",
            python=None, heading=OUTPUT),
    Setting("json_", FLAG, "Print the whole study as JSON.", python=None, heading=OUTPUT),
    Setting("strict", FLAG, "Exit with code 1 if a run diverged.", python=None, heading=OUTPUT),
    Setting(
        "workers", whole(1, LARGEST_WORKERS),
        "Number of threads or processes; by default one per core. The number does not change the "
        "results.",
        shell="Long studies of a PyTorch model, and --cluster local, use processes.",
        of=(RUN,), heading=OUTPUT, stored=False,
    ),
    Setting(
        "executor", anything("Any", "ADDRESS"),
        "Cluster of Dask that trains, given as the address of its scheduler, such as "
        'tcp://scheduler:8786, or as "local" for worker processes on this machine. The cluster '
        "does not change the results.",
        python='You can also give a ``distributed.Client``. To train without a cluster, give '
        '"threads" (the default) or "processes".',
        of=(RUN,), heading=OUTPUT, option="cluster", stored=False,
    ),
    Setting(
        "store", STORE,
        "File that keeps every finished run. Only runs that the file does not hold are trained.",
        python="You can also give a store that :func:`initlab.open_store` returned. A store needs "
        "the extra ``initlab[store]``.",
        shell="The command initlab study shows what the file holds. This option needs "
        "initlab[store]: pip install 'initlab[store]'.",
        of=(RUN,), heading=OUTPUT, stored=False,
    ),
    Setting(
        "study_name", anything("str", "NAME"),
        "Name of the study in the store; by default a name made from the study's settings.",
        of=(RUN,), heading=OUTPUT, option="name", stored=False,
    ),
    Setting(
        "progress", FLAG,
        "Show a progress bar on standard error if the whole study takes over a second. If "
        "the study has too few seeds to name a winner, say so before training.",
        shell=None, of=(RUN,), heading=OUTPUT, left_out=True, stored=False,
    ),
)  # fmt: skip
SETTINGS = {row.name: row for row in _ROWS}
