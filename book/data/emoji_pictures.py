"""Small pictures and their names in two languages, from a font of Debian and a package of PyPI."""

import base64
import io
import json
import math
import re
import subprocess
import tarfile
import zipfile

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image

PACKAGE = ["fonts-noto-color-emoji=2.042", "emoji==2.16.0"]
WHEEL = True
SIDE = 32  # pixels of a picture
TONES = range(0x1F3FB, 0x1F400)  # the five skin tones
KEPT_TONES = {0x1F3FB, 0x1F3FF}  # the lightest and the darkest
FLAGS = re.compile("[\U0001f1e6-\U0001f1ff\U000e0020-\U000e007f]")
PEOPLE = """man woman person men women people boy girl boys girls child adult older old mr mrs mx santa
    prince princess merman mermaid merperson male female"""
ONE_PERSON = {"prince": "royal", "princess": "royal", "merman": "mer", "mermaid": "mer", "merperson": "mer"}
ONE_PERSON |= {"older": "old", "king": "crown", "queen": "crown"}


def rows(archives):
    """One row a picture: the character, its names, its family, and its pixels."""
    font, package = archives
    pictures, glyphs = _pictures(font)
    with zipfile.ZipFile(package) as folder:
        english, chinese = (
            json.loads(folder.read(f"emoji/unicode_codes/{name}.json")) for name in ("emoji", "emoji_zh")
        )
    found, seen = [], set()
    for emoji, about in english.items():
        tones = [ord(c) for c in emoji if ord(c) in TONES]
        if about["status"] != 2 or FLAGS.search(emoji) or len(tones) > 1 or not set(tones) <= KEPT_TONES:
            continue
        glyph = glyphs(emoji)
        if glyph in pictures and emoji in chinese:
            pixels = _small(pictures[glyph])
            if pixels not in seen:
                seen.add(pixels)
                name = _words(about["en"])
                row = {"emoji": emoji, "en": name, "zh": _words(chinese[emoji]), "family": _family(name)}
                found.append(row | {"pixels": pixels})
    return found


def _words(name):
    return name.strip(":").replace("_", " ")


def _family(name):
    """A name without what tells apart the pictures of one thing: skin tone, gender, age."""
    plain = re.sub(" (light|dark) skin tone", "", name.lower())
    words = [ONE_PERSON.get(word, word) for word in re.findall(r"[^\W_]+", plain)]
    return " ".join(word for word in words if word not in PEOPLE.split()) or "person"


def _pictures(archive):
    """Bitmap of each glyph of the font, and a function from a character sequence to its glyph, or None."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        member = next(name for name in folder.getnames() if name.endswith("NotoColorEmoji.ttf"))
        font = TTFont(io.BytesIO(folder.extractfile(member).read()))
    bitmaps = {name: data.imageData for name, data in font["CBDT"].strikeData[0].items() if hasattr(data, "imageData")}
    single, joined = font.getBestCmap(), {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in getattr(table, "ligatures", {}).items():
                joined |= {(first, *ligature.Component): ligature.LigGlyph for ligature in ligatures}

    def glyph_of(text):
        names = tuple(single.get(ord(c)) for c in text if c != "\ufe0f")
        return names[0] if len(names) == 1 else joined.get(names)

    return bitmaps, glyph_of


def _small(png):
    """The picture on white, square, averaged over areas; four bits a colour, in Base64."""
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), dtype=np.int64)
    colour, alpha = image[..., :3], image[..., 3:]
    height, width = image.shape[:2]
    side = max(height, width)
    square = np.full((side, side, 3), 255 * 255)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = colour * alpha + 255 * (255 - alpha)
    times = SIDE // math.gcd(SIDE, side)  # each pixel so often, and areas of a whole number of them
    area = side * times // SIDE
    sums = square.repeat(times, 0).repeat(times, 1).reshape(SIDE, area, SIDE, area, 3).sum((1, 3))
    levels = (sums * 15 + area**2 * 32512) // (255 * 255 * area**2)  # whole numbers only
    return base64.b64encode(levels.astype(np.uint8).tobytes()).decode()
