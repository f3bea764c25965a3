"""One picture of the notebooks' best pictures: ``figures/contact_sheet.png``, which a full ``nnmem chapter`` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES = (
    ("01_four_scores", "03_hulls", "04_handwriting"),
    ("05_documents", "06_looks", "07_landscape"),
    ("09_implied_attention", "12_heads", "13_film"),
)
CELL = (560, 350)
MARGIN = 16


def contact_sheet(figures: Path) -> Image:
    """Return the pictures of a folder side by side, each as large as its cell allows."""
    from PIL import Image

    sheet = Image.new("RGB", sheet_size(), "white")
    for y, row in enumerate(PICTURES):
        for x, name in enumerate(row):
            with Image.open(figures / f"{name}.png") as file:
                picture = file.convert("RGB")
            scale = min((CELL[0] - 2 * MARGIN) / picture.width, (CELL[1] - 2 * MARGIN) / picture.height)
            size = round(scale * picture.width), round(scale * picture.height)
            corner = x * CELL[0] + (CELL[0] - size[0]) // 2, y * CELL[1] + (CELL[1] - size[1]) // 2
            sheet.paste(picture.resize(size, Image.Resampling.LANCZOS), corner)
    return sheet


def sheet_size() -> tuple[int, int]:
    """Width and height of the whole, in pixels."""
    return CELL[0] * max(map(len, PICTURES)), CELL[1] * len(PICTURES)


def write_contact_sheet(figures: Path) -> None:
    """Write ``contact_sheet.png`` beside the pictures that it shows, whole or not at all."""
    part = figures / "contact_sheet.part"
    contact_sheet(figures).save(part, format="png", optimize=True)
    part.replace(figures / "contact_sheet.png")
