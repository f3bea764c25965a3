"""What the recipes' pictures say: panels, labels, lines, colours and numbers, of committed results and shipped models.

All of it stands in ``pictures.json``. Who changes a picture looks at it, then renews the file:
``python tests/recipes/test_pictures.py``.
"""

import json
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes.result import Result

matplotlib.use("Agg")
RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
KEPT = Path(__file__).parent / "pictures.json"
PLOTTED = (
    *("boltzmann-capacity", "dense-capacity", "digit-memory", "holographic-capacity", "hopfield-basins"),
    *("hopfield-capacity", "hopfield-damage", "hopfield-tsp", "learning-rules", "modern-capacity"),
    *("redundant-copies", "fast-weights", "fact-recall", "fact-recall-faiss", "tree-search", "pointer-sort"),
)
TRIED = {
    "pointer-sort": ("3 1 2 0.5 7", "5 4 3 2 1 0.5 0.2"),
    "pointer-hull": ("0 0 1 0 1 1 0 1 .5 .5",),
    "ntm-copy": ("memory", "a memory of forty rows and one"),
    "fast-weights": ("c9k8j3f1??k",),
    "translate-dates": ("一九九八年三月五日星期四",),
    "handwriting": ("window",),
}


def drawn(name):
    """The picture of a committed result."""
    if name == "redundant-copies":
        return Result(**json.loads((RESULTS / "redundant-copies-seeds.json").read_text())["runs"][0]).plot()
    path = RESULTS / f"{name}.json"
    return (
        Result(**json.loads(path.read_text())) if path.exists() else Result.load(RESULTS / f"{name}-seed0.npz")
    ).plot()


def pictures():
    for name in PLOTTED:
        yield name, lambda name=name: drawn(name)
    for name, inputs in TRIED.items():
        for given in inputs:
            yield f"{name}: {given}", lambda name=name, given=given: recipes.load(name).answer(given).plot()


def number(value):
    return float(f"{float(value):.5g}")


def colour(patch):
    return matplotlib.colors.to_hex(patch.get_facecolor())


def line(artist):
    x, y = (np.asarray(artist.get_data()[axis], float) for axis in (0, 1))
    sums = [number(np.nansum(values * (1 + np.arange(len(values))))) for values in (x, y)]
    how = artist.get_marker(), artist.get_linestyle(), matplotlib.colors.to_hex(artist.get_color())
    return [str(artist.get_label()), len(x), *sums, *map(str, how), number(artist.get_linewidth())]


def image(artist):
    pixels, limits = np.ma.filled(np.asarray(artist.get_array(), float), np.nan), artist.get_clim()
    weights = np.arange(pixels.size).reshape(pixels.shape) + 1
    return [list(pixels.shape), number(np.nansum(pixels * weights)), *map(number, limits), artist.get_cmap().name]


def axis(ax):
    ticks = {
        side: [label.get_text() for label in each.get_ticklabels()]
        for side, each in (("x", ax.xaxis), ("y", ax.yaxis))
        if isinstance(each.get_major_formatter(), matplotlib.ticker.FixedFormatter | matplotlib.ticker.FuncFormatter)
    }
    legend = ax.get_legend()
    return {
        "title": [ax.get_title(), number(ax.title.get_fontsize())],
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "scales": [ax.get_xscale(), ax.get_yscale()],
        "limits": [number(limit) for limit in (*ax.get_xlim(), *ax.get_ylim())],
        "ticks": ticks,
        "minor": [len(ax.get_xticks(minor=True)) > 0, len(ax.get_yticks(minor=True)) > 0],
        "shown": [bool(ax.axison), str(ax.get_aspect()), bool(ax.yaxis_inverted())],
        "lines": [line(each) for each in ax.lines],
        "bars": [[*map(number, (*bar.get_xy(), bar.get_width(), bar.get_height())), colour(bar)] for bar in ax.patches],
        "collections": [[type(each).__name__, str(each.get_label()), len(each.get_paths())] for each in ax.collections],
        "images": [image(each) for each in ax.images],
        "texts": [[text.get_text(), *map(number, text.get_position())] for text in ax.texts],
        "legend": [] if legend is None else said(legend),
    }


def said(legend):
    return [
        legend.get_title().get_text(),
        *(text.get_text() for text in legend.get_texts()),
        legend._ncols,
        number(legend._fontsize),
    ]


def described(figure):
    return {
        "size": [number(inch) for inch in figure.get_size_inches()],
        "axes": [axis(ax) for ax in figure.axes],
        "legends": [said(legend) for legend in figure.legends],
    }


def differences(a, b, where=""):
    """Where two descriptions differ; numbers may by a thousandth."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [found for key in a for found in differences(a[key], b[key], f"{where}.{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [found for i, pair in enumerate(zip(a, b, strict=True)) for found in differences(*pair, f"{where}[{i}]")]
    if isinstance(a, float) and isinstance(b, float):
        return [] if a == pytest.approx(b, rel=2e-3, abs=2e-3) else [f"{where}: {a} instead of {b}"]
    return [] if a == b else [f"{where}: {a} instead of {b}"]


@pytest.mark.parametrize(("name", "draw"), [*pictures()], ids=[name.split(":")[0] for name, _ in pictures()])
def test_a_picture_says_what_it_said(name, draw):
    assert not differences(
        json.loads(json.dumps(described(draw()))), json.loads(KEPT.read_text(encoding="utf-8"))[name]
    )


def test_the_pictures_of_all_recipes_that_draw_are_kept():
    kept = {name.split(":")[0] for name in json.loads(KEPT.read_text(encoding="utf-8"))}
    table = recipes.table()
    others = table["memn2n-babi"].topic, table["caption-digits"].topic  # their pictures are asked for elsewhere
    for recipe in table.values():
        assert recipe.name in kept or recipe.topic in others or not (recipe.plot or recipe.load)


if __name__ == "__main__":
    rows = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(described(draw()), ensure_ascii=False)}"
        for name, draw in pictures()
    ]
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
