"""Annotated pictures: what was found, as a person checks it."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dronelake.detect.finding import Finding
from dronelake.detect.orthophoto import Orthophoto
from dronelake.detect.windows import Window

SIDE_PX = 640
AROUND_M = 1.5
"""Ground around the box."""
LEAST_M = 6.0
"""Least side of the picture."""
COLORS = ("#ff5a1f", "#18c8ff", "#ffd21f", "#c05cff")
INK, PAPER = "#ffffff", "#101418"


def picture(orthophoto: Orthophoto, finding: Finding) -> bytes:
    """A JPEG of a finding: the ground around it, its box, class, score, position and a scale bar."""
    window = around(orthophoto, finding)
    zoom = SIDE_PX / max(window.width, window.height)
    rows, cols = max(1, round(window.height * zoom)), max(1, round(window.width * zoom))
    pixels, _ = orthophoto.read(window, (rows, cols))
    sheet = Image.new("RGB", (SIDE_PX, SIDE_PX + 56), PAPER)
    sheet.paste(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))), (0, 0))
    pen = ImageDraw.Draw(sheet)
    color = COLORS[finding.box.number % len(COLORS)]
    box = finding.box
    corners = ((box.left - window.left) * zoom, (box.top - window.top) * zoom)
    opposite = ((box.right - window.left) * zoom, (box.bottom - window.top) * zoom)
    pen.rectangle((*corners, *opposite), outline=color, width=3)
    label(pen, corners, f"{finding.name}  {finding.score:.2f}", color)
    scale_bar(pen, zoom / orthophoto.gsd_m)
    longitude, latitude = finding.position
    pen.text((12, SIDE_PX + 8), f"{latitude:.7f}, {longitude:.7f} (WGS 84)", fill=INK, font=font(16))
    pen.text(
        (12, SIDE_PX + 30),
        f"{finding.mapped[0]:.2f}, {finding.mapped[1]:.2f} ({orthophoto.crs})",
        fill=INK,
        font=font(16),
    )
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=88)
    return out.getvalue()


def around(orthophoto: Orthophoto, finding: Finding) -> Window:
    """The window of the raster that the picture shows: a square around the box, moved inside of the raster."""
    box = finding.box
    longest = max(box.right - box.left, box.bottom - box.top)
    side = round(max(longest + 2 * AROUND_M / orthophoto.gsd_m, LEAST_M / orthophoto.gsd_m))
    width, height = min(side, orthophoto.width), min(side, orthophoto.height)
    x, y = box.middle
    left = min(max(0, round(x - width / 2)), orthophoto.width - width)
    top = min(max(0, round(y - height / 2)), orthophoto.height - height)
    return Window(left, top, width, height, (False, False, False, False))


def label(pen: ImageDraw.ImageDraw, corner: tuple[float, float], text: str, color: str) -> None:
    """Text on a plate over a box's upper left corner, or in it where the picture ends."""
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font(18))
    x = max(0.0, min(corner[0], SIDE_PX - (right - left) - 12))
    y = max(0.0, corner[1] - (bottom - top) - 12)
    pen.rectangle((x, y, x + right - left + 12, y + bottom - top + 10), fill=color)
    pen.text((x + 6 - left, y + 5 - top), text, fill=PAPER, font=font(18))


def scale_bar(pen: ImageDraw.ImageDraw, px_a_metre: float) -> None:
    """One metre, in the lower right corner."""
    right, y = SIDE_PX - 16, SIDE_PX - 18
    left = right - px_a_metre
    pen.line((left - 1, y, right + 1, y), fill=PAPER, width=8)
    pen.line((left, y, right, y), fill=INK, width=4)
    pen.text(
        ((left + right) / 2, y - 8), "1 m", fill=INK, font=font(18), anchor="mb", stroke_width=2, stroke_fill=PAPER
    )


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font: an image for a task has no other."""
    return ImageFont.load_default(size)
