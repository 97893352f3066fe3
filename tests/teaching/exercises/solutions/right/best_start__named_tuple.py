import math
from collections import namedtuple

Best = namedtuple("Best", "lowest_loss best_accuracy choice")


def best_start(results):
    sound = {k: v for k, v in results.items() if all(map(math.isfinite, v.values()))}
    if not sound:
        return Best(None, None, None)
    loss = lambda k: sound[k]["train_loss"]
    rate = lambda k: -sound[k]["validation_accuracy"]
    return Best(min(sound, key=loss), min(sound, key=rate), min(sound, key=lambda k: (rate(k), loss(k))))
