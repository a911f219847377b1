"""The walls of the judge of programs, which the chapter on code builds, stand where the system has them."""

import ctypes
import platform
import sys

import pytest

from utils.sources import ROOT, definitions

CHAPTER = ROOT / "book" / "4_applications" / "09_code.ipynb"
CHILD = ROOT / "book" / "4_applications" / "09_code" / "child.py"


def kernel_has_filters():
    get_seccomp = 21  # of prctl: -1 from a kernel that was built without
    allowed = definitions(CHILD, ["ALLOWED"])["ALLOWED"]
    on_linux = sys.platform == "linux" and platform.machine() in allowed
    return on_linux and ctypes.CDLL(None).prctl(get_seccomp, 0, 0, 0, 0) >= 0


@pytest.mark.skipif(not kernel_has_filters(), reason="this system filters no system calls")
def test_all_walls_stand():
    """The page itself goes on without a wall, so that a reader's run stays whole: here a missing one is an error."""
    assert definitions(CHAPTER, ["walls_here"])["walls_here"]() == {"limits": True, "system calls": True}
