"""Run chapters side by side, each in a fresh kernel, offline, on a copy: as many at a time as there are cores.

The longest begin first, each with its share of the threads, as far as the memory allows. A notebook whose metadata
say ``"book": {"alone": true}`` measures speed or concurrency: it runs by itself, with all threads, after the others.
"""

import hashlib
import heapq
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tools import account, environment, execution, notebooks, surroundings
from tools.environment import OUT, ROOT
from tools.network import GUARD, attempts, has_namespaces, isolated
from utils import environments

WORK = OUT / "run"  # where notebooks run
if "_build" in WORK.parts:  # nbmake passes over such a path without a word
    WORK = Path(tempfile.gettempdir()) / f"book-run-{hashlib.sha256(str(OUT).encode()).hexdigest()[:12]}"
KERNELS = OUT / "jupyter"  # descriptions of the kernels of extra environments
LIMIT_SECONDS = 600  # a chapter is killed after this
MEMORY_SHARE = 0.9  # of what is available at the start


def cores():
    """Number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def with_threads(n_threads):
    """Variables under which the numerical libraries of a process use so many threads."""
    return dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(n_threads))


def run(chapters, *, everything=None, later=(), before_alone=None):
    """Run those chapters whose fingerprint changed (all of them with ``CI=true``).

    Parameters
    ----------
    chapters : list of Path
        Notebooks, relative to the repository.
    everything : bool, optional
        Whether to run them even if their outputs are current.
    later : sequence of Path
        Chapters that a next call will run: counted in the time left.
    before_alone : callable, optional
        Called before a chapter runs alone, to end what would disturb its measurements.

    Returns
    -------
    list of Path
        The chapters that failed. What is done when the run is interrupted stays done.
    """
    everything = os.environ.get("CI") == "true" if everything is None else everything
    stale = [path for path in chapters if everything or not execution.is_current(path)]
    if not stale:
        print(f"all {len(chapters)} chapters are up to date: none run")
        return []
    make_environments(stale)
    return _Run(stale, later, before_alone).finish()


class _Run:
    """The chapters that wait, that are running, and that are done."""

    def __init__(self, chapters, later, before_alone):
        self.expected = {path: account.expected(path) for path in chapters}
        longest_first = sorted(chapters, key=lambda path: -self.expected[path]["seconds"])
        self.waiting = [path for path in longest_first if not runs_alone(path)]
        self.alone = [path for path in longest_first if runs_alone(path)]
        self.later, self.before_alone = list(later), before_alone
        self.lanes = min(cores(), len(chapters))
        self.memory = psutil.virtual_memory().available / 1e6 * MEMORY_SHARE
        self.running, self.done, self.failed, self.total = [], [], [], len(chapters)

    def finish(self):
        side_by_side = f"{self.lanes} at a time" if self.lanes > 1 else "one at a time"
        print(f"{self.total} chapters to run, {side_by_side}, {self.time_left()}")
        try:
            while self.waiting or self.alone or self.running:
                self._begin_what_fits()
                for chapter in [c for c in self.running if c.has_ended()]:
                    self.running.remove(chapter)
                    self._settle(chapter)
                self._say_what_runs()
                time.sleep(0.5)
        finally:
            for chapter in self.running:
                chapter.stop()
        return self.failed

    def _begin_what_fits(self):
        while self.waiting and len(self.running) < self.lanes:
            taken = sum(self.expected[c.path]["peak_mb"] for c in self.running)
            fits = [p for p in self.waiting if taken + self.expected[p]["peak_mb"] <= self.memory]
            if not fits and self.running:
                return
            path = (fits or self.waiting)[0]
            self.waiting.remove(path)
            self.running.append(Chapter(path, n_threads=max(1, cores() // self.lanes)))
        if self.alone and not self.waiting and not self.running:
            if self.before_alone:
                self.before_alone()
            self.running.append(Chapter(self.alone.pop(0)))

    def _settle(self, chapter):
        facts, faults = chapter.outcome()
        self.done.append(chapter)
        if faults:
            self.failed.append(chapter.path)
            result = f"FAILED after {facts['seconds']:.0f} s\n{faults}"
        else:
            account.enter(chapter.path, facts)
            result = f"{facts['seconds']:.0f} s, {facts['peak_mb'] or '?'} MB"
        left = f"  ({self.time_left()} left)" if self.running or self.waiting or self.alone else ""
        _print_line(f"[{len(self.done)}/{self.total}] {chapter.path} {result}{left}")

    def _say_what_runs(self):
        if sys.stdout.isatty():
            now = ", ".join(f"{c.path.stem} {c.seconds():.0f} s" for c in self.running)
            n_left = len(self.waiting) + len(self.alone)
            _print_line(f"{len(self.done)} done, running: {now}; {n_left} left, {self.time_left()}", end="")

    def time_left(self):
        """The time that the rest will take, in words: from what each is expected to take and the pace so far."""
        busy = [max(0, self.expected[c.path]["seconds"] - c.seconds()) for c in self.running]
        planned = sum(self.expected[c.path]["seconds"] for c in self.done)
        pace = sum(c.took for c in self.done) / planned if planned else 1
        return in_words(pace * estimated_seconds([*self.waiting, *self.alone, *self.later], busy))


class Chapter:
    """A chapter that runs in processes of its own: pytest with nbmake, its kernel, and what that starts."""

    def __init__(self, path, n_threads=None):
        self.path, self.mark, self.copy = path, execution.fingerprint(path), WORK / path
        self.log, self.report, self.home = (self.copy.with_suffix(end) for end in (".log", ".network.json", ".home"))
        self.report.unlink(missing_ok=True)
        shutil.rmtree(self.home, ignore_errors=True)
        notebooks.write_if_changed(self.copy, (ROOT / path).read_bytes())
        for file in execution.files_beside(path):
            notebooks.write_if_changed(WORK / file.relative_to(ROOT), file.read_bytes())
        options, kernel_variables = kernel(path)
        command, variables = isolated(
            [
                sys.executable,
                "-m",
                "pytest",
                "--nbmake",
                *options,
                "--overwrite",
                f"--nbmake-timeout={LIMIT_SECONDS}",
                "-q",
                "-p",
                "no:cacheprovider",
                "--rootdir",
                str(WORK),
                "-c",
                os.devnull,
                self.copy.name,  # relative: pytest reads [ in a path as the beginning of a parameter
            ],
            self.report,
            surroundings.variables(self.home) | kernel_variables,
        )
        if n_threads:
            variables = variables | with_threads(n_threads)
        self.start, self.took, self.peak_mb = time.monotonic(), None, 0
        with self.log.open("w") as output:
            self.process = psutil.Popen(  # a session of its own: Ctrl-C is for this program, which then ends it
                command, cwd=self.copy.parent, env=variables, stdout=output, stderr=output, start_new_session=True
            )

    def seconds(self):
        return time.monotonic() - self.start if self.took is None else self.took

    def has_ended(self):
        """Whether its processes have ended, or were ended for the time they took; notes the memory they hold."""
        if self.process.poll() is None and self.seconds() <= LIMIT_SECONDS:
            self.peak_mb = max(self.peak_mb, self._memory_mb())
            return False
        self.took = self.seconds()
        self.stop()
        return True

    def _family(self):
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _memory_mb(self):
        total = 0
        for process in self._family():
            try:
                total += process.memory_info().rss / 1e6
            except psutil.Error:  # it has ended meanwhile
                continue
        return round(total)

    def stop(self):
        for process in self._family():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()

    def outcome(self):
        """What the chapter took, and the text of its faults: empty if it ran, and then its outputs are kept."""
        facts = {
            "seconds": round(self.took, 1),
            "peak_mb": self.peak_mb or None,
            "loads": sorted(execution.loads(self.path)),
            "fingerprint": self.mark,
        }
        try:
            executed = json.loads(self.copy.read_text(encoding="utf-8"))
            faults = execution.faults_of(executed)
        except ValueError:  # killed while it was written
            executed, faults = None, []
        faults += [f"tried to leave this machine: {attempt}" for attempt in attempts(self.report)]
        faults += [f"wrote into the reader's home folder: {file}" for file in surroundings.written_home(self.home)]
        if self.process.returncode == 0 and executed and not faults:
            notebooks.write(execution.EXECUTED / self.path, executed)
            return facts, ""
        if self.took > LIMIT_SECONDS:
            return facts, f"stopped: a chapter may take {LIMIT_SECONDS} s"
        return facts, "\n".join(faults) or self.log.read_text(errors="replace")[-6000:]


def make_environments(chapters):
    """Make the extra environments that these chapters use, where they are not there yet."""
    for name in sorted({name for path in chapters for name in execution.environments_of(path)}):
        environment.extra(name)


def kernel(path):
    """Options for nbmake, and variables, with which a notebook runs in the environment that its metadata name."""
    name = notebooks.book_metadata(path).get("kernel")
    if name is None:
        return [], {}
    argv = [environments.python_of(name), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    search = os.pathsep.join(map(str, [*([] if has_namespaces() else [GUARD]), ROOT]))  # it has no utils of its own
    description = {"argv": argv, "display_name": name, "language": "python", "env": {"PYTHONPATH": search}}
    notebooks.write_if_changed(KERNELS / "kernels" / name / "kernel.json", json.dumps(description))
    return [f"--nbmake-kernel={name}"], {"JUPYTER_PATH": str(KERNELS)}


def kernels():
    """Variables with which Jupyter lists the kernels of those extra environments that have been made."""
    named = {notebooks.book_metadata(path).get("kernel"): path for path in notebooks.every()}
    ready = [path for name, path in named.items() if name and environments.is_ready(name)]
    return {key: value for path in ready for key, value in kernel(path)[1].items()}


def runs_alone(path):
    """Whether a notebook says that it measures speed or concurrency."""
    return notebooks.book_metadata(path).get("alone", False)


def estimated_seconds(chapters, busy=()):
    """Seconds that chapters will take, `busy` being the seconds for which each running one goes on."""
    lanes = [*busy, *[0] * (cores() - len(busy))]
    heapq.heapify(lanes)
    alone = 0
    for path in sorted(chapters, key=lambda path: -account.expected(path)["seconds"]):
        seconds = account.expected(path)["seconds"]
        if runs_alone(path):
            alone += seconds
        else:
            heapq.heappush(lanes, heapq.heappop(lanes) + seconds)
    return max(lanes) + alone


def in_words(seconds):
    """A time as people say it: "about 40 s", "about 7 minutes"."""
    return f"about {max(10, round(seconds, -1)):.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} minutes"


def _print_line(text, end="\n"):
    width = os.get_terminal_size().columns if sys.stdout.isatty() else 0
    shown = text[: width - 1].ljust(width - 1) if width and not end else text
    print(("\r" + shown) if width else shown, end=end, flush=True)
