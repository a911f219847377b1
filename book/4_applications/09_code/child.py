"""The child of the judge: gives up its rights, runs one program, and answers calls of one of its functions.

Started as ``python -I -S child.py``. It reads lines of JSON and answers each with one: first the program, then the
arguments of each call. What comes back is plain data, or the reason why there is none.
"""

import ctypes
import json
import os
import platform
import struct
import sys

MODULES = (
    "abc array bisect cmath collections.abc copy datetime decimal enum fractions functools hashlib heapq "
    "itertools math numbers operator random re statistics string textwrap time typing unicodedata"
)  # loaded before the wall stands; afterwards no file can be read


def plain(value):
    """The value in what JSON can hold; only exactly the types named here, since a subclass may lie."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [plain(item) for item in value]
    if kind in (tuple, set, frozenset):
        return {"kind": kind.__name__, "items": [plain(item) for item in value]}
    if kind is dict:
        return {
            "kind": "dict",
            "items": [[plain(key), plain(item)] for key, item in value.items()],
        }
    raise TypeError(f"{kind.__name__} is not plain data")


def valued(data):
    """The value that `plain` wrote."""
    if isinstance(data, list):
        return [valued(item) for item in data]
    if isinstance(data, dict):
        make = {"tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict}[
            data["kind"]
        ]
        return make(valued(item) for item in data["items"])
    return data


def set_limits(seconds, megabytes):
    """Let the system end this process when it takes too much; whether there are such limits here."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    wanted = {"CPU": seconds, "AS": megabytes * 2**20, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    held = True
    for name, most in wanted.items():
        grace = name == "CPU"  # a second more before a signal that cannot be ignored
        try:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most + grace))
        except (ValueError, OSError):  # macOS refuses the limit on memory
            held = False
    return held


# System calls that stay allowed: read, write, exit, memory, clocks, chance. By number, for two processors.
ALLOWED = {
    "x86_64": (
        0xC000003E,
        (
            0,
            1,
            9,
            10,
            11,
            12,
            13,
            14,
            15,
            24,
            25,
            28,
            35,
            60,
            96,
            202,
            228,
            230,
            231,
            318,
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            63,
            64,
            93,
            94,
            98,
            101,
            113,
            115,
            124,
            134,
            135,
            139,
            169,
            214,
            215,
            216,
            222,
            226,
            233,
            278,
        ),
    ),
}


def forbid_system_calls():
    """Have the kernel refuse every system call but those; whether it will. There is no way back."""
    if sys.platform != "linux" or platform.machine() not in ALLOWED:
        return False
    processor, numbers = ALLOWED[platform.machine()]
    load, equal, answer = (
        0x20,
        0x15,
        0x06,
    )  # three instructions of the kernel's filter language
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    steps = [
        (load, 0, 0, 4),
        (equal, 1, 0, processor),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),
    ]
    steps += [(equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    steps += [(answer, 0, 0, refuse), (answer, 0, 0, allow)]
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *step) for step in steps)
    )
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
