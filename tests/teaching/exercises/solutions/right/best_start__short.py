import math


def best_start(results):
    def loss(name):
        return results[name]["train_loss"]

    def accuracy(name):
        return results[name]["validation_accuracy"]

    sound = [n for n in results if math.isfinite(loss(n)) and math.isfinite(accuracy(n))]
    if not sound:
        return None, None, None
    return min(sound, key=loss), max(sound, key=accuracy), min(sound, key=lambda n: (-accuracy(n), loss(n)))
