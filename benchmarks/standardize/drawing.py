"""Shapes of a diagram, and the diagram as SVG text or as the bytes of a PNG. Lengths are pixels from the top left."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

_INK: Final = "#222222"
_LETTERS: Final = (
    "A EHHVHHH B UHHUHHU C EHGGGHE D UHHHHHU E VGGUGGV F VGGUGGG G EHGNHHF H HHHVHHH I E44444E J 72222IC K HIKOKIH "
    "L GGGGGGV M HRLLHHH N HHPLJHH O EHHHHHE P UHHUGGG Q EHHHLID R UHHUKIH S FGGE11U T V444444 U HHHHHHE V HHHHHA4 "
    "W HHHLLLA X HHA4AHH Y HHA4444 Z V1248GV 0 EHJLPHE 1 4C4444E 2 EH1248V 3 V2421HE 4 26AIV22 5 VGU11HE 6 68GUHHE "
    "7 V124888 8 EHHEHHE 9 EHHF12C . 00000CC , 0000C48 - 000E000 _ 000000V ( 2488842 ) 8422248 / 01248G0 : 0CC0CC0"
)
"""Capitals and digits of 5 x 7 dots: a letter, then its seven rows, each a digit to the base of 32."""
_GLYPHS: Final = dict(zip(_LETTERS.split()[::2], _LETTERS.split()[1::2], strict=True))
_UNKNOWN: Final = "VHHHHHV"
_DOT: Final = 2
"""Pixels of a dot of a letter."""
_ADVANCE: Final = 6 * _DOT
_DASH: Final = 4.0
_Image: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: Sequence[tuple[float, float]]
    colour: str
    width: float = 1.5
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc that lets half of what is below it through."""

    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text that starts at a point, or has its middle or end there; `turned` reads from below."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    turned: bool = False


Shape: TypeAlias = Box | Line | Disc | Text


def as_svg(shapes: Sequence[Shape], *, width: int, height: int, title: str) -> str:
    """Return a white diagram as SVG."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        "<style>text { font: 12px sans-serif }</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    return "\n".join([*head, *map(_element, shapes), "</svg>", ""])


def _element(shape: Shape) -> str:
    match shape:
        case Box(x, y, width, height, colour):
            return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>'
        case Disc(x, y, radius, colour):
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.5"/>'
        case Line(points, colour, width, dashed):
            through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            dashes = f' stroke-dasharray="{_DASH:g} {_DASH:g}"' if dashed else ""
            return f'<polyline points="{through}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
        case Text(x, y, text, anchor, turned):
            place = f'transform="translate({x:g} {y:g}) rotate(-90)"' if turned else f'x="{x:g}" y="{y:g}"'
            return f'<text {place} text-anchor="{anchor}">{escape(text)}</text>'


def as_png(shapes: Sequence[Shape], *, width: int, height: int) -> bytes:
    """Return a white diagram as a PNG (RFC 2083): 8 bits a colour, no filter. Texts are in capitals."""
    image = np.full((height, width, 3), 255, dtype=np.float32)
    for shape in shapes:
        _paint(image, shape)
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = np.round(image).astype(np.uint8).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _paint(image: _Image, shape: Shape) -> None:
    match shape:
        case Box(x, y, width, height, colour):
            image[round(y) : round(y + height), round(x) : round(x + width)] = _rgb(colour)
        case Disc(x, y, radius, colour):
            part, columns, rows = _window(image, [(x, y)], radius + 1)
            _blend(part, 0.5 * np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1), colour)
        case Line(points, colour, width, dashed):
            for start, end in pairwise(points):
                part, columns, rows = _window(image, [start, end], width + 1)
                _blend(part, _segment(columns, rows, start, end, width, dashed=dashed), colour)
        case Text():
            _write(image, shape)


def _window(
    image: _Image, points: Sequence[tuple[float, float]], margin: float
) -> tuple[_Image, NDArray[np.int64], NDArray[np.int64]]:
    """Return the part of the image around points, and its columns and rows, 1 x width and height x 1."""
    xs, ys = ([int(point[axis]) for point in points] for axis in (0, 1))
    edge = int(margin) + 1
    left, top = max(0, min(xs) - edge), max(0, min(ys) - edge)
    part = image[top : max(ys) + edge + 1, left : max(xs) + edge + 1]
    height, width, _ = part.shape
    return part, np.arange(left, left + width)[None, :], np.arange(top, top + height)[:, None]


def _segment(
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    *,
    dashed: bool,
) -> NDArray[np.float64]:
    """Return how much of each pixel a segment covers, by the distance of its middle."""
    run, rise = end[0] - start[0], end[1] - start[1]
    length = float(np.hypot(run, rise)) or 1.0
    along = np.clip(((columns - start[0]) * run + (rows - start[1]) * rise) / length, 0, length)
    away = np.hypot(columns - start[0] - along * run / length, rows - start[1] - along * rise / length)
    cover = np.clip(width / 2 + 0.5 - away, 0, 1)
    return np.where(along % (2 * _DASH) < _DASH, cover, 0.0) if dashed else cover


def _write(image: _Image, text: Text) -> None:
    """Paint a text; what does not fit into the image is left out."""
    mask = letters(text.text)
    before = {"start": 0, "middle": mask.shape[1] // 2, "end": mask.shape[1]}[text.anchor]
    left, top = round(text.x) - before, round(text.y) - mask.shape[0]
    if text.turned:
        left, top = round(text.x) - mask.shape[0], round(text.y) + before - mask.shape[1]
        mask = np.rot90(mask)
    mask = mask[max(0, -top) :, max(0, -left) :]
    part = image[max(0, top) :, max(0, left) :][: mask.shape[0], : mask.shape[1]]
    part[mask[: part.shape[0], : part.shape[1]]] = _rgb(_INK)


def letters(text: str) -> NDArray[np.bool_]:
    """Return a text as dots, seven dots high; a letter without a shape is an empty box."""
    mask = np.zeros((7 * _DOT, max(1, _ADVANCE * len(text))), dtype=np.bool_)
    for place, letter in enumerate(text.upper()[: mask.shape[1] // _ADVANCE]):
        glyph = "0000000" if letter.isspace() else _GLYPHS.get(letter, _UNKNOWN)
        dots = np.array([[int(row, 32) >> shift & 1 for shift in range(4, -1, -1)] for row in glyph], dtype=np.bool_)
        column = place * _ADVANCE
        mask[:, column : column + 5 * _DOT] = dots.repeat(_DOT, axis=0).repeat(_DOT, axis=1)
    return mask


def _blend(part: _Image, cover: NDArray[np.float64], colour: str) -> None:
    part += (cover[:, :, None] * (_rgb(colour) - part)).astype(np.float32)


def _rgb(colour: str) -> _Image:
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)], dtype=np.float32)
