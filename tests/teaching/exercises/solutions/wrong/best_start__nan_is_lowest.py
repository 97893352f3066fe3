def best_start(results):
    lowest = min(results, key=lambda name: results[name]["train_loss"])
    best = max(results, key=lambda name: results[name]["validation_accuracy"])
    return lowest, best, best
