import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.drawing import Box, Disc, Line, Text, as_png, as_svg, letters
from benchmarks.standardize.reliability_plot import Curve, draw, shapes


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Read a PNG as its standard says, and check every sum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    position = 8
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", png, position + 8 + length) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        position += 12 + length
    width, height, depth, colours, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colours) == (8, 2)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def test_a_box_has_its_colour_and_nothing_else_is_painted() -> None:
    image = pixels(as_png([Box(2, 1, 3, 2, "#ff0000")], width=8, height=5))
    red = (image == [255, 0, 0]).all(axis=2)
    assert red.sum() == 6
    assert red[1:3, 2:5].all()
    assert (image[~red] == 255).all()


def test_a_line_covers_its_pixels_and_a_dashed_one_fewer() -> None:
    ends = [(0.0, 5.0), (60.0, 5.0)]
    whole, dashed = (
        pixels(as_png([Line(ends, "#000000", 1, dashed=dash)], width=61, height=11)) for dash in (False, True)
    )
    assert (whole[5] == 0).all()
    assert 0 < (dashed[5] == 0).all(axis=1).sum() < 61
    assert (whole[[0, 10]] == 255).all()


def test_a_disc_lets_half_of_what_is_below_through() -> None:
    image = pixels(as_png([Disc(5, 5, 3, "#000000")], width=11, height=11))
    assert abs(int(image[5, 5, 0]) - 128) <= 1
    assert (image[0, 0] == 255).all()


def test_letters_are_told_apart_and_unknown_ones_are_boxes() -> None:
    known = "abcdefghijklmnopqrstuvwxyz0123456789.,-_()/:"
    drawn = {letters(letter).tobytes() for letter in known}
    assert len(drawn) == len(known)
    assert letters("\u6771").tobytes() not in drawn
    assert not letters(" ").any()
    assert letters("").shape[0] == letters("ab").shape[0]


def test_texts_stand_at_their_anchor_turned_or_not_and_may_leave_the_image() -> None:
    def inked(text: Text) -> tuple[int, int, int, int]:
        rows, columns = np.nonzero((pixels(as_png([text], width=80, height=80)) < 255).any(axis=2))
        return int(columns.min()), int(columns.max()), int(rows.min()), int(rows.max())

    assert inked(Text(40, 40, "HH"))[0] == 40
    assert inked(Text(40, 40, "HH", "end"))[1] < 40
    left, right, top, bottom = inked(Text(40, 40, "HHH", "middle", turned=True))
    assert right < 40
    assert right - left < bottom - top
    assert top < 40 < bottom
    _, right, top, _ = inked(Text(-8, 5, "HHHHHHHHHHHH"))
    assert right > 75
    assert top == 0


def test_svg_has_every_shape_and_escapes_texts() -> None:
    svg = as_svg(
        [Box(1, 2, 3, 4, "#ff0000"), Line([(0, 0), (1, 1)], "#000000"), Disc(1, 1, 1, "#000000"), Text(0, 0, "a < b")],
        width=9,
        height=9,
        title="x & y",
    )
    for part in ("<rect", "<polyline", "<circle", "a &lt; b", "x &amp; y"):
        assert part in svg


def test_the_plot_is_written_as_svg_and_png(tmp_path: Path) -> None:
    curves = [Curve("title", [(0.1, 0.2, 3), (0.9, 0.8, 7)]), Curve("skill", [])]
    svg, png = draw(curves, tmp_path / "new" / "plot.svg")
    assert (svg.suffix, png.suffix) == (".svg", ".png")
    image = pixels(png.read_bytes())
    assert (image == [0, 0x72, 0xB2]).all(axis=2).any()
    assert (image == [0xD5, 0x5E, 0]).all(axis=2).any()  # the legend names a curve without points


def test_a_point_is_as_high_as_its_share_and_as_large_as_its_rows() -> None:
    discs = [shape for shape in shapes([Curve("a", [(0.2, 0.3, 1), (0.8, 0.9, 99)])]) if isinstance(shape, Disc)]
    assert discs[0].y > discs[1].y
    assert discs[0].x < discs[1].x
    assert discs[0].radius < discs[1].radius
