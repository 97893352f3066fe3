# %% [markdown]
# # Two circles: one network, three initializations
#
# A network is trained three times. Data, layers, learning rate and number of steps are the same;
# only the initial parameters differ: zeros, large random numbers, and He's random numbers. The
# first run learns nothing, the second gets stuck, the third works. This lesson shows why, in
# numbers, and then asks whether that still holds with other random numbers.

# %%
import initlab
from initlab.teaching.lessons import open_lesson

lesson = open_lesson("circles")

# %% [markdown]
# ## The data
#
# There are 300 training points and 100 test points, half of them on a circle of radius 1 (class 0)
# and half on a circle of radius 0.8 (class 1). Noise of standard deviation 0.05 moves every
# point. No straight line can separate the classes.

# %%
import numpy as np

zeros = initlab.compare("circles", inits=["zeros"], seeds=[3], progress=False)
lesson.show(zeros.figure("data"))

# %% [markdown]
# ## The network
#
# Two inputs, hidden layers of 10 and 5 units with ReLU, and one output with a sigmoid:
#
# $$a^{[1]}=\mathrm{relu}(W^{[1]}x+b^{[1]}),\quad a^{[2]}=\mathrm{relu}(W^{[2]}a^{[1]}+b^{[2]}),
# \quad p=\sigma(W^{[3]}a^{[2]}+b^{[3]}).$$
#
# The loss is the cross-entropy, $-\ln p$ for a point of class 1 and $-\ln(1-p)$ for a point of
# class 0, averaged over all points. Gradient descent makes 15,000 steps of rate 0.01, each on
# all training points.

# %% [markdown]
# ## Initialization 1: zeros
#
# **Exercise.** Write `initialize_parameters_zeros(layers_dims)`. For `layers_dims = [2, 10, 5, 1]`
# it returns a dictionary with `W1` of shape (10, 2), `b1` of shape (10, 1), `W2` of shape (5, 10),
# and so on: one row for each unit of the layer, one column for each input of the layer. Every
# number is 0.


# %% exercise="zeros" role="solution"
def initialize_parameters_zeros(layers_dims):
    """Return W1, b1, W2, b2, ... as a dictionary of arrays of zeros."""
    parameters = {}
    for k in range(1, len(layers_dims)):
        ### BEGIN SOLUTION
        parameters[f"W{k}"] = np.zeros((layers_dims[k], layers_dims[k - 1]))
        parameters[f"b{k}"] = np.zeros((layers_dims[k], 1))
        ### END SOLUTION
    return parameters


# %% exercise="zeros" role="check" points=2
initlab.check("zeros", initialize_parameters_zeros).require()

# %%
zeros.summary()

# %% [markdown] question="why_ln2" role="question"
# **Question.** The loss is $0.693147=\ln 2$ at every step. Why exactly this number? And why does
# it stay the same, although half of the predictions are wrong?

# %% [markdown] question="why_ln2" role="answer"
# With zero weights every hidden unit gives 0, so the last layer gives $z=0$ and $p=\sigma(0)=1/2$
# for every point. Each point then costs $-\ln\frac12=\ln 2$, whatever its class.
#
# The loss stays because no parameter moves: the gradient of $W^{[3]}$ is a product with
# $a^{[2]}=0$, and the gradients of $W^{[2]}$ and $W^{[1]}$ come back through $W^{[3]}=0$. The
# gradient of $b^{[3]}$ is the mean of $p-y$, which is 0 because both classes have equally many
# points.

# %% [markdown]
# It is often said that nothing moves because all points have the same loss. That is not the reason.
# With 301 training points, 151 of them in class 1, all points still begin with the same loss. Now
# $b^{[3]}$ moves, until $p$ is the share of class 1, but every weight stays 0: zero weights block
# each other. For the 301 points, the cell prints the largest entry of each first gradient, and the
# largest entry of each parameter after training.

# %%
from initlab.networks import DenseNetwork, gradients, layers

layers_dims = (2, 10, 5, 1)
network = DenseNetwork(layers_dims)
initial = initlab.draw_network("zeros", layers_dims, seed=3, stream="course")
uneven = initlab.compare("circles", inits=["zeros"], n_train=301, seeds=[3], progress=False)
loss, gradient = gradients(network, initial, uneven.data.x_train, uneven.data.y_train)
trained = uneven.cells[0].parameters
for name, values in gradient.items():
    print(f"{name}: largest entry of the first gradient {np.abs(values).max():.1e}, "
          f"of {name} after training {np.abs(trained[name]).max():.4f}")  # fmt: skip
print("sigmoid of b3:", 1 / (1 + np.exp(-trained["b3"].item())))
print("share of class 1:", 151 / 301)

# %% [markdown]
# ## Equal units stay equal
#
# Zeros have a second fault, and every constant shares it. Let all weights be 0.5. Gradients are
# then not zero, and the network learns. But the units of a layer begin equal, get equal gradients,
# and stay equal for ever: look at the rows of $W^{[1]}$ after 15,000 steps. Ten equal units do the
# work of one. So this 2-10-5-1 network can do no more than a 2-1-1-1 network.

# %%
equal = initlab.compare("circles", inits=["constant(value=0.5)"], seeds=[3], progress=False)
trained = equal.cells[0].parameters
print("W1 =", trained["W1"].round(4), sep="\n")
print(initlab.symmetry(trained))
print(f"training accuracy: {100 * equal.cells[0].metrics['train_accuracy']:.1f} %")

# %% [markdown]
# ## Initialization 2: large random numbers
#
# Two units become different only if something about them differs at the beginning. Random weights
# provide that; the biases may all be 0.
#
# **Exercise.** Write `initialize_parameters_random(layers_dims)`: the weights are standard normal
# numbers times 10, the biases are 0. Call `np.random.seed(3)` once, then draw the weights with
# `np.random.randn`, layer by layer: these are the numbers of the courses.


# %% exercise="random" role="solution"
def initialize_parameters_random(layers_dims):
    """Return W1, b1, W2, b2, ...: weights of standard deviation 10, biases 0."""
    np.random.seed(3)
    parameters = {}
    for k in range(1, len(layers_dims)):
        ### BEGIN SOLUTION
        parameters[f"W{k}"] = np.random.randn(layers_dims[k], layers_dims[k - 1]) * 10
        parameters[f"b{k}"] = np.zeros((layers_dims[k], 1))
        ### END SOLUTION
    return parameters


# %% exercise="random" role="check" points=2
initlab.check("random", initialize_parameters_random).require()

# %%
large = initlab.compare("circles", inits=["zeros", "normal(std=10)"], seeds=[3], progress=False)
lesson.show(large.figure("loss_curves"))

# %% [markdown] question="first_loss" role="question"
# **Question.** The curve of the large weights begins at infinity. The next cell shows that no units
# are copies now, although all biases are 0. Then it prints the outputs before the first step: the
# range of $z$, how many $p$ are exactly 1, how many of these are wrong, and the loss computed from
# $z$. Is the infinite loss a property of the network or of the arithmetic?

# %%
initial = initlab.draw_network("normal(std=10)", layers_dims, seed=3, stream="course")
print(initlab.symmetry(initial))
print("all biases are 0:", not any(initial[name].any() for name in ("b1", "b2", "b3")))
x, y = large.data.x_train, large.data.y_train
z = layers(network, initial, x).z[-1][:, 0]
p = 1 / (1 + np.exp(-z))
print(f"z from {z.min():.1f} to {z.max():.1f}")
print(f"p is exactly 1 for {(p == 1).sum()} points, "
      f"and wrong for {((p == 1) & (y == 0)).sum()} of them")  # fmt: skip
print(f"loss computed from z: {np.mean(np.logaddexp(0, z) - y * z):,.1f}")

# %% [markdown] question="first_loss" role="answer"
# Every $z$ is above 62, so the sigmoid differs from 1 by less than $10^{-26}$. A 64-bit number near
# 1 cannot show that: all 300 outputs are rounded to exactly 1. For the 150 points of class 0 the
# loss takes $\ln(1-1)=\ln 0$, which is infinite.
#
# This is arithmetic. From $z$ the same loss is $\ln(1+e^{z})-yz$, which needs no rounded $p$: its
# mean is 1,773.6. That is large, but finite. It still says that the network is very sure, and that
# half of its predictions are wrong.

# %% [markdown]
# ## How small?
#
# With large numbers the network needs hundreds of updates just to unlearn predictions that are sure
# and wrong. The courses therefore advise small numbers: multiply by 0.01. They do not try it.
#
# **Predict first.** After 15,000 steps from numbers of standard deviation 0.01, will the loss be
# near that of zeros, near that of the large weights, or below both? The next cell tries it, and
# also prints the typical size (root mean square) of the values in each layer before the first step.

# %%
for init in ("normal(std=10)", "normal(std=0.01)"):
    initial = initlab.draw_network(init, layers_dims, seed=3, stream="course")
    values = layers(network, initial, x).a
    typical = " ".join(f"{np.sqrt(np.mean(a**2)):.1e}" for a in values)
    print(f"{init}, typical size of the values in each layer: {typical}")
small = initlab.compare("circles", inits=["zeros", "normal(std=0.01)"], seeds=[3], progress=False)
small.summary()

# %% [markdown]
# The loss is still $\ln 2$. The reason is now the size, not the symmetry. Both initializations have
# the same random numbers, the second 1,000 times smaller, and each layer multiplies: its values are
# smaller by $10^3$, then $10^6$, then $10^9$. Gradients pass the same small weights on their way
# back.
#
# Yet they are not 0, so the weights move, though very slowly. With enough steps the network solves
# the task. The figure shows when.

# %%
patient = initlab.compare(
    "circles",
    inits=["normal(std=0.01)"],
    seeds=[3],
    steps=400_000,
    record_every=2_000,
    progress=False,
)
lesson.show(patient.figure("loss_curves"))
print(f"steps to a training loss of 0.3: {patient.cells[0].steps_to_threshold:,}")
print(f"training accuracy: {100 * patient.cells[0].metrics['train_accuracy']:.1f} %")

# %% [markdown]
# So the right size lies between 0.01 and 10. Let us search, with ten seeds for each size. Each dot
# is one seed; `normal` alone means standard deviation 1.

# %%
sizes = [f"normal(std={std})" for std in (0.1, 0.3, 1, 3, 10)]
search = initlab.compare("circles", inits=sizes, seeds=10, progress=False)
lesson.show(search.figure("scores"))

# %% [markdown]
# ## Initialization 3: He's rule
#
# A search like this costs time, and a new network needs a new search. A rule is better. Let a layer
# have $n$ inputs $a_i$ and independent weights of mean 0.
#
# 1. Variances add up: $\mathrm{Var}(z)=n\,\mathrm{Var}(w)\,\mathrm{E}[a^2]$.
# 2. $z$ is symmetric around 0 and ReLU drops the negative half:
#    $\mathrm{E}[\mathrm{relu}(z)^2]=\frac12\mathrm{Var}(z)$.
# 3. So each layer multiplies the mean square by $\frac12 n\,\mathrm{Var}(w)$.
# 4. The signal keeps its size if this is 1: $\mathrm{Var}(w)=\frac2n$, a standard deviation of
#    $\sqrt{2/n}$.

# %% [markdown]
# **Exercise.** Write `initialize_parameters_he(layers_dims)`: like the random initialization, but
# each standard normal number is multiplied by $\sqrt{2/n}$, where $n$ is the width of the previous
# layer. Again call `np.random.seed(3)` once, and draw layer by layer.


# %% exercise="he" role="solution"
def initialize_parameters_he(layers_dims):
    """Return W1, b1, W2, b2, ...: weights by He's rule, biases 0."""
    np.random.seed(3)
    parameters = {}
    for k in range(1, len(layers_dims)):
        ### BEGIN SOLUTION
        std = np.sqrt(2 / layers_dims[k - 1])
        parameters[f"W{k}"] = np.random.randn(layers_dims[k], layers_dims[k - 1]) * std
        parameters[f"b{k}"] = np.zeros((layers_dims[k], 1))
        ### END SOLUTION
    return parameters


# %% exercise="he" role="check" points=2
initlab.check("he", initialize_parameters_he).require()

# %%
he = initlab.compare(
    "circles", inits=["zeros", "normal(std=10)", "he_normal"], seeds=[3], progress=False
)
curve = he.cells[2].curve
print("loss of he_normal at step 14,000:", curve["train_loss"][curve["step"].index(14_000)])
lesson.show(he.figure("loss_curves"))
lesson.show(he.figure("decision_boundaries"))
he.summary()

# %% [markdown]
# These are the numbers of the courses: 50, 83 and 99 % of the training points, and with He's
# initialization a loss of 0.0735789596 at step 14,000. The courses call this fast. See for
# yourself: at step 2,000 the loss is still 0.675. For our layers the rule gives standard deviations
# of $\sqrt{2/2}=1$, $\sqrt{2/10}\approx0.45$ and $\sqrt{2/5}\approx0.63$, near the best size of the
# search.

# %% [markdown]
# ## He or Xavier?
#
# Where He has $2/n$, other rules have another variance. `lecun_normal` takes $1/n$, which courses
# often call Xavier's rule. Glorot and Bengio's own rule, `glorot_normal`, takes
# $2/(n+m)$ for a layer with $n$ inputs and $m$ outputs. By step 3 of the derivation, $1/n$ halves
# the mean square in every ReLU layer, so its root falls by a factor of $\sqrt2$. Ten layers of 300
# units show it. `normal(std=0.01)` is there for comparison: its variance is 67 times smaller than
# He's $2/300$.

# %%
from matplotlib.figure import Figure

figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
for init in ("he_normal", "lecun_normal", "normal(std=0.01)"):
    deep = initlab.draw_network(init, [300] * 11, seed=0)
    a = np.random.default_rng(0).standard_normal((200, 300))
    signal = [np.sqrt(np.mean(a**2))]
    for k in range(1, 11):
        a = np.maximum(0, a @ deep[f"W{k}"].T)
        signal.append(np.sqrt(np.mean(a**2)))
    axes.semilogy(range(11), signal, marker="o", label=init)
axes.set_xlabel("layer")
axes.set_ylabel("root mean square")
axes.legend()
lesson.show(figure)

# %% [markdown]
# ## Many seeds
#
# So far we have used one seed: 3, the choice of the courses. Another seed gives other random
# numbers and perhaps another result. The next cell trains the random initializations with 50 seeds
# each, `lecun_normal` included. (Zeros need no second run: nothing is drawn.) For He's
# initialization it prints the mean and the worst training accuracy, and at how many seeds large
# numbers do at least as well on the test points.

# %%
many = initlab.compare(
    "circles", inits=["normal(std=10)", "he_normal", "lecun_normal"], seeds=50, progress=False
)
large_cells, he_cells = many.cells[:50], many.cells[50:100]
accuracies = [cell.metrics["train_accuracy"] for cell in he_cells]
print(f"he_normal, training accuracy: mean {100 * np.mean(accuracies):.1f} %, "
      f"worst {100 * min(accuracies):.1f} %")  # fmt: skip
pairs = zip(large_cells, he_cells, strict=True)
as_good = sum(a.metrics["test_accuracy"] >= b.metrics["test_accuracy"] for a, b in pairs)
print(f"normal(std=10) at least as good as he_normal on the test points: at {as_good} of 50 seeds")
lesson.show(many.figure("scores"))
many.summary()

# %% [markdown] question="luck" role="question"
# **Question.** The courses print 99 % for He's initialization. Judge this number by the 50 seeds:
# what would you print in its place? And does He's initialization beat the two others: always, on
# average, or not at all?

# %% [markdown] question="luck" role="answer"
# 99 % is the result of one good seed. The median is hardly lower, 98.7 %, but the mean is 96.6 %, and
# a few seeds end where large numbers end: the worst at 67 %. An honest line gives the number of seeds,
# the median with its interval, and the worst seed.
#
# He's initialization beats large numbers at nearly every seed, and the paired test is clear. The
# test accuracy does not distinguish it from `lecun_normal`: with two ReLU layers, the halved signal
# mostly costs time. See the last column of the table. It is a median over only those seeds that reach
# the loss, so it flatters large numbers: just 15 of 50 are counted.

# %% [markdown]
# ## What to remember
#
# - Zero weights block each other's gradients: no weight ever moves. With equally many points in both
#   classes the loss stays $\ln 2$.
# - Equal units stay equal. Random weights make them different; biases may begin at 0.
# - Weights that are too large make the network sure of wrong predictions. Weights that are too
#   small make signal and gradient vanish, layer by layer.
# - $\sqrt{2/n}$ keeps the size of the signal through ReLU layers. How much that matters depends on
#   how many layers there are.
# - One seed proves nothing. Show them all.

# %% [markdown]
# All this was at one learning rate and on one set of points. The lesson `variant` changes both.
