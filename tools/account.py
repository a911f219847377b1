"""What each chapter takes: seconds and memory of its last run here, or those kept in the repository.

``python -m tools.account`` keeps the account of the last run in ``tools/times.json``, from which a fresh clone
estimates how long its first run will take.
"""

import json
import statistics

from tools import notebooks
from tools.environment import OUT, ROOT

ACCOUNT = OUT / "account.json"
TIMES = ROOT / "tools" / "times.json"
SHARE_MINUTES = {"front": 5, "1": 5, "2": 5, "3": 14, "4": 8, "5": 5, "6": 6, "7": 2}  # live minutes of each part
UNKNOWN = {"seconds": 90, "peak_mb": 2000}  # a chapter that nobody has run


def read():
    """From each chapter's path to its seconds, peak memory in MB, what it loaded and its fingerprint."""
    return json.loads(ACCOUNT.read_text(encoding="utf-8")) if ACCOUNT.exists() else {}


def enter(path, facts):
    """Enter what a chapter took; the other entries stay."""
    account = read() | {path.as_posix(): facts}
    notebooks.write_if_changed(ACCOUNT, json.dumps(account, indent=1, sort_keys=True) + "\n")


def expected(path):
    """Seconds and peak memory in MB to expect of a chapter, a dict."""
    here, kept = read(), json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}
    known = here.get(path.as_posix()) or kept.get(path.as_posix())
    if known:
        return {key: known.get(key) or UNKNOWN[key] for key in UNKNOWN}
    others = (kept | here).values()
    return {key: statistics.median([o[key] for o in others if o.get(key)] or [UNKNOWN[key]]) for key in UNKNOWN}


def part_of(path):
    """The part of the book that a notebook belongs to: "front" or the number of its folder."""
    return path.parts[1][0] if len(path.parts) > 2 else "front"


def show():
    """Print time and memory of each chapter, and the minutes of each part against its share."""
    account, parts = read(), {}
    print(f"\n{'chapter':58s} {'seconds':>8s} {'peak MB':>8s}")
    for path in notebooks.every():
        facts = account.get(path.as_posix())
        if not facts:
            continue
        print(f"{path.as_posix():58s} {facts['seconds']:8.0f} {facts['peak_mb'] or 0:8.0f}")
        parts[part_of(path)] = parts.get(part_of(path), 0) + facts["seconds"] / 60
    for part, minutes in sorted(parts.items()):
        over = "  OVER ITS SHARE" if minutes > SHARE_MINUTES[part] else ""
        print(f"part {part}: {minutes:.1f} of {SHARE_MINUTES[part]} minutes{over}")
    print()


def keep():
    """Write the last run's seconds and memory into the repository."""
    account = read()
    missing = [path.as_posix() for path in notebooks.every() if path.as_posix() not in account]
    if missing:
        print(f"not kept, since these have not run: {', '.join(missing)}; run: make book")
        return 1
    rows = [
        f" {json.dumps(path.as_posix())}: "
        + json.dumps({key: round(account[path.as_posix()][key] or UNKNOWN[key]) for key in UNKNOWN})
        for path in notebooks.every()
    ]
    notebooks.write_if_changed(TIMES, "{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{TIMES.relative_to(ROOT)} holds the times of {len(rows)} chapters")
    return 0


if __name__ == "__main__":
    raise SystemExit(keep())
