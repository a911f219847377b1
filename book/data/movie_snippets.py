"""Snippets of film reviews, each with what its raters said, from the sources of VADER."""

import hashlib
import io
import json
import re
import tarfile

PACKAGE = "vaderSentiment==3.3.2"  # its source archive: the wheel has no snippets


def normalised(text):
    """The text without case, punctuation and spacing: two snippets that agree here are duplicates."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def split_of(text):
    """ "train", "validation" or "test" (70, 10 and 20 in a hundred), the same for all copies of a text."""
    bucket = int(hashlib.sha256(normalised(text).encode()).hexdigest(), 16) % 100
    return "test" if bucket < 20 else "validation" if bucket < 30 else "train"


def rows(archive):
    """Rows of the movie-review snippets with each rater's judgement summed up; neutral ones marked."""
    with tarfile.open(archive) as outer:
        inner = outer.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as folder:

        def lines(part):
            raw = folder.extractfile(f"hutto_ICWSM_2014/movieReviewSnippets_{part}.txt").read().decode("utf-8")
            return [line for line in raw.split("\r\n") if line]

        spread = {
            i: (float(sd), len(json.loads(votes)))
            for i, _, sd, votes in (line.split("\t") for line in lines("anonDataRatings"))
        }
        found = []
        for line in lines("GroundTruth"):
            number, rating, text = line.split("\t", 2)
            rating, (disagreement, n_raters) = float(rating), spread[number]
            neutral = abs(rating) < 0.5
            found.append(
                {
                    "id": int(number),
                    "text": text,
                    "rating": round(rating, 6),
                    "disagreement": disagreement,
                    "n_raters": n_raters,
                    "label": 2 if neutral else int(rating > 0),
                    "split": "neutral" if neutral else split_of(text),
                }
            )
    return found
