"""Everything that is tested, in one run: code and data, chapters, site and browser."""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager

from tools import account, colab, data, environment, network, notebooks, scheduler, site
from tools.environment import OUT, ROOT
from utils.data import names

CI = os.environ.get("CI") == "true"
REPORTS = OUT / "reports"
WHOLE_BOOK = {"chapters": 46, "pages": 69}  # what the outline plans
KINDS = ("set-up", "unit tests", "lowest versions", "chapters", "chapter checks", "site build", "site tests")


def run():
    """Number of failures; the last lines list every skip, what each kind of test took, and the counts."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    took = {"set-up": float(os.environ.get("BOOK_SETUP_SECONDS", 0))}
    with timed(took, "unit tests"):
        _fetch_sources()
        reports = [_pytest("unit", "tests/unit")]
    with timed(took, "lowest versions"):
        floor_failed = CI and _units_on_the_floor()
    with timed(took, "chapters"):
        failed_chapters = scheduler.run(notebooks.every())
    account.show()
    built = False
    if not failed_chapters:
        with timed(took, "site build"):
            built = _build()
        with timed(took, "chapter checks"):
            reports.append(_pytest("chapters", "tests/chapters"))
    if built:
        with timed(took, "site tests"):
            reports.append(_pytest("site", "tests/site"))
    failed = len(failed_chapters) + floor_failed
    counts = {"passed": len(notebooks.every()) - len(failed_chapters), "failed": failed, "skipped": 0}
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
    if built:
        print_times(took)
    print(f"book: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return counts["failed"]


@contextmanager
def timed(took, kind):
    """Adds the seconds that the context takes to ``took[kind]``."""
    start = time.monotonic()
    yield
    took[kind] = time.monotonic() - start


def projection(took, n_chapters, n_pages, chapter_seconds):
    """Seconds that each kind will take when the book is whole, a dict.

    Set-up stays. Chapters may take the live minutes of their parts, and the cores share them as they did in this run.
    The rest grows with the number of chapters, the tests of the site with that of pages.
    """
    live = 60 * sum(account.SHARE_MINUTES.values())
    more = WHOLE_BOOK["chapters"] / n_chapters
    whole = {kind: seconds * more for kind, seconds in took.items()}
    whole |= {kind: took[kind] for kind in ("set-up", "lowest versions") if kind in took}
    whole["chapters"] = live * took["chapters"] / chapter_seconds
    whole["site tests"] = took["site tests"] * WHOLE_BOOK["pages"] / n_pages
    return whole


def print_times(took):
    n_chapters, n_pages = len(notebooks.every()), len(site.pages())
    chapter_seconds = sum(facts["seconds"] for facts in account.read().values())
    whole = projection(took, n_chapters, n_pages, chapter_seconds)
    print(f"\n{'seconds':20s} {f'{n_chapters} chapters':>12s} {'whole book':>12s}")
    for kind in KINDS:
        print(f"{kind:20s} {took[kind]:12.0f} {whole[kind]:12.0f}")
    total, projected = sum(took.values()), sum(whole.values())
    print(f"{'all':20s} {total:12.0f} {projected:12.0f}")
    print(f"{'minutes':20s} {total / 60:12.1f} {projected / 60:12.1f}")
    print(f"chapters, one after the other: {chapter_seconds:.0f} s; side by side: {took['chapters']:.0f} s\n")


def _build():
    try:
        return colab.write_all() == 0 and site.build() == 0  # the site offers the plain notebooks
    except (site.SiteError, notebooks.NotebookError) as error:
        print(error)
        return False


def _units_on_the_floor():
    """Whether the tests of utils fail on the lowest versions that the requirements admit; in CI only, for the time."""
    failed = environment.run_inside(environment.floor(), ["--units"], module="tools.versions") != 0
    if failed:
        print("utils fails on the lowest versions of constraints-floor.txt")
    return failed


def _fetch_sources():
    """The archives that the data are made from, the only thing that tests download; without them a test is skipped."""
    for name in names():
        try:
            data.fetch(name)
        except (subprocess.CalledProcessError, FileNotFoundError):
            print(f"the archive of {name} cannot be downloaded: its rows will not be made again")


def _pytest(name, folder):
    """Counts and skips of one offline run of pytest on all cores; one that could not start counts as a failure."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    workers = ["-n", str(scheduler.cores()), "--dist", "worksteal"]
    command, variables = network.isolated(
        [sys.executable, "-m", "pytest", folder, *workers, f"--junitxml={report}", "--durations=10", "-q"],
        left := report.with_suffix(".network.json"),
    )
    left.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=ROOT, env=variables | scheduler.with_threads(1)).returncode
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
    for attempt in network.attempts(left):
        print(f"{folder} tried to leave this machine: {attempt}")
        failed += 1
    return {"passed": int(suite.get("tests")) - failed - skipped, "failed": failed, "skipped": skipped, "skips": skips}
