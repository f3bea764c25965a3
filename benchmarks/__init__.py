"""Cases for ``nnmem bench``: each file has ``cases(peers)``."""
