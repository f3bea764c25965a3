"""An encoder of pictures (图像编码器): a small convolutional net whose feature vectors attention chooses from.

::

    A = ReLU(max pool 2 (conv 3 x 3 (X)))
    B = ReLU(conv 3 x 3 (A))
    F = ReLU(conv 3 x 3, stride 2 (B))        a feature vector for each patch of 12 x 12 pixels, 4 apart
    p(class | patch) = softmax(W f + b)       what it is trained on, and then frozen

Of a patch of 12 x 12 the last convolution sees all there is, so there it is a linear layer, and one patch gives one
vector; a larger picture gives the vectors of all its patches at once, and what patches share is computed once. Xu et
al. 2015 take such vectors from a large net trained on photographs, which they do not train further either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.convolution import (
    ConvolutionParams,
    convolution_backward,
    convolution_forward,
    convolution_init,
    max_pooling_backward,
    max_pooling_forward,
)
from nnmem.nn.layer_norm import layer_norm_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.patches import large_enough
from nnmem.nn.relu import relu_backward, relu_forward

SEEN, APART = 12, 4  # pixels that a feature vector sees, and from one to the next


class PatchEncoderParams(NamedTuple):
    first: ConvolutionParams  # (k₁, 3, 3, 1)
    second: ConvolutionParams  # (k₂, 3, 3, k₁)
    third: ConvolutionParams  # (d, 3, 3, k₂)
    output: LinearParams  # (classes, d)


@dataclass(frozen=True)
class PatchEncoder:
    """Sizes.

    Parameters
    ----------
    classes : int
    filters : tuple of int
        Of the first and the second convolution.
    features : int
        d, the length of a feature vector.
    """

    classes: int
    filters: tuple[int, int] = (16, 32)
    features: int = 128

    def init(self, rng: np.random.Generator) -> PatchEncoderParams:
        """Return first parameters."""
        one, two = self.filters
        return PatchEncoderParams(
            convolution_init(rng, one, 3, 1),
            convolution_init(rng, two, 3, one),
            convolution_init(rng, self.features, 3, two),
            LinearParams(glorot_uniform(rng, (self.classes, self.features)), np.zeros(self.classes, np.float32)),
        )

    def encode(self, params: PatchEncoderParams, pictures: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return the feature vectors of a picture's patches.

        Parameters
        ----------
        params : PatchEncoderParams
        pictures : (B, H, W) array
            Grey pictures, 0 to 1.

        Returns
        -------
        F : (B, h, w, d) array
            h = (H − 12) // 4 + 1 rows of patches, w columns.
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            The pictures are smaller than a patch, or have colours.
        """
        (pictures,) = arrays("PatchEncoder", "pictures (B, H, W)", pictures)
        large_enough("PatchEncoder", pictures[..., None], SEEN, "patch")
        Z, first = convolution_forward(pictures[..., None], *params.first)
        pooled, pool = max_pooling_forward(Z)
        A, on_first = relu_forward(pooled)
        Z, second = convolution_forward(A, *params.second)
        B, on_second = relu_forward(Z)
        Z, third = convolution_forward(B, *params.third, stride=2)
        F, on_third = relu_forward(Z)
        return F, (first, pool, on_first, second, on_second, third, on_third)

    def regions(self, params: PatchEncoderParams, pictures: np.ndarray) -> np.ndarray:
        """Return what attention chooses from: (B, h w, d + h + w), the patches in reading order.

        Each feature vector is brought to mean 0 and variance 1, as otherwise those of a frequent class are longer and
        hold the scores of attention at the ends of tanh; behind it stand its row and its column, one-hot.
        """
        F, _ = self.encode(params, pictures)
        B, h, w, d = F.shape
        F, _ = layer_norm_forward(F, np.ones(d, F.dtype), np.zeros(d, F.dtype), eps=1e-3)
        row, column = np.indices((h, w))
        places = np.concatenate([np.eye(h, dtype=F.dtype)[row], np.eye(w, dtype=F.dtype)[column]], axis=-1)
        return np.concatenate([F, np.broadcast_to(places, (B, h, w, h + w))], axis=-1).reshape(B, h * w, d + h + w)

    def forward(
        self, params: PatchEncoderParams, pictures: np.ndarray, kept: np.ndarray | None = None
    ) -> tuple[np.ndarray, tuple]:
        """Return the logits of every patch's class.

        Parameters
        ----------
        params : PatchEncoderParams
        pictures : (B, H, W) array
        kept : (B, h, w, d) array, optional
            Dropout of the features.

        Returns
        -------
        logits : (B, h, w, classes) array
        cache : tuple
        """
        F, encoded = self.encode(params, pictures)
        kept = np.ones_like(F) if kept is None else upstream("PatchEncoder", "kept", kept, F.shape, F.dtype)
        logits, output = linear_forward(F * kept, *params.output)
        return logits, (encoded, kept, output)

    def backward(self, dlogits: np.ndarray, cache: tuple) -> tuple[PatchEncoderParams, np.ndarray]:
        """Gradients of the parameters and of the pictures: the layers in reverse."""
        (first, pool, on_first, second, on_second, third, on_third), kept, output = cache
        dF, *doutput = linear_backward(dlogits, output)
        dB, *dthird = convolution_backward(relu_backward(dF * kept, on_third), third)
        dA, *dsecond = convolution_backward(relu_backward(dB, on_second), second)
        dpooled = relu_backward(dA, on_first)
        dpictures, *dfirst = convolution_backward(max_pooling_backward(dpooled, pool), first)
        one, two, three = (ConvolutionParams(*layer) for layer in (dfirst, dsecond, dthird))
        return PatchEncoderParams(one, two, three, LinearParams(*doutput)), dpictures[..., 0]
