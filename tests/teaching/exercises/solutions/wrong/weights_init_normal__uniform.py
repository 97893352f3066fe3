def weights_init_normal(m):
    y = (3 / m.in_features) ** 0.5
    m.weight.data.uniform_(-y, y)
    m.bias.data.fill_(0)
