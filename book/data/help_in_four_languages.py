"""The same paragraphs of the LibreOffice help in English, German, French and Chinese, from packages of Debian."""

import hashlib
import html
import io
import re
import subprocess
import tarfile

LANGUAGES = {"en": "en-US", "de": "de", "fr": "fr", "zh": "zh-CN"}
PACKAGE = [f"libreoffice-help-{folder.lower()}=7.4.7" for folder in ("en-us", "de", "fr", "zh-cn")]

PARAGRAPH = re.compile(r'<(p|h[1-3]) id="([^"]+)"[^>]*>(.*?)</\1>', re.S)
TAG = re.compile(r"<[^>]*>")


def rows(archives):
    """One row a paragraph that all four have: its page, its split, and its text by language."""
    texts = {
        language: _paragraphs(archive, folder)
        for (language, folder), archive in zip(LANGUAGES.items(), archives, strict=True)
    }
    found, seen = [], set()
    for place, english in texts["en"].items():
        row = {language: texts[language].get(place) for language in LANGUAGES}
        translated = all(row.values()) and english not in (row["de"], row["fr"], row["zh"])
        if translated and len(english) >= 20 and english not in seen:
            seen.add(english)
            found.append({"split": _split_of(place[0]), "page": place[0]} | row)
    return found


def _split_of(page):
    """Whole pages: one in five is for tests."""
    return "test" if int(hashlib.sha256(page.encode()).hexdigest(), 16) % 5 == 0 else "train"


def _paragraphs(archive, folder):
    """Text by page and the paragraph's identifier, which the translations keep."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(deb)) as files:
        for member in sorted(files.getnames()):
            page = member.partition(f"/help/{folder}/text/")[2].removesuffix(".html")
            if page and member.endswith(".html"):
                source = files.extractfile(member).read().decode("utf-8")
                for _, name, inside in PARAGRAPH.findall(source):
                    text = " ".join(html.unescape(TAG.sub("", inside)).split())
                    if text and "switchinline" not in inside:  # that has the words of several systems in it
                        found.setdefault((page, name), text)
    return found
