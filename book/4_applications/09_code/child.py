"""The child of the judge: it gives up its rights, runs one program, and answers calls.

Started as ``python -I -S child.py``. It reads lines of JSON and answers each with one:
first the limits and the program, then the arguments of each call. What goes back is
plain data, or the reason why there is none.
"""

import ctypes
import json
import os
import platform
import struct
import sys

# Loaded before the rights are given up; afterwards no file can be read.
MODULES = """
abc array bisect cmath collections.abc copy datetime decimal enum fractions functools
hashlib heapq itertools math numbers operator random re statistics string textwrap time
typing unicodedata
"""


def plain(value):
    """The value in what JSON can hold; of exactly these types, for a subclass may lie."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [plain(item) for item in value]
    if kind in (tuple, set, frozenset):
        return {"kind": kind.__name__, "items": [plain(item) for item in value]}
    if kind is dict:
        items = [[plain(key), plain(item)] for key, item in value.items()]
        return {"kind": "dict", "items": items}
    raise TypeError(f"{kind.__name__} is not plain data")


def valued(data):
    """The value that `plain` wrote."""
    if isinstance(data, list):
        return [valued(item) for item in data]
    if isinstance(data, dict):
        kinds = {"tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict}
        return kinds[data["kind"]](valued(item) for item in data["items"])
    return data


def set_limits(seconds, megabytes):
    """Have the system end a process that takes too much; whether all limits hold."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    wanted = {"CPU": seconds, "AS": megabytes * 2**20, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    held = True
    for name, most in wanted.items():
        grace = name == "CPU"  # a second later comes the signal that cannot be ignored
        try:
            limit = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(limit, (most, most + grace))
        except (ValueError, OSError):  # macOS refuses the limit on memory
            held = False
    return held


# What stays allowed: reading, writing, memory, clocks, random bytes, the end. The
# processor's name for the kernel, and the numbers of the calls on this processor.
ALLOWED = {
    "x86_64": (
        0xC000003E,
        "0 1 9 10 11 12 13 14 15 24 25 28 35 60 96 202 228 230 231 318",
    ),
    "aarch64": (
        0xC00000B7,
        "63 64 93 94 98 101 113 115 124 134 135 139 169 214 215 216 222 226 233 278",
    ),
}


def forbid_system_calls():
    """Have the kernel refuse all other calls; whether it will. There is no way back."""
    if sys.platform != "linux" or platform.machine() not in ALLOWED:
        return False
    processor, numbers = ALLOWED[platform.machine()]
    numbers = [int(number) for number in numbers.split()]
    load, equal, end = 0x20, 0x15, 0x06  # three instructions of the kernel's filters
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    steps = [(load, 0, 0, 4), (equal, 1, 0, processor), (end, 0, 0, kill)]
    steps += [(load, 0, 0, 0)]
    steps += [(equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    steps += [(end, 0, 0, refuse), (end, 0, 0, allow)]
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    code = ctypes.create_string_buffer(packed)
    rules = ctypes.create_string_buffer(
        struct.pack("HP", len(steps), ctypes.addressof(code))
    )
    prctl = ctypes.CDLL(None).prctl
    no_new_rights, filter_calls = 38, 22
    if prctl(no_new_rights, 1, 0, 0, 0):
        return False
    return prctl(filter_calls, 2, ctypes.c_void_p(ctypes.addressof(rules)), 0, 0) == 0


def main():
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # what the program prints goes nowhere
        os.dup2(nothing, standard)

    def answer(**reply):
        answers.write(json.dumps(reply).encode() + b"\n")
        answers.flush()

    order = json.loads(questions.readline())
    for name in MODULES.split():
        __import__(name)
    limits = set_limits(order["seconds"], order["megabytes"])
    answer(value=plain({"limits": limits, "system calls": forbid_system_calls()}))
    space = {"__name__": "candidate"}
    try:
        exec(compile(order["program"], "candidate", "exec"), space)
        function = space[order["name"]]
        answer(value=None)
    except BaseException as error:
        answer(error=type(error).__name__, message=str(error)[:200])
        return
    for line in questions:
        try:
            answer(value=plain(function(*valued(json.loads(line)))))
        except BaseException as error:
            answer(error=type(error).__name__, message=str(error)[:200])


if __name__ == "__main__":
    main()
