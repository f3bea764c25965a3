import numpy as np
import pytest

from nnmem.tasks.complex_signals import sinusoids


def test_a_clean_signal_fills_two_entries_of_its_spectrum(rng):
    noisy_re, noisy_im, clean_re, clean_im = sinusoids(rng, 400, size=16, waves=2, noise=0.5)
    assert clean_re.shape == (400, 16) and clean_re.dtype == np.float32
    spectrum = abs(np.fft.fft(clean_re + 1j * clean_im)) / 16
    np.testing.assert_allclose(np.sort(spectrum, axis=1)[:, -2:], 1, rtol=1e-5)
    np.testing.assert_allclose(np.sort(spectrum, axis=1)[:, :-2], 0, atol=1e-5)
    assert (spectrum > 0.5).any(axis=0).all(), "every frequency"
    start = clean_re[:, 0] + 1j * clean_im[:, 0]
    assert abs(start.mean()) < 0.3 and (abs(start) < 1).any(), "waves start anywhere"
    noise = (noisy_re - clean_re) + 1j * (noisy_im - clean_im)
    np.testing.assert_allclose((abs(noise) ** 2).mean(), 0.25, rtol=0.05)
    np.testing.assert_allclose((noise.real**2).mean(), 0.125, rtol=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "batch is 0"),
        ({"size": 3, "waves": 4}, "waves is 4, should be at most size = 3"),
        ({"noise": -1.0}, "noise is -1.0, should be at least 0"),
        ({"noise": float("nan")}, "noise is nan"),
    ],
)
def test_sizes_that_make_no_sense(rng, options, message):
    with pytest.raises(ValueError, match=message):
        sinusoids(rng, **{"batch": 1, **options})
