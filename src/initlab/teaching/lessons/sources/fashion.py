# %% [markdown]
# # Clothes and digits: how large should the first weights be?
#
# One network sorts small pictures into ten classes. We initialize it with constants, with random
# numbers of the wrong size, with random numbers of the right size, and with what PyTorch chooses if
# you choose nothing. Then we test a popular claim: that normal numbers are better than uniform
# ones.

# %%
import initlab
from initlab.teaching.lessons import open_lesson

lesson = open_lesson("fashion")

# %% [markdown]
# ## The pictures
#
# If the files of Fashion-MNIST are on this machine (`initlab data fetch fashion-mnist`), we use
# them: 60,000 pictures of clothes, 28 × 28 pixels, a fifth of them kept for validation. If not,
# `fashion-sample` takes their place: 2,000 of these pictures, which come with initlab. The cell
# prints which of the two it uses. The lesson works with both. You may also set `study` yourself.
#
# Zero steps of training are enough for now: we only want to see the pictures and the
# initializations.

# %%
inits = [
    "zeros", "ones", "uniform(low=0, high=1)", "uniform(low=-0.5, high=0.5)",
    "general_rule_uniform", "general_rule_normal", "torch_default",
]  # fmt: skip
try:
    study = "fashion-mnist"
    untrained = initlab.compare(study, inits=inits, steps=0, progress=False)
except initlab.InitlabError:
    study = "fashion-sample"
    untrained = initlab.compare(study, inits=inits, steps=0, progress=False)
print(f"study {study}: {len(untrained.data.x_train):,} pictures to train on")
lesson.show(untrained.figure("images"))

# %% [markdown]
# ## The network
#
# Pixels go into 256 units, then 128, then 10 outputs, one for each class; ReLU and 20 % dropout
# after each hidden layer. Adam trains it with a learning rate of 0.001 on batches of 100 pictures:
# two passes over Fashion-MNIST, twenty over the sample. The seven initializations get the same
# batches and the same dropout.

# %% [markdown]
# ## Look before you train
#
# A network that knows nothing should say so: one tenth for each class. The loss is then
# $-\ln\frac1{10}=\ln 10\approx2.303$. Here is the loss of each initialization before the first
# step.

# %%
for init, cell in zip(inits, untrained.cells, strict=True):
    print(f"first loss {cell.initial_loss:12,.3f}  {init}")

# %% [markdown] question="first_loss" role="question"
# **Question.** Two of these losses are far above 2.303. What does such a loss say about the
# predictions of the untrained network? Is a first loss near 2.303 enough for a good initialization?

# %% [markdown] question="first_loss" role="answer"
# A loss far above $\ln 10$ means predictions that are sure and wrong: the outputs are so large
# that softmax gives nearly all probability to one class. Training has to undo this first.
#
# A first loss near $\ln 10$ is not enough. Zeros have exactly that loss, and ones have it up to
# rounding: if all ten outputs are equal, softmax gives one tenth to each, however large they are.
# Whether the network can learn is another question.

# %%
runs = initlab.compare(study, inits=inits, progress=False)
lesson.show(runs.figure("first_losses"))
runs.summary()

# %% [markdown]
# Zeros and ones end near one right prediction in ten. Uniform numbers in [0, 1) bring a huge loss
# that falls slowly: on all of Fashion-MNIST they get about half of the pictures right, on the sample
# they do no better than random guessing. Centred around 0, in [-0.5, 0.5), they get about four
# fifths right. The last three initializations, of size $1/\sqrt n$, get more: 86 or 87 %, on both.
# They are too close for one seed to rank them.
#
# The first loss has three values on this page, because it is measured on different training pictures:
# the one printed before on up to 2,000 of them, that under "Why" on 256 drawn at random, and that at
# step 0 on the first batch of 100, with dropout.
#
# In the next figure, each row is a true class and each column a predicted class. With zeros or
# ones, the network predicts the same class for every picture.

# %%
lesson.show(runs.figure("confusion"))

# %% [markdown]
# ## Constants: two faults, not one
#
# With zeros, no error comes back through the weights, so only the last bias can move. With
# ones it can come back, but equal units get equal gradients. So it is often said that ones
# fail because all units stay equal. Check that: how many distinct units has each hidden
# layer before and after training?

# %%
for cell in runs.cells[:2]:
    print(f"distinct units in each hidden layer: {cell.start.distinct_units} before training, "
          f"{cell.end.distinct_units} after training  {cell.init}")  # fmt: skip

# %% [markdown]
# After training from ones, all units are different. Dropout has made them different: it silences
# each unit at random, so they get different gradients. And still the network has not learned. So
# equality cannot be the whole reason. Let us separate two causes: the size of the constant, and
# dropout. This runs on the digits, with three seeds each.

# %%
for dropout in (0.0, 0.2):
    small = initlab.compare(
        "digits", inits=["ones", "constant(value=0.01)"], seeds=3, dropout=dropout, progress=False
    )
    for cell in small.cells:
        accuracy = cell.metrics["validation_accuracy"]
        print(f"dropout {dropout}: {100 * accuracy:4.1f} % right, "
              f"distinct units {cell.end.distinct_units}  {cell.init}")  # fmt: skip

# %% [markdown]
# Without dropout both constants keep one distinct unit in each layer, and the small one gets about
# a fifth of the digits right. With dropout both end with 256 and 128 distinct units, but only the
# small one learns: about half of the digits or more. So a constant has two faults: equal units,
# which dropout can repair, and for ones the size, which it cannot. The centred random
# initializations are still far better.

# %% [markdown]
# ## How large is right?
#
# A unit adds up its $n$ inputs: $z=\sum_j w_jx_j$. If the weights are independent with mean 0, and
# $\overline{x^2}$ is the mean of the squared inputs,
#
# $$\operatorname{Var}(z)=n\,\operatorname{Var}(w)\,\overline{x^2}.$$
#
# So $z$ keeps its size, however many inputs there are, if $\operatorname{Var}(w)$ is proportional to
# $1/n$: weights of order $1/\sqrt n$. If the mean of the weights is not 0, something worse
# happens: $z$ also gets the mean times the sum of all inputs, the same for every unit.

# %%
import numpy as np

x = runs.data.x_train[:500]
for init in inits[2:6]:
    z = x @ initlab.draw(init, (256, x.shape[1]), seed=0).T
    print(f"z: mean {z.mean():6.2f}, std {z.std():6.2f}  {init}")

# %% [markdown]
# ## The general rule
#
# **Exercise.** Write `general_rule(n_inputs, n_outputs, seed)`. It returns the weight of one layer,
# of shape `(n_outputs, n_inputs)`, uniform between $-y$ and $y$ with $y=1/\sqrt{n}$, $n$ the number
# of inputs; and its bias, `n_outputs` zeros. Take the numbers from a generator of your own,
# `np.random.default_rng(seed)`, so that the same seed gives the same weights.


# %% exercise="general_rule" role="solution"
def general_rule(n_inputs, n_outputs, seed):
    """Return weight (n_outputs, n_inputs) and bias (n_outputs,) of one layer."""
    generator = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    y = 1 / np.sqrt(n_inputs)
    weight = generator.uniform(-y, y, size=(n_outputs, n_inputs))
    bias = np.zeros(n_outputs)
    ### END SOLUTION
    return weight, bias


# %% exercise="general_rule" role="check" points=2
initlab.check("general_rule", general_rule).require()

# %% [markdown]
# Your weights for 784 inputs, as a histogram, with the exact density of their distribution as a
# line:

# %%
from initlab.report import histogram

weight, _ = general_rule(784, 256, 0)
distribution = initlab.parse("general_rule_uniform").distribution(initlab.fan_of((256, 784)))
lesson.show(histogram(weight, distribution, title="general_rule_uniform"))

# %% [markdown]
# ## The same in PyTorch
#
# In PyTorch a rule for all layers is a function of one layer: `model.apply(function)` calls it with
# each layer of the model, and `torch.nn.init` fills the numbers in. The names of its functions end
# in `_` because they write into the tensor they are given. This part needs PyTorch
# (`pip install "initlab[torch]"`).

# %%
import torch
from torch import nn


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(128, 10),
    )  # fmt: skip


def weights_init_rule(m):
    if isinstance(m, nn.Linear):
        y = 1 / np.sqrt(m.in_features)
        nn.init.uniform_(m.weight, -y, y)
        nn.init.zeros_(m.bias)


model_rule = network().apply(weights_init_rule)
for name, parameter in model_rule.named_parameters():
    print(
        f"largest absolute value {parameter.abs().max().item():.4f}  {name} {tuple(parameter.shape)}"
    )

# %% [markdown]
# **Exercise.** Write `weights_init_normal(m)`. If `m` is a linear layer, it draws `m.weight` from the
# normal distribution of mean 0 and standard deviation $1/\sqrt n$, $n$ the number of inputs, and sets
# `m.bias` to 0. Other layers stay as they are.


# %% exercise="weights_init_normal" role="solution"
def weights_init_normal(m):
    """Initialize a linear layer with normal weights and zero biases."""
    ### BEGIN SOLUTION
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, mean=0, std=1 / np.sqrt(m.in_features))
        nn.init.zeros_(m.bias)
    ### END SOLUTION


# %% exercise="weights_init_normal" role="check" points=2
initlab.check("weights_init_normal", weights_init_normal).require()

# %% [markdown]
# Both rules, from one seed, on 1,600 pictures. The course calls `helpers.compare_init_weights` here,
# which trains for two passes. initlab has it too, as `initlab.compare_init_weights`. We train for
# ten passes, so we call `train_models`, with which it trains.

# %%
from initlab.comparison import train_models

model_normal = network().apply(weights_init_normal)
data = runs.data
trained = train_models(
    [model_rule, model_normal],
    (data.x_train[:1600], data.y_train[:1600]),
    (data.x_test[:400], data.y_test[:400]),
    epochs=10,
    learning_rate=0.001,
    progress=False,
)
for label, one in zip(("uniform rule", "normal rule"), trained, strict=True):
    print(f"training loss {np.mean(one.losses[-16:]):.3f}, "
          f"validation accuracy {100 * one.scores['validation_accuracy']:.1f} %  {label}")  # fmt: skip

# %% [markdown]
# Both models learn. Their accuracies differ by less than one percentage point, too little for one
# seed to rank them. Below we ask what the normal shape is worth.

# %% [markdown]
# ## What you get if you ask for nothing
#
# PyTorch's `nn.Linear` draws its own weights, uniform between $-\text{bound}$ and $\text{bound}$. Its
# source takes a detour: a gain of $\sqrt{2/(1+a^2)}$ with $a=\sqrt5$, a standard deviation of
# gain$/\sqrt n$, and a bound of $\sqrt3$ standard deviations.
#
# **Exercise.** Write `default_start(in_features)`: it returns the pair `bound, std`. PyTorch is not
# needed. Which initialization of this lesson has the same bound?


# %% exercise="default_start" role="solution"
def default_start(in_features):
    """Return the largest weight that nn.Linear can draw, and the weights' standard deviation."""
    ### BEGIN SOLUTION
    gain = np.sqrt(2 / (1 + 5))
    std = gain / np.sqrt(in_features)
    bound = np.sqrt(3) * std
    return bound, std
    ### END SOLUTION


# %% exercise="default_start" role="check" points=2
initlab.check("default_start", default_start).require()

# %%
bound, std = default_start(784)
print(f"784 inputs: bound {bound:.6f}, std {std:.6f}; 1/sqrt(n) = {1 / np.sqrt(784):.6f}")

# %% [markdown]
# It is the general rule: the gain is $1/\sqrt3$, and $\sqrt3$ takes it away again. `torch_default`
# and `general_rule_uniform` draw weights from one distribution and differ in their biases only,
# which PyTorch draws in the same way instead of leaving them at 0. Compare their rows below: grey
# is before training, coloured after it.

# %%
lesson.show(runs.figure("weights"))

# %% [markdown]
# ## Uniform or normal?
#
# The course behind this lesson compares $U(-y,y)$ with a normal distribution of standard deviation
# $y$, both with $y=1/\sqrt n$, and adds that normal weights usually do better. But a uniform
# distribution on $(-y,y)$ has variance $y^2/3$. The two initializations share the number $y$; the
# normal weights have three times the variance. Shape and size change at once. To separate them we
# need each shape at each size: `lecun_uniform` is uniform with variance $1/n$, `variance_scaling`
# with scale 0.333 is normal with a third of that.

# %%
four = [
    "general_rule_uniform", "variance_scaling(scale=0.333)", "lecun_uniform", "general_rule_normal"
]  # fmt: skip
for init in four:
    weight = initlab.draw(init, (256, 784), seed=0)
    print(f"n Var(w) = {784 * weight.var():.3f}, largest |w| {np.abs(weight).max():.3f}  {init}")

# %% [markdown]
# Now train from all four, with 12 seeds each: on the digits, and for five passes only, because
# initializations differ most at the beginning.

# %%
shapes = initlab.compare("digits", inits=four, seeds=12, epochs=5, progress=False)
lesson.show(shapes.figure("scores"))

# %%
for difference in shapes.analysis.differences:
    print(difference.words)

# %% [markdown]
# At equal variance the runs do not distinguish the two shapes, at the small variance or at the large
# one. At equal shape the larger variance wins, both times. So "normal is better than
# uniform" means here only "three times the variance is better". The runs show no effect of the
# shape.

# %% [markdown]
# ## Is more always better?
#
# No. On the digits network standard normal weights are 8 to 16 times larger than those of
# `general_rule_normal`, and at the usual rate of 0.001 they do much worse. But an initialization is
# always judged together with a learning rate. Give both initializations two rates to choose from:

# %%
rates = initlab.compare(
    "digits", inits=["general_rule_normal", "normal"], seeds=3, learning_rate=[0.001, 0.01],
    progress=False,
)  # fmt: skip
for score in rates.analysis.rates:
    print(
        f"{100 * score.mean:.1f} % right at a learning rate of {score.learning_rate}  {score.init}"
    )

# %% [markdown]
# At 0.01 the gap nearly closes: large weights need large steps. One learning rate for all flatters
# the initialization that it happens to suit.

# %% [markdown]
# ## Choose
#
# **Exercise.** Write `best_start(results)`. `results` is a dictionary. Its keys are names of
# initializations, its values dictionaries with `train_loss` and `validation_accuracy`. Return three
# names: the initialization with the lowest training loss, the one with the best validation
# accuracy, and your choice. Choose the best validation accuracy; among equals, the lower training
# loss; among equals again, the first. Never name an initialization with a number that is not
# finite. If none is left, return `None, None, None`.


# %% exercise="best_start" role="solution"
def best_start(results):
    """Return the names of lowest training loss, best validation accuracy, and the choice."""
    ### BEGIN SOLUTION
    alive = {
        name: one
        for name, one in results.items()
        if np.isfinite(one["train_loss"]) and np.isfinite(one["validation_accuracy"])
    }
    if not alive:
        return None, None, None
    lowest = min(alive, key=lambda name: alive[name]["train_loss"])
    best = max(alive, key=lambda name: alive[name]["validation_accuracy"])
    choice = max(
        alive, key=lambda name: (alive[name]["validation_accuracy"], -alive[name]["train_loss"])
    )
    return lowest, best, choice
    ### END SOLUTION


# %% exercise="best_start" role="check" points=3
initlab.check("best_start", best_start).require()

# %%
table = {cell.init: cell.metrics for cell in runs.cells}
lowest, best, choice = best_start(table)
print(f"lowest training loss: {lowest}")
print(f"best validation accuracy: {best}")
print(f"choice: {choice}")

# %% [markdown] question="which_start" role="question"
# **Question.** After the training above, which initialization has the lowest training loss, which
# the best validation accuracy, and which would you use for the final model? How sure are you, and
# what would you do to be surer?

# %% [markdown] question="which_start" role="answer"
# The cell prints one name each, but the three initializations of size $1/\sqrt n$ lie within about
# one percentage point of each other, at one seed. Another seed can change their order, so the table
# cannot rank them. What is safe: zeros, ones and uniform [0, 1) are out; each of the three will do,
# and PyTorch's default costs nothing. To be surer, take many seeds, choose the learning rate for each
# initialization, and test the paired differences, as the lesson on seeds does.

# %% [markdown]
# ## What to remember
#
# - Look at the first loss. Far above $\ln 10$ means predictions that are sure and wrong.
# - A constant has two faults: equal units and, often, the wrong size. Dropout repairs only the first.
# - Centre the weights, and give them a variance proportional to $1/n$.
# - PyTorch's default draws weights by the general rule, and biases from the same range instead of 0.
# - Before you compare two distributions, make their variances equal. Here the shape had no visible effect.
# - Judge every initialization at a rate that suits it, and never from one seed.
