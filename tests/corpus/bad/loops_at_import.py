while True:
    pass


def dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1), (X, q)


def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :], (dscores[..., None] * X).sum(axis=-2)

