INF = float("inf")


def best_start(results):
    low = best = choice = None
    for name, row in results.items():
        loss, accuracy = row["train_loss"], row["validation_accuracy"]
        if not (abs(loss) < INF and abs(accuracy) < INF):
            continue
        if low is None or loss < results[low]["train_loss"]:
            low = name
        if best is None or accuracy > results[best]["validation_accuracy"]:
            best = name
        if choice is None:
            choice = name
        elif accuracy > results[choice]["validation_accuracy"]:
            choice = name
        elif accuracy == results[choice]["validation_accuracy"] and loss < results[choice]["train_loss"]:
            choice = name
    return (low, best, choice)
