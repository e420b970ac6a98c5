"""A reliability diagram as SVG text: share right over mean probability, one curve a slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

_SIZE: Final = 420
_LEFT: Final = 56
_TOP: Final = 24
_LEGEND: Final = 260
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f", "#882255")


@dataclass(frozen=True, slots=True)
class Curve:
    """A name and its (mean probability, share right, rows) by bin."""

    name: str
    points: Sequence[tuple[float, float, int]]


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Write the diagram; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_svg(curves), encoding="utf-8")


def as_svg(curves: Sequence[Curve]) -> str:
    """Return the diagram; the area of a point tells the rows of its bin."""
    width, height = _LEFT + _SIZE + _LEGEND, _TOP + _SIZE + 56
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        "<style>text { font: 12px sans-serif }</style>",
        "<title>Reliability of confidences</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tick in range(0, 11, 2):
        parts.append(f'<text x="{_x(tick / 10)}" y="{_y(0) + 18}" text-anchor="middle">{tick / 10:g}</text>')
        parts.append(f'<text x="{_LEFT - 8}" y="{_y(tick / 10) + 4}" text-anchor="end">{tick / 10:g}</text>')
    middle = _LEFT + _SIZE / 2
    parts.append(f'<text x="{middle}" y="{_y(0) + 40}" text-anchor="middle">mean probability of the bin</text>')
    parts.append(
        f'<text transform="translate(16 {_y(0.5)}) rotate(-90)" text-anchor="middle">share that was right</text>'
    )
    for number, curve in enumerate(curves):
        parts += _curve(curve, _COLOURS[number % len(_COLOURS)], number)
    return "\n".join([*parts, "</svg>", ""])


def _curve(curve: Curve, colour: str, number: int) -> list[str]:
    total = max(1, sum(rows for _, _, rows in curve.points))
    line = " ".join(f"{_x(mean):.1f},{_y(share):.1f}" for mean, share, _ in curve.points)
    dots = [
        f'<circle cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="{2 + 10 * (rows / total) ** 0.5:.1f}" '
        f'fill="{colour}" fill-opacity="0.5"/>'
        for mean, share, rows in curve.points
    ]
    y = _TOP + 12 + 20 * number
    x = _LEFT + _SIZE + 16
    legend = [
        f'<rect x="{x}" y="{y - 9}" width="12" height="12" fill="{colour}"/>',
        f'<text x="{x + 18}" y="{y + 2}">{escape(curve.name)}</text>',
    ]
    return [f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots, *legend]


def _x(value: float) -> float:
    return _LEFT + value * _SIZE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIZE
