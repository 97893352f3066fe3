import math


def best_start(results):
    sound = {name: row for name, row in results.items()
             if not math.isnan(row['train_loss']) and math.isfinite(row['validation_accuracy'])}
    if not sound:
        return None, None, None
    by_loss = min(sound, key=lambda name: sound[name]["train_loss"])
    by_rate = max(sound, key=lambda name: sound[name]["validation_accuracy"])
    choice = max(sound, key=lambda name: (sound[name]["validation_accuracy"], -sound[name]["train_loss"]))
    return by_loss, by_rate, choice
