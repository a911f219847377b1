"""The pages of the LibreOffice help, from a package of Debian."""

import io
import subprocess
import tarfile

from bs4 import BeautifulSoup

PACKAGE = "libreoffice-help-en-us=7.4.7"


def rows(archive):
    """One row a page of the LibreOffice help: its place, title and text, block by block."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    found = []
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        for member in sorted(folder.getnames()):
            inside = member.partition("/help/en-US/text/")[2]
            if not inside.endswith(".html"):
                continue
            soup = BeautifulSoup(folder.extractfile(member).read().decode("utf-8"), "html.parser")
            blocks = _blocks(soup.find(id="DisplayArea"))
            if blocks:
                place = inside.removesuffix(".html")
                found.append(
                    {
                        "page": place,
                        "module": place.split("/")[0],
                        "guide": place.split("/")[1] == "guide",
                        "title": _squeezed(soup.title),
                        "blocks": blocks,
                    }
                )
    return found


def _blocks(area):
    """The text of a help page in reading order; of what differs by system or program, the general variant."""
    for links in area.find_all(class_="relatedtopics"):
        links.decompose()
    for choice in area.find_all(class_=["switch", "switchinline"]):
        variants = choice.find_all(True, recursive=False)
        general = [variant for variant in variants if not variant.get("class")] or variants[:1]
        for variant in variants:
            if not any(variant is kept for kept in general):
                variant.decompose()
    for line_break in area.find_all("br"):
        line_break.replace_with("\n")
    blocks = []
    for tag in area.find_all(["h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"]):
        if tag.name == "pre":
            kind, text = (
                "code",
                "\n".join(line.rstrip() for line in tag.get_text().strip("\n").splitlines()),
            )
        elif tag.name.startswith("h"):
            kind, text = "heading", _squeezed(tag)
        else:
            kind = "cell" if tag.find_parent("table") else "item" if tag.find_parent("li") else "paragraph"
            text = _squeezed(tag)
        if text:
            blocks.append({"kind": kind, "text": text})
    return blocks


def _squeezed(tag):
    return " ".join(tag.get_text().split())
