"""What ``make book`` does: run the chapters part by part and show the site as it grows."""

import itertools
import threading
import time

from tools import account, colab, execution, notebooks, scheduler, site

N_FIRST = 2  # chapters after which there is a first site to read


def build(chapters=None):
    """Exit status: 0 if every chapter asked for has run and the site is built.

    Parameters
    ----------
    chapters : list of Path, optional
        Run only these, then build the site once; pages of others that have not run say so. By default all run, in
        steps, with a site after each.
    """
    steps = [chapters] if chapters else _steps()
    failed, growing = [], _GrowingSite()
    try:
        for number, step in enumerate(steps):
            later = list(itertools.chain(*steps[number + 1 :]))
            failed += scheduler.run(step, later=later, before_alone=growing.wait)
            if later:
                growing.build(later)
    finally:
        growing.wait()
    account.show()
    if failed:  # the others can be read; what they quote of the failed ones is missing on their pages
        site.build(strict=False)
        for path in failed:
            print(f"failed: {path}; its message stands above, and its page says that it did not run")
        return len(failed)
    missing = [path for path in notebooks.every() if not execution.is_current(path)]
    if missing:  # only some chapters were asked for, and the others have never run here
        print(f"{len(missing)} other chapters have not run as they are now: their pages say so; make book runs them")
        return site.build(strict=False)
    colab.write_all()
    return site.build()


def _steps():
    """The chapters to run in reading order: the first few, then part by part; all at once if they are few."""
    stale = [path for path in notebooks.in_reading_order() if not execution.is_current(path)]
    if len(stale) <= N_FIRST:
        return [stale or notebooks.every()]
    parts = itertools.groupby(stale[N_FIRST:], key=account.part_of)
    return [stale[:N_FIRST], *(list(paths) for _, paths in parts)]


class _GrowingSite:
    """The site built in the background, from what has run so far."""

    def __init__(self):
        self.thread = None

    def build(self, later):
        """Build it; the pages of the chapters that run later say when."""
        self.wait()
        self.thread = threading.Thread(target=self._build, args=(_when(later),))
        self.thread.start()

    def _build(self, when):
        try:
            site.build(strict=False, when=when)
        except site.SiteError as error:  # the chapters go on, and the last build says what is wrong
            print(f"\n{error}")

    def wait(self):
        if self.thread:
            self.thread.join()


def _when(later):
    """For each chapter that has not run, a sentence that says when it will have."""
    sentences = {}
    for number, path in enumerate(later, 1):
        seconds = scheduler.estimated_seconds(later[:number])
        clock = time.strftime("%H:%M", time.localtime(time.time() + seconds))
        sentences[path] = f"It is expected to have run at {clock}; load this page again then."
    return sentences
