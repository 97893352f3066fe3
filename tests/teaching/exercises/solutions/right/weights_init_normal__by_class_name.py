import numpy as np


def weights_init_normal(m):
    if "Linear" in m.__class__.__name__:
        m.weight.data.normal_(0.0, 1 / np.sqrt(m.in_features))
        m.bias.data.fill_(0)
