"""The segments recipe: a short run, and what a chain learns that a softmax cannot."""

from nnmem import recipes


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path):
    whole = recipes.run("segments", steps=6)
    assert set(whole.metrics) == {"within_half_crf", "within_half_sigmoid", "within_half_softmax"}
    recipes.run("segments", steps=6, out=tmp_path)
    again = recipes.run("segments", steps=6, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())
