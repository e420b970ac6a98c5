"""A reliability diagram as SVG and PNG: share right over mean probability, one curve a slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.standardize import drawing
from benchmarks.standardize.drawing import Box, Disc, Line, Shape, Text

_SIZE: Final = 420
_LEFT: Final = 96
_TOP: Final = 24
_LEGEND: Final = 380
_WIDTH: Final = _LEFT + _SIZE + _LEGEND
_HEIGHT: Final = _TOP + _SIZE + 64
_GREY: Final = "#999999"
_COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f", "#882255",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curve:
    """A name and its (mean probability, share right, rows) by bin."""

    name: str
    points: Sequence[tuple[float, float, int]]


def draw(curves: Sequence[Curve], path: Path) -> list[Path]:
    """Write the diagram as the SVG file `path` and as PNG beside it; return both, and make a missing folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = path.with_suffix(".png")
    path.write_text(as_svg(curves), encoding="utf-8")
    picture.write_bytes(drawing.as_png(shapes(curves), width=_WIDTH, height=_HEIGHT))
    return [path, picture]


def as_svg(curves: Sequence[Curve]) -> str:
    """Return the diagram as SVG."""
    return drawing.as_svg(shapes(curves), width=_WIDTH, height=_HEIGHT, title="Reliability of confidences")


def shapes(curves: Sequence[Curve]) -> list[Shape]:
    """Return the diagram; the area of a point tells the rows of its bin."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    drawn: list[Shape] = [
        Line([(_x(x), _y(y)) for x, y in corners], _GREY, 1),
        Line([(_x(0), _y(0)), (_x(1), _y(1))], _GREY, 1, dashed=True),
        Text(_x(0.5), _y(0) + 50, "mean probability of the bin", "middle"),
        Text(30, _y(0.5), "share that was right", "middle", turned=True),
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawn += [
            Line([(_x(tick), _y(0)), (_x(tick), _y(0) + 4)], _GREY, 1),
            Line([(_x(0) - 4, _y(tick)), (_x(0), _y(tick))], _GREY, 1),
            Text(_x(tick), _y(0) + 22, f"{tick:g}", "middle"),
            Text(_x(0) - 8, _y(tick) + 6, f"{tick:g}", "end"),
        ]
    for number, curve in enumerate(curves):
        drawn += _curve(curve, _COLOURS[number % len(_COLOURS)], number)
    return drawn


def _curve(curve: Curve, colour: str, number: int) -> list[Shape]:
    total = max(1, sum(rows for _, _, rows in curve.points))
    x, y = _x(1) + 16, _TOP + 22 * number
    return [
        Line([(_x(mean), _y(share)) for mean, share, _ in curve.points], colour),
        *(Disc(_x(mean), _y(share), 2 + 10 * (rows / total) ** 0.5, colour) for mean, share, rows in curve.points),
        Box(x, y, 14, 14, colour),
        Text(x + 22, y + 14, curve.name),
    ]


def _x(value: float) -> float:
    return _LEFT + value * _SIZE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIZE
