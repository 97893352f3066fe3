import math


def best_start(results):
    sound = [n for n, row in results.items() if all(math.isfinite(v) for v in row.values())]
    if not sound:
        return None, None, None
    lowest = min(sound, key=lambda name: results[name]["train_loss"])
    return lowest, max(sound, key=lambda name: results[name]["validation_accuracy"]), lowest
