import numpy as np


def dot_score_forward(X, q):
    return np.ones((2**17, 2**17)) @ X, None

