"""Help of every command's parameters; of ``initlab compare`` also their types, in a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

Command = TypeVar("Command", bound=Callable[..., int | None])
Words = str | tuple[str, str]  # a text of the help; and what stands for the value beside it
SHARED: dict[str, Words] = {"json_": "Print JSON.", "force": "Overwrite what is there."}

STUDY = (
    "The study: circles, curve, fashion-mnist, mnist, kmnist or digits; or a PyTorch module, "
    "package.module:name or file.py:name; left out with --data or --from."
)
OPTIONS: dict[str | None, dict[str, tuple[Any, str]]] = {  # heading in the help -> name -> row
    None: {
        "init": (list[str], 'An init, such as he_normal or "normal(std=10)"; repeat for more. Your '
                 "own data: PyTorch's default, he_normal, glorot_uniform and orthogonal. See: "
                 "initlab inits."),
        "case": (list[str], "An init per parameter, such as W1=0,B1=0,W2=normal,B2=0; repeat "
                 "for more."),
        "seeds": (int, "Number of seeds: 50 means 0 to 49. Your own data: 6."),
        "seed": (list[int], "One seed; repeat to list several."),
        "from_": (Path, "Run the study in this study.json again."),
    },
    "Network": {
        "layer_dims": (str, "Widths from input to output (circles: 2,10,5,1)."),
        "nonlinearity": (str, "Between the layers, such as relu, tanh, gelu or mish; a name that "
                         "is none lists all (circles: relu)."),
        "bias_init": (str, "Init of every bias; else each init's own, usually zeros."),
        "dtype": (str, "float64 or float32 (circles: float64)."),
    },
    "Training": {
        "loss": (str, "PyTorch models only: cross_entropy, nll, bce_with_logits, mse, l1, huber or "
                 "package.module:name; left out, by the labels."),
        "optimizer": (str, "gd (full batch), sgd or adam (circles: gd); of a module any of "
                      "torch.optim."),
        "optimizer_argument": (list[str], "Of a module's optimizer, such as weight_decay=0.01; "
                               "repeat for more."),
        "learning_rate": (list[float], "Step length, > 0 (circles: 0.01); repeat it to show each "
                          "init at its own best."),
        "momentum": (float, "Of sgd, from 0 to below 1."),
        "batch_size": (int, "Points per step, for sgd and adam."),
        "dropout": (float, "Share of hidden activations dropped in training (images: 0.2; your "
                    "own data: 0)."),
        "clip_norm": (float, "PyTorch models only: largest L2 norm of a replicate's gradient."),
        "steps": (int, "Number of updates (circles: 15000; your own data: 20 epochs, at least 300 "
                  "and at most 3,000 updates)."),
        "epochs": (int, "Passes over the training points, in place of steps."),
        "loss_form": (str, "probability (from the rounded output, as in the documents; may be "
                      "inf) or logits (stable)."),
        "stream": (str, "course (numpy's RandomState, as in the documents) or default (a stream "
                   "per parameter)."),
        "device": (str, "PyTorch models only: cpu or cuda."),
        "engine": (str, "PyTorch models only: dense or torch; left out, the faster one that fits."),
    },
    "Data": {
        "n_train": (int, "Training points (circles: 300)."),
        "n_test": (int, "Test points (circles: 100)."),
        "n_samples": (int, "Points in all, of the curve (1000)."),
        "noise": (float, "Standard deviation of the points' noise (circles: 0.05)."),
        "data_seed": (int, "Seed of the data (circles: 1). The seeds of the runs leave it alone."),
        "n_validation": (int, "Images or samples held out; a fifth if left out."),
        "stratify": (bool | None, "Whether both parts of your own data hold the classes in equal "
                     "shares (yes)."),
        "final_test": (bool, "Score the test images too, once the choice is made."),
        "data": (str, "Your own data: .npz with x and y, or a table (commas, semicolons or tabs; "
                 "with the extra 'tables' also Parquet and Arrow); of a module also "
                 "package.module:name, fashion-mnist, mnist, kmnist or digits."),
        "label": (str, "The table's column of labels (the last one)."),
        "header": (bool | None, "Whether the table's first row names its columns; left out: yes, "
                   "if none of its cells is a number, else the table is refused."),
        "one_hot": (list[str], "A column of texts, to become columns of 0 and 1; repeat for more."),
        "missing": (str, "Missing values: refuse (default), drop such rows, or fill in the "
                    "column's mean over the training rows."),
        "task": (str, "What your own data is for: classification or regression; needed where the "
                 "labels are whole numbers that may be either."),
        "data_dir": (Path, "Folder of the image files; else $INITLAB_DATA, then the cache."),
        "allow_unknown_data": (bool, "Use image files whose checksum is not the published one."),
    },
    "Output": {
        "metric": (str, "Score that ranks the inits: train_loss, test_loss, train_accuracy or "
                   "test_accuracy (circles: test_accuracy); images and modules: "
                   "validation_accuracy, validation_loss, validation_r2; of a module also "
                   "package.module:name, or NAME,package.module:name,lower (or higher)."),
        "threshold": (float, "Training loss whose first crossing is reported (circles: 0.3; of a "
                      "module 0.5, of a regression half the loss of the mean)."),
        "record_every": (int, "Keep the loss every so many updates (circles: 100)."),
        "out": (Path, "Write a report here: page, figures, tables, study.json."),
        "force": (bool, "Write the report into a folder that holds other things; they stay."),
        "json_": (bool, "Print the whole study as JSON."),
        "strict": (bool, "Exit with 1 if a run diverged."),
        "workers": (int, "Threads, or processes for long studies of a module; one per core if "
                    "left out. No number depends on it."),
    },
}  # fmt: skip
SHORT = {"init": ("-i",), "seeds": ("-n",)}
METAVARS = {
    "from_": "FILE", "optimizer_argument": "NAME=VALUE", "data": "DATA", "data_dir": "FOLDER",
    "out": "FOLDER", "one_hot": "COLUMN", "missing": "refuse|drop|mean", "task": "TASK",
}  # fmt: skip


def group(**settings: Any) -> typer.Typer:
    """Return a command that holds others."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def explained(texts: Mapping[str, Words]) -> Callable[[Command], Command]:
    """Give a command its help: positional parameters become arguments, all others options."""

    def explain(command: Command) -> Command:
        types, words = get_type_hints(command), {**SHARED, **texts}
        parameters = []
        for one in inspect.signature(command).parameters.values():
            text = words[one.name]
            text, metavar = text if isinstance(text, tuple) else (text, None)
            parser = _parser(types[one.name])
            if one.kind is one.KEYWORD_ONLY:
                shown: Any = typer.Option(
                    _flag(one.name), help=text, metavar=metavar, parser=parser
                )
            else:
                shown = typer.Argument(
                    help=text, metavar=metavar, show_default=False, parser=parser
                )
            parameters.append(one.replace(annotation=Annotated[types[one.name], shown]))
        return _with_parameters(command, parameters)

    return explain


def with_options(command: Command) -> Command:
    """Give ``compare`` the parameters of its table."""
    study = typer.Argument(help=STUDY, show_default=False)
    parameters = [_parameter("study", str, study)]
    for heading, rows in OPTIONS.items():
        for name, (kind, words) in rows.items():
            metavar = METAVARS.get(name)
            flag = _flag(name)
            if kind == bool | None:
                flag += flag.replace("--", "/--no-")
            option = typer.Option(
                flag, *SHORT.get(name, ()), help=words, metavar=metavar,
                rich_help_panel=heading, parser=_parser(kind),
            )  # fmt: skip
            parameters.append(_parameter(name, kind, option))
    return _with_parameters(command, parameters)


def _parser(kind: Any) -> Callable[[str], Path] | None:
    """Return what reads a path; of all else typer knows how."""
    return _path if kind in (Path, Path | None) else None


def _path(text: str) -> Path:
    if not text:  # Path("") is the current folder
        raise typer.BadParameter("must be a path; got ''.")
    return Path(text)


def _flag(name: str) -> str:
    return "--" + name.strip("_").replace("_", "-")


def _parameter(name: str, kind: Any, shown: Any) -> inspect.Parameter:
    flag = kind is bool
    annotation: Any = Annotated[kind if flag else kind | None, shown]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=False if flag else None, annotation=annotation
    )


def _with_parameters(command: Command, parameters: list[inspect.Parameter]) -> Command:
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command  # typer reads the signature
