"""Figures as the page shows them: ink and coloured words by the theme, sizes known before they load.

Matplotlib draws with one ink (``utils.plots.INK``). A light and a dark copy of each figure are written beside it, in
which the ink is that of the theme and each coloured word has a contrast of at least 4.5 with the ground; lines and
areas keep their colours.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from book_site.panels import panels

PRINTED_INK = "#7a7f8a"  # utils.plots.INK, which the site does not import: it would load Matplotlib
INKS = {"light": "#4d5460", "dark": "#b4bcc8"}
GROUNDS = {"light": "#fffefb", "dark": "#14181e"}
CONTRAST = 4.5  # WCAG 2.2, 1.4.3
SMALLEST = 10  # px, of text as shown
PHONE = 350  # px: the column of a telephone
PX = 96 / 72  # of a point
ON_AN_AREA = {"#ffffff", "#000000"}  # written on an area that has the same colour in both themes
WORD = re.compile(r'<g style="(?P<style>[^"]*)" transform="[^"]*?scale\((?P<scale>[\d.]+) -')
FILL = re.compile(r"fill: (#[0-9a-f]{6})")


@dataclass(frozen=True)
class Figure:
    """What a page must know of a figure: natural width and height, and its smallest text, all in px; text colours.

    Panels (left, top, width, height, in points) are those that a narrow screen shows one below another.
    """

    width: float
    height: float
    smallest: float
    colours: frozenset
    panels: tuple = ()

    @property
    def readable_width(self):
        """The least width in px at which the smallest text is as large as `SMALLEST`."""
        return self.width * SMALLEST / self.smallest if self.smallest else 0.0


@cache
def luminance(colour):
    """Relative luminance of a colour ``#rrggbb``, 0 to 1 (WCAG 2.2)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@cache
def readable(colour, theme):
    """The colour itself, or the nearest on its way to black or white that can be read on the theme's ground."""
    end = 0 if theme == "light" else 255
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(101):
        mixed = "#" + "".join(f"{round(part + (end - part) * step / 100):02x}" for part in parts)
        if contrast(mixed, GROUNDS[theme]) >= CONTRAST:
            return mixed
    raise ValueError(f"{colour} cannot be made readable on {GROUNDS[theme]}")


def measure(svg):
    """Size, smallest text and text colours of a figure that Matplotlib drew.

    Parameters
    ----------
    svg : str
        The file, with text as paths (``svg.fonttype: path``).

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the file states no width and height in points.
    """
    size = re.search(r'<svg[^>]*?\bwidth="([\d.]+)pt"', svg), re.search(r'<svg[^>]*?\bheight="([\d.]+)pt"', svg)
    if not all(size):
        raise ValueError("the figure states no width and height in points, as Matplotlib's SVG does")
    words = list(WORD.finditer(svg))
    scales = [float(word["scale"]) for word in words]  # a glyph is drawn at 100 points, then scaled
    colours = {colour for word in words for colour in FILL.findall(word["style"]) or ["#000000"]}
    smallest = min(scales, default=0) * 100 * PX
    figure = Figure(float(size[0][1]) * PX, float(size[1][1]) * PX, smallest, frozenset(colours))
    return replace(figure, panels=tuple(panels(svg))) if figure.readable_width > PHONE else figure


def themed(svg, theme):
    """The figure with the ink of a theme, "light" or "dark", and coloured words that can be read on its ground."""

    def word(match):
        return FILL.sub(lambda fill: f"fill: {_in_theme(fill[1], theme)}", match[0])

    return WORD.sub(word, svg).replace(PRINTED_INK, INKS[theme])


def _in_theme(colour, theme):
    return colour if colour in ON_AN_AREA | {PRINTED_INK} else readable(colour, theme)


def for_both_themes(folder):
    """Write the two copies of each figure of a folder; the measures come back, by name of the file.

    The names of the copies end in ``.light.svg`` and ``.dark.svg``; the file itself, which no page shows, goes.
    """
    measures = {}
    for file in sorted(Path(folder).glob("*.svg")):
        svg = file.read_text(encoding="utf-8")
        if "matplotlib" not in svg[:3000].lower():
            continue
        measures[file.name] = measure(svg)
        for theme in INKS:
            file.with_name(f"{file.stem}.{theme}.svg").write_text(themed(svg, theme), encoding="utf-8")
        file.unlink()
    return measures


def shown(tag, measures):
    """The ``<img>`` of a page, with its size, loaded when it comes near; a figure becomes one image for each theme.

    A figure of several panels that a phone cannot show whole is followed by its panels, each a part of the same file.
    """
    name = re.search(r'src="[^"]*?([^"/]+)"', tag)[1]
    if name not in measures:
        return tag if "loading=" in tag else tag.replace("<img ", '<img loading="lazy" decoding="async" ', 1)
    figure = measures[name]
    plain = re.sub(r'\s(?:class|width|height|style)="[^"]*"', "", tag).replace(
        "<img ", '<img loading="lazy" decoding="async" '
    )
    wanted = max(figure.width, figure.readable_width)
    sized = (
        f'width="{wanted:.0f}" height="{figure.height * wanted / figure.width:.0f}" '
        f'style="min-width: {figure.readable_width:.0f}px" class="only-{{theme}}"'
    )
    whole = _in_both_themes(plain, name, sized)
    if not figure.panels:
        return f'<span class="book-figure">{whole}</span>'
    parts = ""
    for view, image in zip(figure.panels, _told_apart(plain, len(figure.panels)), strict=True):
        images = _in_both_themes(image, name, _cut_out(figure, view))
        parts += f'<span class="book-panel" style="{_frame(figure, view)}">{images}</span>'
    return (
        f'<span class="book-figure book-in-panels">{whole}</span><span class="book-figure book-panels">{parts}</span>'
    )


def _in_both_themes(image, name, attributes):
    return "".join(
        image.replace(name, f"{Path(name).stem}.{theme}.svg").replace(
            "<img", f"<img {attributes.format(theme=theme)}", 1
        )
        for theme in INKS
    )


def _told_apart(image, n):
    """The image once for each panel: the first keeps the text that stands for the figure."""
    return [image] + [re.sub(r'alt="[^"]*"', f'alt="panel {k} of the figure"', image) for k in range(2, n + 1)]


def _frame(figure, view):
    _, _, width, height = view
    natural, readable = width * PX, width * PX * figure.readable_width / figure.width
    return (
        f"width: {max(natural, readable):.0f}px; min-width: {readable:.0f}px; aspect-ratio: {width:.0f} / {height:.0f}"
    )


def _cut_out(figure, view):
    """The whole image, so large and so far to the left and up that its frame shows the panel."""
    left, top, width, _ = view
    whole, right, down = (100 * part / width for part in (figure.width / PX, left, top))
    moved = f"width: {whole:.2f}%; margin: -{down:.2f}% 0 0 -{right:.2f}%"
    return f'width="{figure.width:.0f}" height="{figure.height:.0f}" style="{moved}" class="only-{{theme}}"'
