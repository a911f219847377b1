"""Panels of a figure: where a figure that stands side by side can be cut, so that a phone shows it one below another.

Matplotlib's SVG names each axes and each text. What they cover is put into boxes; a figure is cut along the rows and
columns that no box crosses, rows first. Panels that share the tick labels of another stay with it.
"""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
LINK = re.compile(r"url\(#([^)]+)\)")
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
PAIR = re.compile(rf"({NUMBER})\s+({NUMBER})")
MOVES = {name: re.compile(rf"{name}\(({NUMBER})(?:[ ,]+({NUMBER}))?\)") for name in ("translate", "rotate", "scale")}
GLYPH = (0, -25, 65, 80)  # left, below, right, above of a letter, in hundredths of the font size
NARROW = 30  # points: narrower axes are the scale of colours of their neighbour
MARGIN = 3  # points left around a panel


@dataclass
class Box:
    """A rectangle in points, from the upper left, and what is known of the axes in it."""

    left: float
    top: float
    right: float
    bottom: float
    bare: frozenset = frozenset()  # "x", "y": ticks without labels
    labelled: frozenset = frozenset()
    frame: float = 0.0  # width of the axes without their words; 0 for what is no axes

    def with_box(self, other):
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.bare | other.bare,
            self.labelled | other.labelled,
            max(self.frame, other.frame),
        )


def panels(svg):
    """The panels of a figure, in reading order.

    Parameters
    ----------
    svg : str
        A figure that Matplotlib drew, with text as paths.

    Returns
    -------
    list of tuple (left, top, width, height)
        In the units of the figure's ``viewBox``; empty if it cannot be cut into narrower panels.
    """
    root = ET.fromstring(svg)
    if not root.get("viewBox"):
        return []
    width, height = map(float, root.get("viewBox").split()[2:])
    clips = {path.get("id"): _rectangle(path[0]) for path in root.iter(f"{SVG}clipPath") if len(path)}
    figure = next((g for g in root.iter(f"{SVG}g") if (g.get("id") or "").startswith("figure_")), None)
    if figure is None:
        return []
    found = [box for child in figure for box in [_box(child, clips)] if box and child.get("id") != "patch_1"]
    if sum(box.frame > 0 for box in found) < 2:
        return []
    leaves = _cut(_with_those_that_they_need(found))
    cut = []
    for box in leaves:
        left, top = max(0, box.left - MARGIN), max(0, box.top - MARGIN)
        cut.append((left, top, min(width, box.right + MARGIN) - left, min(height, box.bottom + MARGIN) - top))
    return cut if max(box.right - box.left for box in leaves if box.frame) < 0.8 * width else []


def _rectangle(shape):
    if shape.tag == f"{SVG}rect":
        x, y, width, height = (float(shape.get(key)) for key in ("x", "y", "width", "height"))
        return Box(x, y, x + width, y + height)
    return _around([(float(x), float(y)) for x, y in PAIR.findall(shape.get("d", ""))])


def _around(points):
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _box(element, clips):
    """What an element covers; of what is clipped, the clip."""
    boxes = []

    def look(part):
        name = part.get("id") or ""
        if part.tag == f"{SVG}defs":
            return
        if name.startswith("text_"):
            boxes.append(_words(part))
            return
        clip = LINK.search(part.get("clip-path") or "")
        if clip:
            boxes.append(clips.get(clip[1]))
        elif part.tag == f"{SVG}path" and not part.get("transform"):
            boxes.append(_around([(float(x), float(y)) for x, y in PAIR.findall(part.get("d", ""))]))
        for child in part:
            look(child)

    look(element)
    boxes = [box for box in boxes if box]
    if not boxes:
        return None
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.with_box(box)
    if (element.get("id") or "").startswith("axes_"):
        whole.frame = max(0.1, boxes[0].right - boxes[0].left)  # the ground of the axes is drawn first
        axis = [part for part in element if (part.get("id") or "").startswith("matplotlib.axis_")]
        for letter, part in zip("xy", axis, strict=False):
            ticks = [tick for tick in part if re.match(r"[xy]tick_", tick.get("id") or "")]
            words = sum(1 for tick in ticks for group in tick if (group.get("id") or "").startswith("text_"))
            if words:
                whole.labelled |= {letter}
            elif ticks:
                whole.bare |= {letter}
    return whole


def _words(group):
    """The box of a text: its letters are placed one by one, then scaled, turned and moved."""
    points = []
    for part in group.iter(f"{SVG}g"):
        about = {name: move.search(part.get("transform") or "") for name, move in MOVES.items()}
        if not about["translate"] or not about["scale"]:
            continue
        scale = float(about["scale"][1])
        x, y = float(about["translate"][1]), float(about["translate"][2] or 0)
        angle = math.radians(float(about["rotate"][1])) if about["rotate"] else 0.0
        for glyph in part.iter(f"{SVG}use"):
            moved = MOVES["translate"].search(glyph.get("transform") or "")
            start = float(moved[1]) if moved else 0.0
            for across in (start + GLYPH[0], start + GLYPH[2]):
                for above in (GLYPH[1], GLYPH[3]):
                    right, down = across * scale, -above * scale
                    points.append(
                        (
                            x + right * math.cos(angle) - down * math.sin(angle),
                            y + right * math.sin(angle) + down * math.cos(angle),
                        )
                    )
    return _around(points)


def _with_those_that_they_need(boxes):
    """Axes whose ticks have no labels join those beside or below that have them; scales of colours their neighbour."""
    boxes = list(boxes)
    while True:
        pair = next((pair for box in boxes if box.frame for pair in [_needed(box, boxes)] if pair), None)
        if pair is None:
            return boxes
        one, other = pair
        joined = one.with_box(other)
        joined.bare = joined.bare - joined.labelled
        boxes = [box for box in boxes if box is not one and box is not other] + [joined]


def _needed(box, boxes):
    others = [other for other in boxes if other.frame and other is not box]
    beside = [other for other in others if other.top < box.bottom and box.top < other.bottom]
    left = [other for other in beside if other.left < box.left]
    below = [o for o in others if o.left < box.right and box.left < o.right and o.top > box.top]
    if "y" in box.bare and any("y" in other.labelled for other in left):
        return box, max((o for o in left if "y" in o.labelled), key=lambda o: o.left)
    if "x" in box.bare and any("x" in other.labelled for other in below):
        return box, min((o for o in below if "x" in o.labelled), key=lambda o: o.top)
    if box.frame < NARROW and left:
        return box, max(left, key=lambda o: o.right)
    return None


def _cut(boxes):
    """Boxes of the panels, rows first."""
    for start, end in (("top", "bottom"), ("left", "right")):
        groups = []
        for box in sorted(boxes, key=lambda box: getattr(box, start)):
            if groups and getattr(box, start) < groups[-1][0]:
                groups[-1] = (max(groups[-1][0], getattr(box, end)), [*groups[-1][1], box])
            else:
                groups.append((getattr(box, end), [box]))
        if len(groups) > 1:
            return [leaf for _, group in groups for leaf in _cut(group)]
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.with_box(box)
    return [whole]
