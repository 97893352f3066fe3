def weights_init_normal(m):
    m.weight.data.normal_(0.0, 1 / m.in_features)
    m.bias.data.fill_(0)
