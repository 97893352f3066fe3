def best_start(results):
    return "general_rule", "general_rule", "general_rule"
