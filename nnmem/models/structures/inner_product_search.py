"""Maximum inner product search (最大内积搜索, MIPS): which rows of a memory fit a query best?

Chandar et al. 2016, section 3: a hierarchical memory (分层记忆网络) attends to the K best alone. ``exact`` looks at all
rows; ``Clusters`` looks at the rows of a few clusters, those whose centres point most nearly where the query does.

Clusters group directions, and the largest inner product is not the smallest angle: a long row may win. The
norm-to-cosine transformation (Auvolat et al. 2015) mends that by one more number, after which all rows have one
length::

    P(x) = [x / M; √(1 − |x / M|²)], M = max |xᵢ|       Q(q) = [q; 0]       so   cos(P(x), Q(q)) = xᵀq / (M |q|)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnmem.nn.arguments import arrays
from nnmem.nn.options import count, generator


def exact(X: np.ndarray, q: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the k largest inner products, the largest first; equal ones, the first rows first.

    Parameters
    ----------
    X : (N, d) array
    q : (d,) array
    k : int
        Where there are fewer rows, all of them.

    Raises
    ------
    ValueError, TypeError
        A shape does not fit, or k < 1.
    """
    X, q = arrays("exact", "X (N, d), q (d,)", X, q)
    return largest(X @ q, count("exact", "k", k))


def largest(scores: np.ndarray, k: int) -> np.ndarray:
    """The places of the k largest scores, the largest first, equal ones in order."""
    if k < len(scores):
        limit = np.partition(scores, len(scores) - k)[len(scores) - k]
        found = np.flatnonzero(scores >= limit)
    else:
        found = np.arange(len(scores))
    return found[np.argsort(-scores[found], kind="stable")[:k]]


def same_length(X: np.ndarray) -> np.ndarray:
    """P(x) of every row: (N, d + 1), all of length one."""
    X = X / max(float(np.sqrt((X * X).sum(axis=1).max())), np.finfo(X.dtype).tiny)
    rest = np.sqrt(np.maximum(0, 1 - (X * X).sum(axis=1, keepdims=True)))
    return np.concatenate([X, rest], axis=1)


def spherical_means(
    P: np.ndarray, clusters: int, rng: np.random.Generator, sweeps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Spherical k-means: centres of length one (clusters, d), and the cluster of each row (N,).

    A row belongs to the centre with the largest inner product; a centre is the direction of its rows' sum. One that has
    lost all of its rows stays where it was.
    """
    centres = P[rng.choice(len(P), clusters, replace=False)].copy()
    for sweep in range(sweeps + 1):
        of_row = np.concatenate([(part @ centres.T).argmax(axis=1) for part in np.array_split(P, -(-len(P) // 4096))])
        if sweep == sweeps:
            break
        order = np.argsort(of_row, kind="stable")
        used, starts = np.unique(of_row[order], return_index=True)
        sums = np.add.reduceat(P[order], starts)
        centres[used] = sums / np.maximum(np.sqrt((sums * sums).sum(axis=1, keepdims=True)), np.finfo(P.dtype).tiny)
    return centres, of_row


@dataclass(frozen=True)
class Clusters:
    """A memory's rows in groups of one direction; made by ``cluster``, good for the rows it was made of."""

    rows: np.ndarray  # (N, d), cluster after cluster
    places: np.ndarray  # (N,) where each of them stands in the memory
    starts: np.ndarray  # (C + 1,) where clusters begin
    centres: np.ndarray  # (C, d + 1), of the rows made equally long

    def search(self, X: np.ndarray, q: np.ndarray, k: int, looked_at: int) -> np.ndarray:
        """Return the places of the k largest inner products among the rows of the ``looked_at`` nearest clusters.

        Raises
        ------
        ValueError
            X is not the memory that this was made of, in its shape; k < 1, or more clusters than there are.
        TypeError
            A dtype does not fit.
        """
        function = "Clusters.search"
        X, q = arrays(function, "X (N, d), q (d,)", X, q)
        count(function, "k", k), count(function, "looked_at", looked_at)
        if X.shape != self.rows.shape:
            raise ValueError(
                f"{function}: X has shape {X.shape}, the clusters are of {self.rows.shape}: cluster it again"
            )
        if looked_at > len(self.centres):
            raise ValueError(
                f"{function}: looked_at is {looked_at}, should be at most {len(self.centres)}, all clusters"
            )
        nearest = largest(self.centres[:, :-1] @ q, looked_at)
        parts = [slice(self.starts[c], self.starts[c + 1]) for c in nearest]
        scores = np.concatenate([self.rows[part] @ q for part in parts])
        places = np.concatenate([self.places[part] for part in parts])
        return places[largest(scores, k)]


def cluster(X: np.ndarray, clusters: int, rng: np.random.Generator, sweeps: int = 5) -> Clusters:
    """Group the rows of a memory X (N, d) by spherical k-means after the norm-to-cosine transformation.

    Raises
    ------
    ValueError
        Fewer rows than clusters, or no cluster at all.
    TypeError
        A dtype does not fit, or rng is no generator.
    """
    function = "cluster"
    (X,) = arrays(function, "X (N, d)", X)
    if count(function, "clusters", clusters) > len(X):
        raise ValueError(f"{function}: clusters is {clusters}, should be at most {len(X)}, the rows of X")
    generator(function, rng)
    centres, of_row = spherical_means(same_length(X), clusters, rng, count(function, "sweeps", sweeps, 0))
    places = np.argsort(of_row, kind="stable")
    starts = np.searchsorted(of_row[places], np.arange(clusters + 1))
    return Clusters(X[places], places, starts, centres)
