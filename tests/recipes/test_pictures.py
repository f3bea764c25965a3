"""What the recipes' pictures say: panels, labels, lines, colours and numbers, of committed results and shipped models.

All of it stands in ``pictures.json``. Who changes a picture looks at it, then renews the file:
``python tests/recipes/test_pictures.py``.
"""

import json
from pathlib import Path

import matplotlib
import matplotlib.pyplot
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
    *("memn2n-single", "memn2n-ablation", "memnn-babi", "dmn-babi", "qa-memory", "qa-memory-ablation"),
    *("recurrent-attention", "recurrent-attention-plain"),
)
TRIED = {
    "pointer-sort": ("3 1 2 0.5 7", "5 4 3 2 1 0.5 0.2"),
    "pointer-hull": ("0 0 1 0 1 1 0 1 .5 .5",),
    "ntm-copy": ("memory", "a memory of forty rows and one"),
    "fast-weights": ("c9k8j3f1??k",),
    "translate-dates": ("一九九八年三月五日星期四",),
    "handwriting": ("window",),
    "memnn-babi": (None,),
    "dmn-babi": (None,),
    "qa-memory": (None,),
    "caption-digits": (None,),
    "recurrent-attention": (None,),
}


def drawn(name):
    """The picture of a committed result."""
    if name == "redundant-copies":
        return Result(**json.loads((RESULTS / "redundant-copies-seeds.json").read_text())["runs"][0]).plot()
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return Result.load(RESULTS / f"{name}-seed0.npz").plot()
    fields = json.loads(path.read_text())
    return Result(**{field: fields[field] for field in fields if field != "command"}).plot()


def answered(name, given):
    """What a shipped model says, and the picture of it; without an input, of the first example."""
    found = recipes.load(name).answer(given)
    return {"said": [*found.text.splitlines(), *found.notices], **described(found.plot())}


def pictures():
    for name in PLOTTED:
        yield name, lambda name=name: described(drawn(name))
    for name, inputs in TRIED.items():
        for given in inputs:
            yield f"{name}: {given or 'example'}", lambda name=name, given=given: answered(name, given)


def number(value):
    return float(f"{float(value):.5g}")


def colour(one):
    return matplotlib.colors.to_hex(one, keep_alpha=True)


def weighed(values):
    """A number that differs where any of many differs, or their order."""
    values = np.asarray(values, float).ravel()
    return number(np.nansum(values * (1 + np.arange(len(values)))))


def line(artist):
    x, y = artist.get_data()
    colours = colour(artist.get_color()), colour(artist.get_markerfacecolor())
    how = artist.get_marker(), artist.get_linestyle(), *colours, artist.get_alpha()
    sizes = artist.get_linewidth(), artist.get_markersize(), artist.get_zorder()
    return [str(artist.get_label()), len(x), weighed(x), weighed(y), *map(str, how), *map(number, sizes)]


def bar(patch):
    x, y = patch.get_xy()[:2]
    sizes = (patch.get_width(), patch.get_height()) if hasattr(patch, "get_width") else ()
    return [*map(weighed, (x, y)), *map(number, sizes), colour(patch.get_facecolor()), colour(patch.get_edgecolor())]


def collection(artist):
    points = [weighed(path.vertices) for path in artist.get_paths()]
    places = [] if artist.get_offsets() is None else np.ma.filled(artist.get_offsets(), np.nan)
    colours = [colour(one) for one in (*artist.get_facecolor()[:1], *artist.get_edgecolor()[:1])]
    return [type(artist).__name__, str(artist.get_label()), len(points), weighed(points), weighed(places), *colours]


def words(text):
    how = text.get_ha(), text.get_va(), str(text.get_color())
    return [text.get_text(), *map(number, (*text.get_position(), text.get_fontsize(), text.get_rotation())), *how]


def ruler(each):
    """How the ticks of an axis look."""
    tick = each.get_major_ticks()[:1]
    sizes = [(one.tick1line.get_markersize(), one.label1.get_fontsize(), one.label1.get_rotation()) for one in tick]
    places = each.get_majorticklocs() if isinstance(each.get_major_locator(), matplotlib.ticker.FixedLocator) else []
    return [*map(number, (*np.ravel(sizes), each.label.get_fontsize())), weighed(places)]


def image(artist):
    pixels, limits = np.ma.filled(np.asarray(artist.get_array(), float), np.nan), artist.get_clim()
    how = artist.get_cmap().name, str(artist.get_alpha()), colour(artist.get_cmap()(1.0))
    return [list(pixels.shape), weighed(pixels), *map(number, (*limits, *artist.get_extent())), *how]


def axis(ax):
    ticks = {
        side: [label.get_text() for label in each.get_ticklabels()]
        for side, each in (("x", ax.xaxis), ("y", ax.yaxis))
        if isinstance(each.get_major_formatter(), matplotlib.ticker.FixedFormatter | matplotlib.ticker.FuncFormatter)
    }
    legend = ax.get_legend()
    return {
        "title": [ax.get_title(), number(ax.title.get_fontsize()), weighed(ax.titleOffsetTrans.transform((0, 0)))],
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "scales": [ax.get_xscale(), ax.get_yscale()],
        "limits": [number(limit) for limit in (*ax.get_xlim(), *ax.get_ylim())],
        "ticks": ticks,
        "rulers": [ruler(ax.xaxis), ruler(ax.yaxis)],
        "spines": [side for side, spine in ax.spines.items() if spine.get_visible()],
        "minor": [len(ax.get_xticks(minor=True)) > 0, len(ax.get_yticks(minor=True)) > 0],
        "shown": [bool(ax.axison), str(ax.get_aspect()), bool(ax.yaxis_inverted())],
        "lines": [line(each) for each in ax.lines],
        "bars": [bar(each) for each in ax.patches],
        "collections": [collection(each) for each in ax.collections],
        "images": [image(each) for each in ax.images],
        "texts": [words(text) for text in ax.texts],
        "legend": [] if legend is None else said(legend),
    }


def said(legend):
    return [
        legend.get_title().get_text(),
        *(text.get_text() for text in legend.get_texts()),
        legend._ncols,
        number(legend._fontsize),
        str(legend._get_loc()),
        weighed(legend.get_bbox_to_anchor().transformed(legend.axes.transAxes.inverted()).get_points())
        if legend.axes
        else 0.0,
    ]


def described(figure):
    return {
        "title": figure.get_suptitle(),
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
    found = json.loads(json.dumps(draw()))
    assert not differences(found, json.loads(KEPT.read_text(encoding="utf-8"))[name])
    matplotlib.pyplot.close("all")


def test_the_pictures_of_all_recipes_that_draw_are_kept():
    kept = {name.split(":")[0] for name in json.loads(KEPT.read_text(encoding="utf-8"))}
    for recipe in recipes.table().values():  # the help desk's are asked for elsewhere
        name = {"memn2n-babi": "memn2n-single"}.get(recipe.name, recipe.name)
        assert name in kept or name.startswith("ask-") or not (recipe.plot or recipe.load)


if __name__ == "__main__":
    rows = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(draw(), ensure_ascii=False)}" for name, draw in pictures()
    ]
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
