"""Break each chapter's code on purpose: a check that cannot fail checks nothing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools import notebooks, scheduler
from tools.environment import ROOT
from tools.network import isolated

MUTATIONS = ROOT / "tests" / "mutations.toml"


def listed():
    """The mutations: dicts with notebook, name, find and replace; and file, where not the notebook is changed but this
    file of the folder beside it."""
    return tomllib.loads(MUTATIONS.read_text(encoding="utf-8"))["mutation"]


def mutate_text(text, mutation):
    """A program with the one replacement made.

    Raises
    ------
    ValueError
        If the text to find does not stand exactly once in it.
    """
    count = text.count(mutation["find"])
    if count != 1:
        raise ValueError(f"{mutation['file']}, {mutation['name']}: {mutation['find']!r} stands {count} times, not once")
    return text.replace(mutation["find"], mutation["replace"])


def mutate(notebook, mutation):
    """The notebook with the one replacement made.

    Raises
    ------
    ValueError
        If the text to find does not stand exactly once in its code cells.
    """
    places = [c for c in notebook["cells"] if c["cell_type"] == "code" and mutation["find"] in "".join(c["source"])]
    count = sum("".join(cell["source"]).count(mutation["find"]) for cell in places)
    if count != 1:
        raise ValueError(
            f"{mutation['notebook']}, {mutation['name']}: {mutation['find']!r} stands {count} times, not once"
        )
    places[0]["source"] = "".join(places[0]["source"]).replace(mutation["find"], mutation["replace"])
    return notebook


def run(chapters):
    """Number of mutations that a chapter survived: it should be none."""
    survived = 0
    wanted = [m for m in listed() if Path(m["notebook"]) in chapters]
    scheduler.make_environments({mutation["notebook"] for mutation in wanted})
    for mutation in wanted:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / Path(mutation["notebook"]).name
            notebook, beside = notebooks.read(mutation["notebook"]), (ROOT / mutation["notebook"]).with_suffix("")
            if "file" in mutation:
                shutil.copytree(beside, Path(folder) / beside.name)
                file = Path(folder) / beside.name / mutation["file"]
                file.write_text(mutate_text(file.read_text(encoding="utf-8"), mutation), encoding="utf-8")
            else:
                notebook = mutate(notebook, mutation)
                if beside.is_dir():
                    (Path(folder) / beside.name).symlink_to(beside)
            copy.write_text(json.dumps(notebook), encoding="utf-8")
            options, kernel_variables = scheduler.kernel(mutation["notebook"])
            command, variables = isolated(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "--nbmake",
                    *options,
                    "-q",
                    "-x",
                    "-p",
                    "no:cacheprovider",
                    "-c",
                    os.devnull,
                    "--rootdir",
                    folder,
                    "--nbmake-timeout=600",
                    str(copy),
                ]
            )
            variables |= kernel_variables
            red = subprocess.run(command, cwd=folder, env=variables, capture_output=True).returncode == 1
        survived += not red
        print(f"{'red' if red else 'SURVIVED'}  {mutation['notebook']}  {mutation['name']}", flush=True)
    print(f"{len(wanted) - survived} of {len(wanted)} mutations turned their chapter red")
    return survived
