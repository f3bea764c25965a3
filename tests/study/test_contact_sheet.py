"""The contact sheet shows the notebooks' pictures, each whole, in its place."""

from pathlib import Path

import numpy as np
from PIL import Image

from nnmem.study.contact_sheet import CELL, PICTURES, contact_sheet, sheet_size, write_contact_sheet

ROOT = Path(__file__).parents[2]


def test_the_committed_one_has_this_layout_and_every_picture_exists():
    with Image.open(ROOT / "figures" / "contact_sheet.png") as sheet:
        assert sheet.size == sheet_size()
    assert all((ROOT / "figures" / f"{name}.png").exists() for row in PICTURES for name in row)


def test_every_picture_stands_in_its_own_cell(tmp_path):
    colours = {}
    for number, name in enumerate(name for row in PICTURES for name in row):
        colours[name] = (20 * number, 255 - 20 * number, 40)
        Image.new("RGB", (300 + 100 * (number % 3), 300), colours[name]).save(tmp_path / f"{name}.png")
    write_contact_sheet(tmp_path)
    with Image.open(tmp_path / "contact_sheet.png") as file:
        sheet = np.asarray(file.convert("RGB"))
    assert np.array_equal(sheet, np.asarray(contact_sheet(tmp_path)))
    for y, row in enumerate(PICTURES):
        for x, name in enumerate(row):
            cell = sheet[y * CELL[1] : (y + 1) * CELL[1], x * CELL[0] : (x + 1) * CELL[0]].reshape(-1, 3)
            assert {tuple(map(int, pixel)) for pixel in np.unique(cell, axis=0)} == {colours[name], (255, 255, 255)}
    assert not list(tmp_path.glob("*.part"))
