from torch import nn


def weights_init_normal(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0.0, m.in_features**-0.5)
        nn.init.zeros_(m.bias)
