"""``nnmem train`` where it cannot go on: one line and an exit code."""

from pathlib import Path

import pytest

from nnmem.cli import main
from nnmem.recipes.associative import dense_capacity, hopfield_basins, hopfield_capacity

TRAIN = ["train", "pointer-sort", "--steps", "1", "--out"]


def one_line(capsys):
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("nnmem: ") and shown.err.count("\n") == 1
    return shown.err


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_a_folder_that_cannot_be_used_is_one_line(resume, tmp_path, capsys, monkeypatch):
    assert main([*TRAIN, str(tmp_path / ("x" * 300)), *resume]) == 1
    assert "File name too long" in one_line(capsys)
    (tmp_path / "file").touch()
    assert main([*TRAIN, str(tmp_path / "file")]) == 1
    assert "Not a directory" in one_line(capsys)

    def refused(self, *args, **options):
        raise PermissionError(13, "Permission denied", str(self))

    for method in ("exists", "glob", "mkdir"):
        monkeypatch.setattr(Path, method, refused)
    assert main([*TRAIN, str(tmp_path / "closed"), *resume]) == 1
    assert "Permission denied" in one_line(capsys)


@pytest.mark.parametrize(
    ("module", "option", "small"),
    [
        (dense_capacity, "--sizes", {"EXPONENTIAL": (), "MULTIPLES": (0.5,)}),
        (hopfield_basins, "--size", {}),
        (hopfield_capacity, "--sizes", {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_network_too_small_for_a_pattern_is_refused_and_the_next_is_not(
    module, option, small, tmp_path, capsys, monkeypatch
):
    for name, value in small.items():
        monkeypatch.setattr(module, name, value)
    command = ["train", module.RECIPE.name, "--out", str(tmp_path), "--json", option]
    with pytest.raises(SystemExit) as ended:
        main([*command, str(module.LEAST - 1)])
    assert ended.value.code == 2
    assert f"is {module.LEAST - 1}, should be a whole number of at least {module.LEAST}" in capsys.readouterr().err
    assert main([*command, str(module.LEAST)]) == 0
    with pytest.raises(ValueError, match="no patterns"):
        module.RECIPE.run(module.Run(), **{option[2:]: [module.LEAST - 1] if option == "--sizes" else module.LEAST - 1})
