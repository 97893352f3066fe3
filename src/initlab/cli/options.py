"""Every option of ``initlab compare``: its type, its help, its place in the help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NETWORK, TRAINING, DATA, OUTPUT = "Network", "Training", "Data", "Output"

Study = Annotated[
    str | None,
    typer.Argument(
        help="The study: circles, curve, fashion-mnist, mnist, kmnist or digits; or a PyTorch "
        "module, package.module:name or file.py:name; left out with --data or --from.",
        show_default=False,
    ),
]
Init = Annotated[
    list[str] | None,
    typer.Option(
        "--init",
        help='A start, such as he_normal or "normal(std=10)"; repeat for more. See: initlab inits.',
    ),
]
Case = Annotated[
    list[str] | None,
    typer.Option(
        "--case",
        help="A start per parameter, such as W1=0,B1=0,W2=normal,B2=0; repeat for more.",
    ),
]
Seeds = Annotated[int | None, typer.Option("--seeds", help="Number of seeds: 50 means 0 to 49.")]
Seed = Annotated[list[int] | None, typer.Option("--seed", help="One seed; repeat to list several.")]
From = Annotated[
    Path | None,
    typer.Option("--from", help="Run the study in this study.json again.", metavar="FILE"),
]
LayerDims = Annotated[
    str | None,
    typer.Option(
        "--layer-dims",
        help="Widths from input to output (circles: 2,10,5,1).",
        rich_help_panel=NETWORK,
    ),
]
Nonlinearity = Annotated[
    str | None,
    typer.Option(
        help="relu, leaky_relu, tanh, sigmoid, elu, gelu, silu, softplus, sin or linear "
        "(circles: relu).",
        rich_help_panel=NETWORK,
    ),
]
BiasInit = Annotated[
    str | None,
    typer.Option(
        help="Start of every bias; else each start's own, usually zeros.",
        rich_help_panel=NETWORK,
    ),
]
Dtype = Annotated[
    str | None, typer.Option(help="float64 or float32 (circles: float64).", rich_help_panel=NETWORK)
]
Loss = Annotated[
    str | None,
    typer.Option(
        help="Of a module: cross_entropy, nll, bce_with_logits, mse, l1, huber or "
        "package.module:name; left out, by the labels.",
        rich_help_panel=TRAINING,
    ),
]
Optimizer = Annotated[
    str | None,
    typer.Option(
        help="gd (full batch), sgd or adam (circles: gd); of a module any of torch.optim.",
        rich_help_panel=TRAINING,
    ),
]
OptimizerArgument = Annotated[
    list[str] | None,
    typer.Option(
        help="Of a module's optimizer, such as weight_decay=0.01; repeat for more.",
        metavar="NAME=VALUE",
        rich_help_panel=TRAINING,
    ),
]
ClipNorm = Annotated[
    float | None,
    typer.Option(
        help="Of a module: largest L2 norm of a replicate's gradient.", rich_help_panel=TRAINING
    ),
]
LearningRate = Annotated[
    list[float] | None,
    typer.Option(
        help="Step length, > 0 (circles: 0.01); repeat it to show each start at its own best.",
        rich_help_panel=TRAINING,
    ),
]
Momentum = Annotated[
    float | None, typer.Option(help="Of sgd, from 0 to below 1.", rich_help_panel=TRAINING)
]
BatchSize = Annotated[
    int | None,
    typer.Option(help="Points per step, for sgd and adam.", rich_help_panel=TRAINING),
]
Dropout = Annotated[
    float | None,
    typer.Option(help="Share of hidden activations dropped in training.", rich_help_panel=TRAINING),
]
Steps = Annotated[
    int | None, typer.Option(help="Number of updates (circles: 15000).", rich_help_panel=TRAINING)
]
Epochs = Annotated[
    int | None,
    typer.Option(
        help="Passes over the training points, in place of steps.", rich_help_panel=TRAINING
    ),
]
LossForm = Annotated[
    str | None,
    typer.Option(
        help="probability (from the rounded output, as in the documents; may be inf) "
        "or logits (stable).",
        rich_help_panel=TRAINING,
    ),
]
Stream = Annotated[
    str | None,
    typer.Option(
        help="course (numpy's RandomState, as in the documents) or default "
        "(a stream per parameter).",
        rich_help_panel=TRAINING,
    ),
]
NTrain = Annotated[
    int | None, typer.Option(help="Training points (circles: 300).", rich_help_panel=DATA)
]
NSamples = Annotated[
    int | None, typer.Option(help="Points in all, of the curve (1000).", rich_help_panel=DATA)
]
NTest = Annotated[
    int | None, typer.Option(help="Test points (circles: 100).", rich_help_panel=DATA)
]
Noise = Annotated[
    float | None,
    typer.Option(
        help="Standard deviation of the points' noise (circles: 0.05).", rich_help_panel=DATA
    ),
]
DataSeed = Annotated[
    int | None,
    typer.Option(
        help="Seed of the data (circles: 1). Seeds of the starts leave it alone.",
        rich_help_panel=DATA,
    ),
]
NValidation = Annotated[
    int | None,
    typer.Option(help="Images or samples held out; a fifth if left out.", rich_help_panel=DATA),
]
FinalTest = Annotated[
    bool,
    typer.Option(
        "--final-test",
        help="Score the test images too, once the choice is made.",
        rich_help_panel=DATA,
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        help="Your own data: .npz with x and y, or a table (commas, semicolons or tabs; with the "
        "extra 'tables' also Parquet and Arrow); of a module also "
        "package.module:name, fashion-mnist, mnist, kmnist or digits.",
        metavar="DATA",
        rich_help_panel=DATA,
    ),
]
Label = Annotated[
    str | None,
    typer.Option(help="The table's column of labels (the last one).", rich_help_panel=DATA),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the table's first row names its columns; left out: yes, if none of its cells "
        "is a number, else the table is refused.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
OneHot = Annotated[
    list[str] | None,
    typer.Option(
        help="A column of texts, to become columns of 0 and 1; repeat for more.",
        metavar="COLUMN",
        rich_help_panel=DATA,
    ),
]
Missing = Annotated[
    str | None,
    typer.Option(
        help="Missing values: refuse (default), drop such rows, or fill in the column's mean over "
        "the training rows.",
        metavar="refuse|drop|mean",
        rich_help_panel=DATA,
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="What your own data is for: classification or regression; needed where the labels "
        "are whole numbers that may be either.",
        metavar="TASK",
        rich_help_panel=DATA,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the image files; else $INITLAB_DATA, then the cache.",
        metavar="FOLDER",
        rich_help_panel=DATA,
    ),
]
AllowUnknownData = Annotated[
    bool,
    typer.Option(
        "--allow-unknown-data",
        help="Use image files whose checksum is not the published one.",
        rich_help_panel=DATA,
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        help="Score that ranks the starts: train_loss, test_loss, train_accuracy "
        "or test_accuracy (circles: test_accuracy); images and modules: validation_accuracy, "
        "validation_loss, validation_r2; of a module also package.module:name.",
        rich_help_panel=OUTPUT,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        help="Training loss whose first crossing is reported (circles: 0.3; of a module 0.5, of a "
        "regression half the loss of the mean).",
        rich_help_panel=OUTPUT,
    ),
]
RecordEvery = Annotated[
    int | None,
    typer.Option(
        help="Keep the loss every so many updates (circles: 100).", rich_help_panel=OUTPUT
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Write a report here: page, figures, tables, study.json.",
        metavar="FOLDER",
        rich_help_panel=OUTPUT,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Write the report into a folder that holds other things; they stay.",
        rich_help_panel=OUTPUT,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print the whole study as JSON.", rich_help_panel=OUTPUT),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 1 if a run diverged.", rich_help_panel=OUTPUT),
]
Device = Annotated[
    str | None,
    typer.Option(help="Of a module: cpu or cuda.", rich_help_panel=TRAINING),
]
Engine = Annotated[
    str | None,
    typer.Option(
        help="Of a module: dense or torch; left out, the faster one that fits.",
        rich_help_panel=TRAINING,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        help="Threads, or processes for long studies of a module; one per core if left out. No "
        "number depends on it.",
        rich_help_panel=OUTPUT,
    ),
]
