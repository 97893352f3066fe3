# %% [markdown]
# # Which initialization is best? Many seeds, honest answers
#
# "He's initialization reaches 99 % on the two circles." The sentence is true, and it proves almost
# nothing: it is one run. This lesson trains the same small network hundreds of times. It shows
# what a single run hides, how to compare two initializations fairly, and when the honest answer is
# "we cannot tell".

# %%
import initlab
from initlab.teaching.lessons import open_lesson

lesson = open_lesson("seeds")

# %% [markdown]
# ## One run
#
# Two circles of points, a 2-10-5-1 network with ReLU, 15,000 steps of gradient descent with rate
# 0.01. A *seed* fixes the random numbers of the initialization, and nothing else here: data and
# training stay the same. This is the course's run, seed 3:

# %%
import numpy as np

one = initlab.compare("circles", inits=["he_normal"], seeds=[3], progress=False)
print(one.verdict)
print(f"training accuracy: {100 * one.cells[0].metrics['train_accuracy']:.1f} %")

# %% [markdown]
# ## Fifty runs
#
# Now we train five initializations with the seeds 0 to 49 each: 250 networks. A small function
# picks the scores of one initialization, in the order of the seeds. Here are the first ten training
# accuracies of He.

# %%
inits = ["he_normal", "glorot_normal", "orthogonal", "normal", "zeros"]
result = initlab.compare("circles", inits=inits, seeds=50, progress=False)


def scores(init, metric="test_accuracy", of=result):
    return np.array([cell.metrics[metric] for cell in of.cells if cell.init == init])


print("training accuracies, seeds 0 to 9:", scores("he_normal", "train_accuracy")[:10].round(3))
lesson.show(result.figure("scores"))

# %% [markdown]
# Each dot is one network. Look at the width of He's row: the very same recipe gives nearly perfect
# networks and one that gets a third of the points wrong. Where in this crowd is the famous run?

# %%
he = scores("he_normal", "train_accuracy")
print(f"seed 3: {100 * he[3]:.1f} %")
print(f"seeds that do at least as well, seed 3 included: {(he >= he[3]).sum()} of {he.size}")
print(f"mean {100 * he.mean():.1f} %, worst {100 * he.min():.1f} %")

# %% [markdown]
# Seed 3 belongs to the best six of fifty. The mean is lower, and the worst seed gets only 67 %. A
# report of the best run alone is a report of luck.

# %% [markdown]
# ## The middle and the tail
#
# One bad seed pulls a mean down; the best seed is luck; so which number represents an
# initialization? A good one is the *interquartile mean*: sort, cut a quarter off at each end, and
# average the rest. But it hides the failures, which may be what you care about. So look at both:
# the middle, and how many fell short. We call a seed failed here if it gets less than 90 % of the
# test points right.


# %%
def interquartile_mean(values):
    ordered = np.sort(values)
    cut = ordered.size // 4
    return ordered[cut : ordered.size - cut].mean()


for init in inits:
    values = scores(init)
    print(f"mean {values.mean():.3f}, middle {interquartile_mean(values):.3f}, "
          f"worst {values.min():.2f}, failed {(values < 0.9).sum():2d} of 50  {init}")  # fmt: skip

# %% [markdown]
# By the middle, He and Glorot are equal and ahead of plain standard normal weights, which no rule
# recommends. By the worst seed, standard normal weights are ahead of all. Apart from zeros,
# orthogonal weights fail most often. One number cannot say all this. Decide before you look which
# of these numbers matters to you.

# %% [markdown]
# ## How sure is the middle?
#
# Other seeds would have given another middle. How different? The *bootstrap* imitates new samples:
# draw 50 of our 50 scores with replacement, take the middle, repeat 10,000 times. The range that
# holds 95 % of these middles is an interval of the middle; `initlab` keeps it as `ci95`. (Its table
# shows the median, whose interval needs no resampling: it runs from one of the sorted scores to
# another.)

# %%
import matplotlib.pyplot as plt

generator = np.random.default_rng(0)
values = scores("he_normal")
middles = [interquartile_mean(generator.choice(values, values.size)) for _ in range(10_000)]
print("interval by hand:", np.quantile(middles, [0.025, 0.975]).round(4))
print("interval of initlab:", np.round(result.analysis.summary[0].metrics["test_accuracy"].ci95, 4))

figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
axes.hist(middles, bins=40, color="#0072B2")
axes.set_xlabel("interquartile mean of a resample")
axes.set_ylabel("resamples")
lesson.show(figure)

# %% [markdown] question="interval" role="question"
# **Question.** The interval of He's middle is narrow: less than one percentage point. Does it promise that
# 95 % of all seeds end inside it? Does it promise anything about another set of points drawn from
# the same circles? Answer before you run the next cell, in which data 1 is the set used so far
# and data 2 and 3 are new.

# %% [markdown] question="interval" role="answer"
# Neither. It says where the *middle* of many seeds lies, not a single seed: several of our fifty
# fall far outside. And all runs used the same 300 training and 100 test points, so the interval
# covers only the luck of the initialization. Other points give another middle: those of data 2 and
# 3 lie outside the interval of data 1.

# %%
for data_seed in (1, 2, 3):
    other = initlab.compare(
        "circles", inits=["he_normal"], seeds=20, data_seed=data_seed, progress=False
    )
    summary = other.analysis.summary[0].metrics["test_accuracy"]
    print(f"data {data_seed}: middle {summary.iqm:.3f}, "
          f"interval {summary.ci95[0]:.3f} to {summary.ci95[1]:.3f}")  # fmt: skip

# %% [markdown]
# ## Compare in pairs
#
# He against Glorot: do not compare two crowds, compare seed by seed. With the same seed both
# initializations use the same random numbers, only scaled differently, so a lucky seed is often
# lucky for both. The difference within a pair is free of this shared luck.

# %%
a, b = scores("he_normal"), scores("glorot_normal")
print(f"correlation of the two scores over the seeds: {np.corrcoef(a, b)[0, 1]:.2f}")
print(f"spread of the difference: {(a - b).std():.3f} in pairs, "
      f"{np.sqrt(a.var() + b.var()):.3f} if the pairs are shuffled")  # fmt: skip

figure, axes = plt.subplots(figsize=(4, 4), layout="constrained")
axes.plot([0.5, 1], [0.5, 1], color="0.7")
axes.plot(a, b, "o", color="#0072B2", alpha=0.5)
axes.set_xlabel("test accuracy of he_normal")
axes.set_ylabel("test accuracy of glorot_normal")
lesson.show(figure)

# %% [markdown]
# ## Is the difference more than luck?
#
# If the two initializations were equally good, each difference could just as well have the other
# sign.
# So flip signs at random, many times: how often is the mean difference as far from 0 as ours? This
# share is the *p-value*. It takes five lines, and no normal distribution.


# %%
def sign_flip_p(differences, flips=49_999):
    signs = np.random.default_rng(0).choice([-1, 1], size=(flips, differences.size))
    means = (signs * differences).mean(axis=1)
    extreme = np.abs(means) >= abs(differences.mean()) - 1e-12
    return (1 + extreme.sum()) / (1 + flips)


for rival in ("glorot_normal", "orthogonal", "zeros"):
    d = a - scores(rival)
    print(f"he_normal − {rival}: {d.mean():+.3f}, p = {sign_flip_p(d):.2g}")

# %% [markdown]
# Against zeros there is no doubt. Against Glorot the lead of one point may well be luck. Against
# orthogonal weights p is 0.025. Is that a discovery?

# %% [markdown]
# ## Many comparisons
#
# Four initializations that train make six pairs. Each pair has a chance of 5 % to look like a
# discovery when there is none. We can watch this: within each seed, shuffle which initialization
# gets which score. Now no initialization is better than another, by construction. How often does at
# least one of the six pairs still have p below 0.05?


# %%
def holm(p_values):
    """Multiply the smallest of m p-values by m, the next by m - 1, ...; never let them fall."""
    p_values = np.asarray(p_values)
    order = np.argsort(p_values)
    steps = (p_values.size - np.arange(p_values.size)) * p_values[order]
    corrected = np.empty(p_values.size)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


table = np.array([scores(init) for init in inits[:4]])
pairs = [(i, j) for i in range(4) for j in range(i)]
plain, after_holm = 0, 0
for _ in range(200):
    fake = generator.permuted(table, axis=0)
    p_values = [sign_flip_p(fake[i] - fake[j], flips=499) for i, j in pairs]
    plain += min(p_values) < 0.05
    after_holm += min(holm(p_values)) < 0.05
print(f"false discoveries: in {100 * plain / 200:.0f} % of the studies, "
      f"with Holm's correction in {100 * after_holm / 200:.0f} %")  # fmt: skip

# %% [markdown]
# Without a correction, a good part of these studies finds something that is not there. Holm's correction
# asks more of the smallest p-value, because it is the smallest of many. The library does it over
# all pairs of a study, ten here. Its test flips the signs of ranks, not of the differences, so that
# the most extreme seed counts hardly more than the next. So its p-values differ from ours: little for
# orthogonal weights, much for Glorot. See what becomes of He against orthogonal.

# %%
for difference in result.analysis.differences[:4]:
    print(f"{difference.first} and {difference.second}: p = {difference.p:.2g}, "
          f"after Holm's correction {difference.p_holm:.2g}")  # fmt: skip
print(result.verdict)

# %% [markdown] question="only_pair" role="question"
# **Question.** A report shows only He against orthogonal weights, "p = 0.02, significant". It does
# not mention the other initializations that were trained. What is wrong? And does our p of about
# 0.14 show that the two initializations are equally good?

# %% [markdown] question="only_pair" role="answer"
# The pair was picked after looking, because it had the smallest p of the initializations that
# train. The smallest of many p-values is often small by luck alone, so all the comparisons made must
# be counted. Planned in advance and alone, the same pair would have been fair.
#
# No. A large p says that these runs do not distinguish the initializations. A real difference may
# be too small for 50 seeds. "Not distinguishable" is a statement about our knowledge.

# %% [markdown]
# ## Ties
#
# Sometimes there really is no difference. If the last two weights are zero, a random first weight is
# as stuck as a zero one: every seed ends at one half. Then every difference is 0 and p is 1. Here
# the verdict is not even *No winner*, because neither initialization trains.

# %%
tie = initlab.compare(
    "circles", inits=["zeros", "W1=normal,W2=0,W3=0"], seeds=10, steps=1000, progress=False
)
print(tie.verdict)
print(tie.analysis.differences[0].words)

# %% [markdown]
# ## How much, and for what?
#
# A p-value says how rarely luck alone gives such a difference, not whether the difference matters.
# So give its size too: in percentage points, and as the share of seeds at which an initialization
# wins. And state the budget, here the number of steps. These are the same initializations after
# 5,000 steps instead of 15,000:

# %%
short = initlab.compare("circles", inits=inits[:4], seeds=50, steps=5000, progress=False)
for name, study in (("5,000", short), ("15,000", result)):
    x, y = scores("normal", of=study), scores("he_normal", of=study)
    print(f"{name} steps: the mean difference normal − he_normal is "
          f"{100 * (x - y).mean():+.1f} points; "
          f"normal wins at {100 * (x > y).mean():.0f} % of the seeds, "
          f"he_normal at {100 * (x < y).mean():.0f} %")  # fmt: skip
print(short.verdict)

# %% [markdown]
# After 5,000 steps standard normal weights beat He's. After 15,000 steps the means are not
# distinguishable; He's weights win at more seeds, but by less. So "the best initialization" does
# not exist. There is only the best initialization for this network, this budget, this learning
# rate, and this question.

# %% [markdown]
# ## A fair learning rate
#
# The rate 0.01 was given by the course. An initialization with larger weights has larger first
# gradients here (`cell.gradient_norms` shows them), so a rate that is too small holds it back less.
# To be fair, give every initialization several rates to choose from, the same list for all:

# %%
rates = initlab.compare(
    "circles", inits=["he_normal", "glorot_normal", "normal"], seeds=20, steps=5000,
    learning_rate=[0.01, 0.03, 0.1, 0.3], progress=False,
)  # fmt: skip
for score in rates.analysis.rates:
    print(f"mean {100 * score.mean:.1f} % at learning rate {score.learning_rate:4}  {score.init}")
print(rates.verdict)

# %% [markdown]
# At 0.01 the initializations lie twenty points apart. At its own best rate each of the three
# reaches about 94 or 95 % after a third of the steps, and nothing separates them. The differences
# between the initializations were, for the most part, a badly chosen rate.
#
# The rates were chosen and scored on the same 20 seeds, which flatters every initialization a
# little. New seeds give the honest score, here for all three at 0.1:

# %%
fresh = initlab.compare(
    "circles", inits=["he_normal", "glorot_normal", "normal"], seeds=range(100, 120), steps=5000,
    learning_rate=0.1, progress=False,
)  # fmt: skip
lesson.show(fresh.figure("scores"))

# %% [markdown]
# ## Runs that blow up
#
# A run whose numbers become infinite has no score. If you leave it out, the other runs make the
# initialization look better than it is. Here two initializations, He's and uniform numbers in [0, 1)
# (printed as `uniform`), fit the noisy curve of another lesson at a rate that is too large:

# %%
wild = initlab.compare(
    "curve", inits=["he_normal", "uniform(low=0, high=1)"], seeds=20, learning_rate=1.0,
    steps=5000, progress=False,
)  # fmt: skip
for row in wild.analysis.summary:
    print(f"{row.finished} finished, {row.diverged} diverged, "
          f"mean R² {row.metrics['validation_r2'].mean:.4f}  {row.init}")  # fmt: skip
print(wild.verdict)

# %% [markdown]
# The initialization with the better mean is the one that lost runs. That is why diverged runs are
# counted and named beside every score. That is also why learning rates are chosen by the median over
# all seeds, in which a diverged run counts as the worst, and not by the mean of the others.

# %% [markdown]
# ## How many seeds?
#
# Over our 50 seeds He's mean test accuracy is above that of orthogonal weights. Take these 50
# differences for the truth and draw $n$ of them, many times. How often is the order the other way
# round, or undecided? And how wide is the range of the mean differences that would be reported?

# %%
d = scores("he_normal") - scores("orthogonal")
sizes, wrong, spread = [1, 2, 3, 5, 10, 20, 50], [], []
for n in sizes:
    means = generator.choice(d, (10_000, n)).mean(axis=1)
    wrong.append(np.mean(means <= 1e-12))
    spread.append(100 * np.ptp(np.quantile(means, [0.025, 0.975])))
    print(
        f"n = {n:2d}: order wrong or undecided in {100 * wrong[-1]:.0f} % of the draws, "
        f"range of the mean difference {spread[-1]:.1f} points"
    )
print(f"spread of one difference: {100 * d.std():.1f} points")

figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
axes.plot(sizes, 100 * np.array(wrong), "o-", color="#0072B2")
axes.set_xlabel("number of seeds")
axes.set_ylabel("wrong or undecided, %")
axes.set_ylim(0)
lesson.show(figure)

# %% [markdown]
# With one seed it is close to random guessing. The range shrinks with $1/\sqrt n$: for half the
# range, take four times the seeds. The mean of $n$ differences with spread $s$ is known to about
# $\pm2s/\sqrt n$. So to see a difference of size $\delta$, take $n\approx(2s/\delta)^2$ seeds or
# more. Ask which difference matters to you, try ten seeds to see the spread, and work out $n$.

# %% [markdown]
# ## The five answers of a verdict
#
# The library answers with the first of these that applies. *Unfinished*: a run is missing. *Nothing
# trained*: no initialization beats the best constant prediction, such as always naming the larger
# class, in more than half of its runs. *Winner*: one initialization beats every other in the paired
# test, p of at most 0.05 each. *Too few seeds*: there are two or more initializations, no winner,
# and fewer than six seeds. *No winner*: the lead is not distinguishable from noise, or there is only
# one initialization. A diverged run counts as the worst. *No winner* is a result, too: look for your
# gains elsewhere.

# %% [markdown]
# ## A checklist for your own experiments
#
# 1. Write down metric, budget and comparisons before you look.
# 2. Give every initialization the same list of learning rates; choose on some seeds, report on
#    others.
# 3. Use the same seeds for every initialization, ten or more, and compare in pairs.
# 4. Show every seed: middle, interval, worst, failed, diverged.
# 5. Correct for all comparisons made, also those you do not show.
# 6. Give the size of a difference, not only its p-value.
# 7. "Cannot tell" is an answer, and it is not "equal".
# 8. Repeat on other data before you claim more.
