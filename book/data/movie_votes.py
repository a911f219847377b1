"""Every single rating of the snippets of film reviews, from the sources of VADER."""

import io
import json
import tarfile

PACKAGE = "vaderSentiment==3.3.2"  # its source archive: the wheel has no ratings


def rows(archive):
    """One row a snippet, in the order of the source: its number and the ratings that people gave it."""
    with tarfile.open(archive) as outer:
        inner = outer.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as folder:
        raw = folder.extractfile("hutto_ICWSM_2014/movieReviewSnippets_anonDataRatings.txt").read().decode("utf-8")
    lines = (line.split("\t") for line in raw.split("\r\n") if line)
    return [{"id": int(number), "votes": json.loads(votes)} for number, _, _, votes in lines]
