"""The picture that stands beside a link to a page when it is shared: its title, set like the site.

The address holds a digest of all that is drawn, so a picture may be kept for good and a changed title has a new one.
"""

import hashlib
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

SIZE = (1200, 630)
DESIGN = "1"  # raised when the drawing changes, so that addresses change with it
FONT = Path(__file__).resolve().parent.parent / "static" / "fonts" / "newsreader-560-latin.woff2"

_GROUND, _INK, _SOFT, _PRIMARY, _ACCENT = "#FBF8F3", "#1C2B2D", "#404F52", "#0F5C5B", "#9C4B26"
_LEFT, _WIDTH = 88, 1024
_SIZES = range(96, 47, -4)  # of the title: the largest that fits
_MOST_LINES, _HEIGHT = 4, 300
_FINE = 2  # drawn so many times larger, then made smaller: smooth edges


def digest(title: str, name: str, line: str) -> str:
    return hashlib.sha256("\0".join((DESIGN, title, name, line)).encode()).hexdigest()[:20]


@lru_cache(maxsize=64)
def png(title: str, name: str, line: str) -> bytes:
    """`name` and `line` as in the header: whose site it is, and where."""
    picture = Image.new("RGB", (SIZE[0] * _FINE, SIZE[1] * _FINE), _GROUND)
    brush = ImageDraw.Draw(picture)
    _mark(brush, _LEFT, 72, 90)
    _write(brush, (_LEFT + 108, 84), name, 42, _INK)
    _write(brush, (_LEFT + 108, 132), line, 27, _SOFT)
    size, lines = _fit(title)
    top = 226 + (_HEIGHT - len(lines) * size * 1.14) / 2
    for place, words in enumerate(lines):
        _write(brush, (_LEFT, top + place * size * 1.14), words, size, _INK)
    brush.rectangle(_large(_LEFT, 562, _LEFT + 72, 567), fill=_ACCENT)
    small = picture.resize(SIZE, Image.Resampling.LANCZOS)
    out = BytesIO()
    small.quantize(palette=_palette(), dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _palette() -> Image.Image:
    """The few colors that there are, and the steps between them at the edges of letters. Makes the file small."""
    pairs = [(_GROUND, color) for color in (_INK, _SOFT, _PRIMARY, _ACCENT)] + [(_PRIMARY, "#FFFFFF")]
    steps: list[int] = []
    for one, other in pairs:
        begin, end = ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3]
        for n in range(12):
            steps += [round(a + (b - a) * n / 11) for a, b in zip(begin, end, strict=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(steps)
    return palette


def _fit(title: str) -> tuple[int, list[str]]:
    for size in _SIZES:
        lines = _lines(title, size)
        if len(lines) <= _MOST_LINES and len(lines) * size * 1.14 <= _HEIGHT:
            break
    return size, lines[:_MOST_LINES]


def _lines(title: str, size: int) -> list[str]:
    """Broken into as few lines as the width allows, and those of about one length."""
    font = ImageFont.truetype(FONT, size)
    most = font.getlength(title) / -(-font.getlength(title) // _WIDTH) * 1.12
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > min(most, _WIDTH):
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _mark(brush: ImageDraw.ImageDraw, left: float, top: float, size: float) -> None:
    """As in templates/_mark.html, whose box is 36 wide."""
    unit = size / 36

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[float, ...]:
        return _large(left + x0 * unit, top + y0 * unit, left + x1 * unit, top + y1 * unit)

    brush.ellipse(box(0, 0, 36, 36), fill=_PRIMARY)
    width = round(3 * unit * _FINE)
    brush.arc(box(8, 10.5, 28, 30.5), 180, 360, fill="#FFFFFF", width=width)
    for x in (8, 25):
        brush.rounded_rectangle(box(x, 17.5, x + 2.8, 27.5), radius=width / 2, fill="#FFFFFF")
    brush.ellipse(box(14.4, 18.8, 21.6, 26), fill="#FFFFFF")


def _write(brush: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: int, color: str) -> None:
    brush.text((at[0] * _FINE, at[1] * _FINE), words, font=ImageFont.truetype(FONT, size * _FINE), fill=color)


def _large(*numbers: float) -> tuple[float, ...]:
    return tuple(number * _FINE for number in numbers)
