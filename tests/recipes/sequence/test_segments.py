"""The segments recipe: a short run, and what a chain learns that a softmax cannot."""

from nnmem import recipes


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path):
    whole = recipes.run("segments", steps=6)
    others = {f"crf_{n}" for n in (32, 64, 128)} | {f"crf_{count}_stretches" for count in (2, 3, 4)}
    assert set(whole.metrics) == {f"within_half_{name}" for name in {"crf", "sigmoid", "softmax"} | others}
    recipes.run("segments", steps=6, out=tmp_path)
    again = recipes.run("segments", steps=6, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())
