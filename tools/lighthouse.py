"""Measure the site with Lighthouse, by hand: ``python -m tools.lighthouse``.

It needs Node and ``npm install lighthouse@12.2.3`` somewhere; ``LIGHTHOUSE`` names the program, else ``lighthouse`` is
looked for. The figures go into ``book_site/lighthouse.json``, which the status page shows. Neither the book nor its
tests need it.
"""

import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import chromium, notebooks
from tools.environment import ROOT
from tools.site import SITE, SiteError

RESULTS = ROOT / "book_site" / "lighthouse.json"
RUNS = 3
SCORES = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best practices",
    "seo": "SEO",
}


def chosen():
    """The front page, and the chapters whose pages are the middle one and the largest by bytes."""
    chapters = sorted(
        (path.with_suffix(".html").as_posix() for path in notebooks.every()),
        key=lambda name: (SITE / name).stat().st_size,
    )
    return ["book/index.html", chapters[len(chapters) // 2], chapters[-1]]


def measure(program, address):
    """Lighthouse's report of one page, on its phone setting."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [program, address, "--quiet", "--output=json", f"--output-path={report}"]
        flags = f"--chrome-flags=--headless=new {' '.join(chromium.FLAGS)}"
        subprocess.run([*command, flags], env=os.environ | {"CHROME_PATH": chromium.path()}, check=True, timeout=300)
        return json.loads(report.read_text(encoding="utf-8"))


def write():
    """Exit status: 0 if the figures of the chosen pages, each the median of `RUNS` runs, are in `RESULTS`."""
    program = os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse")
    if program is None or chromium.path() is None:
        raise SiteError("Lighthouse or Chromium is missing: npm install lighthouse@12.2.3, then LIGHTHOUSE=its/path")
    pages = []
    with chromium.served() as address:
        for name in chosen():
            reports = [measure(program, f"{address}/{name}") for _ in range(RUNS)]
            scores = {
                key: statistics.median(report["categories"][key]["score"] for report in reports) for key in SCORES
            }
            weight = statistics.median(report["audits"]["total-byte-weight"]["numericValue"] for report in reports)
            pages.append({"page": name.removesuffix(".html"), "scores": scores, "kilobytes": round(weight / 1e3)})
            print(pages[-1], flush=True)
    results = {
        "date": datetime.date.today().isoformat(),
        "version": reports[-1]["lighthouseVersion"],
        "setting": f"phone, simulated throttling, median of {RUNS} runs, compressed by gzip",
        "command": "python -m tools.lighthouse",
        "pages": pages,
    }
    notebooks.write_if_changed(RESULTS, json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(write())
