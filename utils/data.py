"""The book's data: small Parquet files beside their cards, checked by hash when loaded."""

import hashlib
import json
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "book" / "data"


class DataError(Exception):
    """A data set is unknown, missing or not the one its card describes."""


def names():
    """Names of the book's data sets, sorted."""
    return sorted(path.stem for path in DATA.glob("*.json"))


def card(name):
    """The card of a data set: a dict with source, licence, notice, cleaning, splits, faults and hashes.

    A data set with ``on_demand`` may not be passed on, or is too large to be: the repository has its card and its
    builder, and the set-up builds its rows. Its hash is that of the rows, for no two writers of Parquet agree.

    Raises
    ------
    DataError
        If no data set has this name; the message lists those there are.
    """
    if name not in names():
        raise DataError(f"no data set is called {name!r}; there are: {', '.join(names())}")
    path = DATA / f"{name}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {"sha256": facts["rows_sha256" if facts.get("on_demand") else "sha256"]} | facts
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"the card {path} is damaged ({type(error).__name__}: {error}); restore it from git") from error


def path_of(name):
    """Path of the rows of a data set: beside its card, or in ``built`` where they are built on demand."""
    facts = card(name)
    return (
        DATA / "built" / f"{name}-{facts['sha256'][:12]}.parquet"
        if facts.get("on_demand")
        else DATA / f"{name}.parquet"
    )


def lacking():
    """Names of the data sets that are built on demand and have not been built here."""
    return [name for name in names() if card(name).get("on_demand") and not path_of(name).exists()]


def file_hash(path):
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows_hash(table):
    """SHA-256 of the rows and schema of a ``pyarrow.Table``, independent of the Parquet writer's version."""
    digest = hashlib.sha256(json.dumps(_types(table)).encode())
    for row in table.to_pylist():
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def _types(table):
    """Name and type of each column; Arrow calls what a list holds "item", Parquet calls it "element"."""
    return [[field.name, str(field.type).replace("list<item:", "list<element:")] for field in table.schema]


def load(name, **hub_options):
    """A data set of the book, or one of the hub, as ``datasets.DatasetDict`` by split (or one ``Dataset``).

    Parameters
    ----------
    name : str
        A name from :func:`names`; or a hub name with a slash or a folder in the hub's layout, which goes to
        ``datasets.load_dataset`` together with `hub_options`. A name of the hub without a slash is written with
        the prefix ``hub:``, as in ``load("hub:imdb")``.

    Raises
    ------
    DataError
        If the name is unknown, the file is missing, its bytes are not those of its card, or the hub cannot be
        reached.
    """
    name = str(name)
    if name in names() and hub_options:
        raise DataError(
            f"{name!r} is one of the book's own data sets, which take no options, but got {', '.join(hub_options)}; "
            f"load it whole and take a split from it, or write hub:{name} for a data set of the hub"
        )
    hub_name = name.removeprefix("hub:")
    if name not in names() and (name.startswith("hub:") or "/" in name or Path(name).is_dir()):
        return _load_from_hub(hub_name, hub_options)
    import datasets

    facts = card(name)
    rows = datasets.Dataset(_checked_table(name, facts))
    if "split" not in rows.column_names:
        return rows
    splits = rows["split"][:]
    return datasets.DatasetDict(
        {
            split: rows.select([i for i, s in enumerate(splits) if s == split]).remove_columns("split")
            for split in facts["splits"]
        }
    )


def _checked_table(name, facts):
    """The rows of one of the book's data sets as ``pyarrow.Table``, read whole: no copy is left in a cache."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, on_demand = path_of(name), facts.get("on_demand")
    if on_demand:
        cure = f"With a network, build it from {facts['source']}: python -m tools.data {name}"
    else:
        cure = f"Restore it with 'git checkout -- {path.name}' in {DATA}, or run: make data"
    if not path.exists():
        why = (
            f"{name} may not be passed on with the book, and has not been built here"
            if on_demand
            else f"{path} is missing"
        )
        raise DataError(f"{why}. {cure}")
    try:
        found = "" if on_demand else file_hash(path)
        table = pq.read_table(path) if found in ("", facts["sha256"]) else None
        found = found or rows_hash(table)
    except pa.ArrowException:
        found = "unreadable"
    if found != facts["sha256"]:
        raise DataError(
            f"{path} is not the file that its card describes (SHA-256 {found[:12]}…, "
            f"expected {facts['sha256'][:12]}…); nothing was loaded. {cure}"
        )
    return table


def _load_from_hub(name, options):
    import datasets

    try:
        return datasets.load_dataset(name, **options)
    except Exception as error:  # the hub's client raises a dozen kinds; each means: not to be had under this name
        cause = error
        while cause.__cause__:  # what the parser of a file said comes first
            cause = cause.__cause__
        advice = (
            "Look at the files in this folder"
            if Path(name).is_dir()
            else "A name of the hub needs a network the first time; without one, use a local folder or one of: "
            + ", ".join(names())
        )
        raise DataError(
            f"the data set {name!r} could not be loaded: {type(cause).__name__}: {cause}. {advice}"
        ) from error
