"""The same search by an engine made for real sizes, faiss (``pip install 'nnmem[engines]'``).

The centres are those that ``cluster`` found, the rows those of the norm-to-cosine transformation, so that at equal K
and equally many clusters looked at the engine finds what ``Clusters.search`` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnmem.models.structures.inner_product_search import Clusters, same_length
from nnmem.nn.arguments import arrays
from nnmem.nn.options import count


@dataclass(frozen=True)
class FaissClusters:
    """Clusters of a memory's rows, searched by faiss."""

    index: Any  # faiss.IndexIVFFlat of P(x)
    shape: tuple[int, int]

    def search(self, X: np.ndarray, q: np.ndarray, k: int, looked_at: int) -> np.ndarray:
        """Return what ``Clusters.search`` returns; where the clusters hold fewer than k rows, all of theirs.

        Raises
        ------
        ValueError
            X is not the memory that this was made of, in its shape; k < 1, or more clusters than there are.
        TypeError
            A dtype does not fit.
        """
        function = "FaissClusters.search"
        X, q = arrays(function, "X (N, d), q (d,)", X, q)
        count(function, "k", k), count(function, "looked_at", looked_at)
        if X.shape != self.shape:
            raise ValueError(f"{function}: X has shape {X.shape}, the clusters are of {self.shape}: cluster it again")
        if looked_at > self.index.nlist:
            raise ValueError(
                f"{function}: looked_at is {looked_at}, should be at most {self.index.nlist}, all clusters"
            )
        self.index.nprobe = looked_at
        Q = np.append(q, 0).astype(np.float32)[None]
        places = self.index.search(Q, min(k, len(X)))[1][0]
        return places[places >= 0]


def with_faiss(groups: Clusters) -> FaissClusters:
    """Hand clusters over to faiss, which computes in float32.

    Raises
    ------
    ModuleNotFoundError
        faiss is not installed.
    """
    import faiss

    X = np.empty_like(groups.rows)
    X[groups.places] = groups.rows
    P = same_length(X).astype(np.float32)
    nearest = faiss.IndexFlatIP(P.shape[1])
    nearest.add(groups.centres.astype(np.float32))
    index = faiss.IndexIVFFlat(nearest, P.shape[1], len(groups.centres), faiss.METRIC_INNER_PRODUCT)
    index.train(P)  # finds the centres there, and leaves them
    index.add(P)
    return FaissClusters(index, groups.rows.shape)
