def dot_score_forward(X, q:
    pass
