"""Plausible wrong answers to the exercises of *On Colab and in the cloud*; each docstring is what a checker says."""

import hashlib
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def _whole(name, data):
    match = re.fullmatch(r"step-(\d+)-([0-9a-f]{16})", name)
    return match and hashlib.sha256(data).hexdigest()[:16] == match[2]


def newest_whole__in_order_of_words(files):
    """compare numbers, not words"""  # step-9 sorts after step-10
    return max((name for name, data in files.items() if _whole(name, data)), default=None)


def newest_whole__last_in_the_folder(files):
    """the order in the folder means nothing"""
    whole = [name for name, data in files.items() if _whole(name, data)]
    return whole[-1] if whole else None


def newest_whole__trusts_the_name(files):
    """check the hash"""
    steps = {int(m[1]): name for name in files if (m := re.fullmatch(r"step-(\d+)-\w+", name))}
    return steps[max(steps)] if steps else None


def newest_whole__gives_up_on_damage(files):
    """take the newest that is whole"""
    name = newest_whole__trusts_the_name(files)
    return name if name and _whole(name, files[name]) else None


def newest_whole__whole_hash(files):
    """16 characters of hash"""
    whole = [name for name, data in files.items() if name.endswith(hashlib.sha256(data).hexdigest())]
    return max(whole, default=None)


def newest_whole__end_of_the_name(files):
    """match all of it"""  # takes a copy under another name
    found = [(re.search(r"step-(\d+)-", name), name, data) for name, data in files.items()]
    whole = [(int(m[1]), name) for m, name, data in found if m and name.endswith(hashlib.sha256(data).hexdigest()[:16])]
    return max(whole)[1] if whole else None


def newest_whole__nothing(files):
    """return its name"""


def would_move__nothing(wanted, image):
    """return an empty list"""


def break_even__nothing(per_hour, texts_per_second, tokens_per_text, per_million):
    """at full use the hour earns 1.44 dollars"""


def would_move__compares_words(wanted, image):
    """compare versions, not words"""
    moved = set()
    for requirement in map(Requirement, wanted):
        for rule in requirement.specifier:
            held = image.get(requirement.name)
            if held and rule.operator == ">=" and held < rule.version:
                moved.add(requirement.name)
    return sorted(moved)


def would_move__names_as_written(wanted, image):
    """huggingface_hub is huggingface-hub"""
    found = map(Requirement, wanted)
    return sorted({r.name for r in found if r.name in image and not r.specifier.contains(image[r.name])})


def would_move__what_is_missing_too(wanted, image):
    """what is not installed cannot move"""
    held = {canonicalize_name(name): version for name, version in image.items()}
    found = map(Requirement, wanted)
    return sorted({r.name for r in found if r.name not in held or not r.specifier.contains(held[r.name])})


def would_move__markers_ignored(wanted, image):
    """the marker does not hold here"""
    held = {canonicalize_name(name): version for name, version in image.items()}
    found = map(Requirement, wanted)
    return sorted({r.name for r in found if r.name in held and not r.specifier.contains(held[r.name])})


def would_move__every_marker_left_out(wanted, image):
    """a marker that holds here asks like none"""
    held = {canonicalize_name(name): version for name, version in image.items()}
    found = [r for r in map(Requirement, wanted) if r.marker is None]
    found = {canonicalize_name(r.name): r for r in found if canonicalize_name(r.name) in held}
    return sorted(n for n, r in found.items() if not r.specifier.contains(held[n], prereleases=True))


def would_move__twice(wanted, image):
    """each once, in order"""
    held = {canonicalize_name(name): version for name, version in image.items()}
    found = [r for r in map(Requirement, wanted) if r.marker is None or r.marker.evaluate()]
    return [r.name for r in found if r.name in held and not r.specifier.contains(held[r.name])]


def break_even__without_tokens(per_hour, texts_per_second, tokens_per_text, per_million):
    """multiply the rate by tokens_per_text"""
    worth = 3600 * texts_per_second / 1e6 * per_million
    return per_hour / worth if worth else None


def break_even__seconds(per_hour, texts_per_second, tokens_per_text, per_million):
    """mind hours and seconds"""
    worth = texts_per_second * tokens_per_text / 1e6 * per_million
    return per_hour / worth if worth else None


def break_even__above_one(per_hour, texts_per_second, tokens_per_text, per_million):
    """dearer even at full use: None"""
    worth = 3600 * texts_per_second * tokens_per_text / 1e6 * per_million
    return per_hour / worth if worth else None


def break_even__upside_down(per_hour, texts_per_second, tokens_per_text, per_million):
    """mind hours and seconds"""
    return 3600 * texts_per_second * tokens_per_text / 1e6 * per_million / per_hour
