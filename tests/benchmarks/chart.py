"""The chart: cost of an interaction against the number of rules, both logarithmic, as SVG written by hand."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Points = Sequence[tuple[int, float]]

_WIDTH, _HEIGHT = 820, 500
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 200, 44, 56
_APART = 14  # pixels between two names at the least
_STRONG = "#0a58ca"
_PLAIN = (
    *("#666666", "#b35900", "#2b7a4b", "#8a3ffc", "#a2191f", "#00707a"),
    *("#9a6a00", "#5b5b9a", "#c2185b", "#33691e", "#111111"),
)
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def draw(lines: Mapping[str, Points], strong: str) -> str:
    """The chart of each engine's seconds by number of rules; `strong` is the engine to be seen first."""
    points = [point for line in lines.values() for point in line]
    sizes = sorted({size for size, _ in points})
    low = min(int(log10(cost) // 1) for _, cost in points)
    high = max(int(-(-log10(cost) // 1)) for _, cost in points)
    frame = _Frame(log10(sizes[0]), log10(sizes[-1]), low, max(high, low + 1))
    parts = [*_grid(frame, sizes), *_curves(frame, lines, strong)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="sans-serif"'
    )
    title = "Cost of an interaction by number of rules"
    background = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    heading = f'<text x="{_LEFT}" y="24" font-size="16" font-weight="bold">{title} (lower is better)</text>'
    return "\n".join(
        [f'{head} font-size="12" fill="#222222">', f"<title>{title}</title>", background, heading, *parts, "</svg>\n"]
    )


class _Frame:
    """Where powers of ten of rules and of seconds lie on the page."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.low, self.high = left, low, high
        self._across = (_WIDTH - _LEFT - _RIGHT) / max(right - left, 1e-9)
        self._up = (_HEIGHT - _TOP - _BOTTOM) / (high - low)

    def x(self, size: float) -> float:
        return _LEFT + (log10(size) - self.left) * self._across

    def y(self, seconds: float) -> float:
        return _HEIGHT - _BOTTOM - (log10(seconds) - self.low) * self._up


def _grid(frame: _Frame, sizes: Sequence[int]) -> list[str]:
    parts = []
    end, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for power in range(int(frame.low), int(frame.high) + 1):
        y = frame.y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{end}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_unit(10.0**power)}</text>')
    for size in sizes:
        x = frame.x(size)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{floor}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{size:,}</text>')
    middle = (_LEFT + end) // 2
    return [*parts, f'<text x="{middle}" y="{floor + 40}" text-anchor="middle">rules</text>']


def _curves(frame: _Frame, lines: Mapping[str, Points], strong: str) -> list[str]:
    """The lines with their names at the right end, moved apart where they would lie on each other."""
    parts = []
    below = -_APART * 1.0
    names = sorted(lines, key=lambda name: (frame.y(lines[name][-1][1]), name))
    for number, name in enumerate(names):
        color, width = (_STRONG, 4) if name == strong else (_PLAIN[number % len(_PLAIN)], 1.5)
        line = [(frame.x(size), frame.y(cost)) for size, cost in lines[name]]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        x, y = line[-1]
        below = max(y, below + _APART)
        edge = _WIDTH - _RIGHT + 14
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"/>',
            *(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{width + 1}" fill="{color}"/>' for px, py in line),
            f'<path d="M{x:.1f} {y:.1f}L{edge - 3} {below:.1f}" stroke="{color}" stroke-dasharray="1 3"/>',
            f'<text x="{edge}" y="{below + 4:.1f}" fill="{color}"{_weight(name, strong)}>{escape(name)}</text>',
        ]
    return parts


def _weight(name: str, strong: str) -> str:
    return ' font-weight="bold"' if name == strong else ""


def _unit(seconds: float) -> str:
    scale, unit = next((pair for pair in _UNITS if seconds >= pair[0] * 0.999), _UNITS[-1])
    return f"{seconds / scale:g} {unit}"
