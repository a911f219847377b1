"""Spoken sentences of a telephone system and what they say, from two packages of Debian."""

import base64
import gzip
import io
import re
import subprocess
import tarfile
import wave

import numpy as np

PACKAGE = ["asterisk-core-sounds-en-wav=1.6.1", "asterisk-core-sounds-en=1.6.1"]
SECONDS = 140  # of speech in all
WORDS = range(4, 13)  # of a sentence


def rows(archives):
    """One row a clip: its name, what it says, and its samples."""
    clips, about = (_files(archive) for archive in archives)
    listed = next(text for name, text in about.items() if name.endswith("core-sounds-en.txt.gz"))
    texts = dict(re.findall(r"(?m)^([\w-]+): *(.+?) *$", gzip.decompress(listed).decode("utf-8")))
    found = []
    for path, content in clips.items():
        name = path.rpartition("/")[2].removesuffix(".wav")
        text = " ".join(texts.get(name, "").split())
        if (
            path.endswith(f"/en_US_f_Allison/{name}.wav")
            and len(text.split()) in WORDS
            and not re.search(r"[\[<(]", text)
        ):
            with wave.open(io.BytesIO(content)) as file:
                assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            found.append({"clip": name, "text": text, "samples": base64.b64encode(_mu_law(samples)).decode()})
    order = np.random.default_rng(0).permutation(len(found))
    seconds = np.cumsum([len(found[i]["samples"]) * 3 / 4 / 8000 for i in order])
    return [found[i] for i in sorted(order[seconds <= SECONDS])]


def _mu_law(samples):
    """Samples of 16 bits as the 8 bits of telephony (G.711): finer steps for quiet sounds."""
    size = np.minimum(np.abs(samples.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 15
    return (~((samples < 0) * 128 | exponent << 4 | mantissa) & 255).astype(np.uint8).tobytes()


def _files(archive):
    """Content of each file of a package of Debian, by its path, in the order of paths."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        members = sorted((m for m in folder.getmembers() if m.isfile()), key=lambda m: m.name)
        return {m.name: folder.extractfile(m).read() for m in members}
