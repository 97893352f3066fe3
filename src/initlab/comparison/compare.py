"""Settings -> every init trained from every seed, side by side, and what that shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis
from initlab.comparison.comparison import Comparison
from initlab.comparison.keywords import keywords_checked
from initlab.comparison.prepare import prepare, prepare_again
from initlab.comparison.run_study import run_study
from initlab.comparison.stored import read_analysis
from initlab.initialization import Rules
from initlab.initializers import Initializer
from initlab.settings import OF_THIS_MACHINE, SETTINGS, is_given, settings_of
from initlab.settings.setting import RUN
from initlab.study.executors import check_executor

if TYPE_CHECKING:
    from initlab.study.store import Store


@keywords_checked
def compare(
    name: str | None = None,
    *,
    model: Any = None,
    inits: Sequence[str | Initializer | Rules] | str | Rules | None = None,
    seeds: int | Iterable[int] | None = None,
    layer_dims: Sequence[int] | None = None,
    nonlinearity: str | None = None,
    dtype: str | None = None,
    bias_init: str | Initializer | None = None,
    loss: Any = None,
    loss_form: str | None = None,
    optimizer: Any = None,
    optimizer_arguments: Mapping[str, Any] | None = None,
    learning_rate: float | Sequence[float] | Mapping[str, float] | None = None,
    momentum: float | None = None,
    batch_size: int | None = None,
    dropout: float | None = None,
    clip_norm: float | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    stream: str | None = None,
    device: str | None = None,
    engine: str | None = None,
    n_train: int | None = None,
    n_test: int | None = None,
    n_samples: int | None = None,
    noise: float | None = None,
    function: str | None = None,
    data: Any = None,
    label: str | None = None,
    header: bool | None = None,
    one_hot: Sequence[str] | None = None,
    missing: str | None = None,
    task: str | None = None,
    stratify: bool | None = None,
    n_validation: int | None = None,
    data_seed: int | None = None,
    final_test: bool | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    allow_unknown_data: bool = False,
    record_every: int | None = None,
    metric: Any = None,
    metrics: Sequence[Any] | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    executor: Any = None,
    store: Store | str | os.PathLike[str] | None = None,
    study_name: str | None = None,
    progress: bool = True,
) -> Comparison:
    r"""Train one network from several initializations and seeds, and compare them.

    The comparison is paired: for one seed, every init sees the same data, batches and dropout
    masks. Arguments left out take the study's own values.

    Args:
        name: name of the study, which is circles, moons, spirals, boundary, curve, fashion-mnist,
            mnist, kmnist, fashion-sample or digits. The study circles trains a network of widths
            2-10-5-1 on points of two circles. The study curve trains a network of widths 1-2-1 on a
            noisy curve. The studies moons, spirals and boundary use other data with two features.
            The other studies use images and networks with two hidden layers, of 256 and 128 units.
            Without a name, the study is circles, or a study of your ``data`` if you give data.
        model: a PyTorch module (a copy of it is trained), a class or function that returns a
            module, or the name of one of these as "package.module:name". A model also needs
            ``data``.
        inits: initializations to compare, given as names, such as
            ``["zeros", "normal(std=10)", "he_normal"]``; rules, from :func:`initlab.rules` or as
            text, such as ``"he_normal; role:embedding=normal(std=0.02); *.gate=keep"``; or an
            initialization for each parameter, such as ``"W1=0,B1=0,W2=normal,B2=0"``. Inits that
            use data, such as "lsuv", get training samples. By default, your own data is studied
            with he_normal, glorot_uniform, orthogonal and the default init of PyTorch. PyTorch
            models also take "default" (every layer's own ``reset_parameters``) and "as_built" (the
            parameters that the model's constructor sets).
        seeds: number of seeds (default for your own data: 6). 50 means the seeds 0 to 49. You can
            also give a list of seeds. The seeds change the initialization and the batches, but not
            the data.
        layer_dims: widths of the layers, from input to output (default for circles: 2,10,5,1).
        nonlinearity: relu, leaky_relu, tanh, sigmoid, elu, gelu, silu, softplus, sin, selu, celu,
            mish, softsign, erf, relu6, hardtanh, hardsigmoid, hardswish or linear (default for
            circles: relu).
        dtype: float64 or float32 (default for circles: float64).
        bias_init: initialization of every bias. By default each init also sets the biases, usually
            to 0.
        loss: binary_cross_entropy, cross_entropy or half_mean_squared_error. PyTorch models take
            cross_entropy, nll, bce_with_logits, mse, l1 or huber, or a callable of (outputs,
            targets). If the targets of a PyTorch model are whole numbers, the default is
            cross_entropy, or bce_with_logits for a model with a single output. For other targets,
            the default is mse. Axis 1 of a model's outputs is the axis of the classes.
        loss_form: what the loss is computed from, probability or logits. With probability, the loss
            is computed from the output of the network and is infinite where the probability of the
            right class rounds to 0. With logits, the loss is computed from the numbers before the
            last sigmoid or softmax, which is numerically stable.
        optimizer: gd (full batch), sgd or adam (default for circles: gd). PyTorch models take any
            class of torch.optim.
        optimizer_arguments: arguments of the optimizer of a PyTorch model, such as
            ``{"weight_decay": 0.01}``.
        learning_rate: step length, a number > 0 (default for circles: 0.01). With a list of rates,
            each init is trained at every rate and shown at the rate with the best ``metric``. With
            a mapping, such as ``{"he_normal": 0.1, "zeros": 0.01}``, each init is trained at its
            own rate.
        momentum: momentum of sgd, at least 0 and below 1.
        batch_size: number of samples per step of sgd and adam; gd uses all samples.
        dropout: share of hidden activations set to 0 in training, at least 0 and below 1 (default
            for images: 0.2; for your own data: 0).
        clip_norm: largest L2 norm of the gradient of a PyTorch model, over all parameters together.
            A larger gradient is scaled down to this norm.
        steps: number of updates (default for circles: 15,000; for your own data: 20 epochs, but at
            least 300 and at most 3,000 updates).
        epochs: number of passes over the training points. Give epochs or steps, not both.
        stream: source of random numbers: "course" (one ``numpy.random.RandomState(seed)`` for all
            parameters of an init, as in the Coursera notebook on initialization) or "default" (one
            generator per parameter). The studies circles, moons, spirals and boundary use "course".
        device: device that trains a PyTorch model, cpu (the default) or cuda.
        engine: engine that trains a PyTorch model, dense or torch. By default the engine dense,
            which is faster, trains plain stacks of Linear layers, and the engine torch trains all
            other models.
        n_train: number of training points (default for circles: 300).
        n_test: number of test points (default for circles: 100).
        n_samples: number of training and validation points together (default for curve: 1,000).
        noise: standard deviation of the noise in the points (default for circles: 0.05).
        function: function of x whose graph separates the two classes in the study boundary, such as
            sin(3*x); by default 0.5*sin(3*x).
        data: your own data, given as a pair of arrays (x, y), or as the path of an ``.npz`` file or
            of a table. PyTorch models also take tensors, a tuple (x_train, y_train, x_validation,
            y_validation), Datasets, DataLoaders, a function that returns one of these, or the name
            of an image study.
        label: column of the table that holds the labels; by default the last one.
        header: whether the first row of the table holds column names. By default the row is taken
            to hold names, and a number in this row is an error.
        one_hot: columns that hold text. Each of them is replaced by columns of 0 and 1, one for
            each different text.
        missing: what to do with missing values: refuse (an error, the default), drop (leave out
            their rows) or mean (fill in the mean of the column over the training rows).
        task: task of your own data: classification or regression. By default the labels decide.
            Text is taken for classes, and decimals are taken for measurements. Whole numbers are
            taken for classes if they have only two different values, or if they are 0, 1, 2, ...
            without a gap and each of them occurs at least twice. For other whole numbers give the
            task, or give a loss, which also decides the task.
        stratify: whether the classes of your own data have the same shares in the training part and
            in the validation part. The default is yes.
        n_validation: number of images or samples held out for validation; by default a fifth.
        data_seed: seed with which the data is drawn or split (default for circles: 1). The seeds of
            the runs do not change the data.
        final_test: also score the test part. Use the test part once, after an init is chosen.
        data_dir: folder of the image files. By default initlab looks in $INITLAB_DATA and then in
            its cache.
        allow_unknown_data: use image files even if they differ from the published files.
        record_every: number of updates from one recorded loss to the next (default for circles:
            100).
        metric: score that ranks the inits. It is loss, accuracy, r2 or document_accuracy on a part
            of the data, such as test_accuracy in the study circles, or validation_loss in the
            studies of images and for PyTorch models. PyTorch models also take a callable of
            (outputs, targets), which is computed on the validation part.
        metrics: further scores of a PyTorch model, each a callable as described at ``metric``. To
            say which scores are better, set the callable's attribute ``greater_is_better`` to True
            or False, or give a tuple such as ``("name", callable, "higher")`` or
            ``("name", callable, "lower")``. Otherwise initlab guesses from the name which scores
            are better, and a note says so. If the loss is a callable of your own and the targets
            are classes, the name "accuracy" adds the share of samples that are classified
            correctly.
        threshold: training loss to reach. The study reports the first recorded step whose training
            loss is at or below this value (default for circles: 0.3; for your own data and PyTorch
            models: 0.5, or in a regression half the loss of always predicting the mean of the
            targets).
        workers: number of threads or processes; by default one per core. The number does not change
            the results.
        executor: cluster of Dask that trains, given as the address of its scheduler, such as
            tcp://scheduler:8786, or as "local" for worker processes on this machine. The cluster
            does not change the results. You can also give a ``distributed.Client``. To train
            without a cluster, give "threads" (the default) or "processes".
        store: file that keeps every finished run. Only runs that the file does not hold are
            trained. You can also give a store that :func:`initlab.open_store` returned. A store
            needs the extra ``initlab[store]``.
        study_name: name of the study in the store; by default a name made from the study's
            settings.
        progress: show a progress bar on standard error if the whole study takes over a second. If
            the study has too few seeds to name a winner, say so before training.

    Returns:
        The comparison; after Ctrl-C with the runs that are finished.

    Raises:
        ArgumentError: a setting is not allowed; nothing was trained.
        StorageError: the store cannot be used. If training had begun, the error's ``comparison``
            holds the finished runs.

    Example:
        >>> result = compare("circles", inits=["zeros", "he_normal"], seeds=[3], steps=200)
        >>> [round(cell.curve["train_loss"][0], 4) for cell in result.cells]
        [0.6931, 0.8831]
    """
    given: dict[str, Any] = {
        "name": name, "model": model, "inits": inits, "seeds": seeds, "layer_dims": layer_dims,
        "nonlinearity": nonlinearity, "dtype": dtype, "bias_init": bias_init, "loss": loss,
        "loss_form": loss_form, "optimizer": optimizer, "optimizer_arguments": optimizer_arguments,
        "learning_rate": learning_rate, "momentum": momentum, "batch_size": batch_size,
        "dropout": dropout, "clip_norm": clip_norm, "steps": steps, "epochs": epochs,
        "stream": stream, "device": device, "engine": engine, "n_train": n_train, "n_test": n_test,
        "n_samples": n_samples, "noise": noise, "function": function, "data": data, "label": label,
        "header": header, "one_hot": one_hot, "missing": missing, "task": task,
        "stratify": stratify, "n_validation": n_validation, "data_seed": data_seed,
        "final_test": final_test, "data_dir": data_dir, "allow_unknown_data": allow_unknown_data,
        "record_every": record_every, "metric": metric, "metrics": metrics, "threshold": threshold,
        "workers": workers, "executor": executor, "store": store, "study_name": study_name,
        "progress": progress,
    }  # fmt: skip
    run = _checked(**{key: given.pop(key) for key in settings_of(RUN)})
    if executor is not None:
        check_executor(executor)
    given |= _checked(allow_unknown_data=given["allow_unknown_data"])
    here = {name: given[name] for name in OF_THIS_MACHINE}
    study, loaded = prepare(given.pop("name"), given, model=given.pop("model"))
    return run_study(study, loaded, **run, options=here)


def _checked(**given: Any) -> dict[str, Any]:
    """Check what does not depend on the study, before anything is loaded."""
    return {
        name: SETTINGS[name].check(value) if is_given(name, value) else value
        for name, value in given.items()
    }


def compare_again(
    path: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    allow_unknown_data: bool = False,
    workers: int | None = None,
    progress: bool = True,
) -> tuple[Comparison, Analysis]:
    """Run a stored study again.

    Args:
        path: a study.json that initlab wrote, or STORE#NAME: a study in the file of a store.
        data_dir: folder of the image files.
        allow_unknown_data: use image files whose checksum is not the published one.
        workers: number of threads; by default one per core.
        progress: show a progress bar.

    Returns:
        The new comparison, and the stored analysis to compare it with.

    Raises:
        StudyError: the file is no study of initlab, or was edited; or the study cannot be
            repeated, for example because its data changed.
        StorageError: the file, or an image file of the study, is missing or cannot be read.
        DataError: the data or the model of the study cannot be used.
    """
    run = _checked(workers=workers, progress=progress)
    here = {"data_dir": data_dir, **_checked(allow_unknown_data=allow_unknown_data)}
    stored = read_analysis(path)
    return run_study(*prepare_again(stored.study, **here), **run), stored
