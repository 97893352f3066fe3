def weights_init_normal(m):
    m.weight.data.normal_(0.0, m.in_features**-0.5)
