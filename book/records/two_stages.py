"""Record of the chapter on two stages: from scratch, frozen and fine-tuned, over the number of labels; families.

python -m book.records.two_stages               about 25 minutes of processor time; resumes if interrupted
python -m book.records.two_stages --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import time
from dataclasses import asdict

import numpy as np

from utils.models import load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import set_seed
from utils.sources import ROOT, definitions

CHAPTER = "book/1_concepts/04_two_stages.ipynb"
SHOWN = [
    "snippet_rows",
    "sample",
    "minilm",
    "EVERYTHING",
    "Recipe",
    "epochs_for",
    "train",
    "right",
    "layer_features",
    "probe",
    "tfidf",
    "ask",
    "Family",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "two_stages"
FULL = {
    "train": 10_000,  # or as many as there are, as elsewhere here
    "validation": 500,
    "test": 1000,
    "seeds": 3,
    "sizes": [50, 200, 800, 3200, 10_000],
    "tuned": [50, 200, 800, 3200],  # the record of the sentiment chapter has all
    "decoder": [50, 200],  # its states take longest
    "same_shape": [800],
    "forgotten": 200,
    "layers": [200],
    "families": [10_000],
    "search": {"tuned": 200, "small": 800},
    "rates": {"tuned": [5e-5, 1e-4, 2e-4], "small": [5e-4, 1e-3]},
    "seen": {"tuned": 800, "small": 4000},
}
SMALLEST = FULL | {
    "train": 16,
    "validation": 4,
    "test": 4,
    "seeds": 1,
    "sizes": [16],
    "tuned": [16],
    "decoder": [16],
    "same_shape": [16],
    "forgotten": 16,
    "layers": [16],
    "families": [16],
    "search": {"tuned": 16, "small": 16},
    "rates": {"tuned": [1e-4], "small": [1e-3]},
    "seen": {"tuned": 16, "small": 16},
}
NOT_COMPARED = ["seconds"]
FORGOTTEN = {"top half": (3, 4, 5)}


class Work(Parts):
    """What the parts share: the page's functions and the rows."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page = plan, definitions(ROOT / CHAPTER, SHOWN)
        read = self.page["snippet_rows"]
        self.train, self.validation, self.test = (
            self.drawn(read(split), plan[split]) for split in ("train", "validation", "test")
        )
        self.words = load_tokenizer("minilm").convert_tokens_to_ids(["bad", "good"])
        self.known = {}

    def drawn(self, rows, n):
        """All rows in their order, or as many as wanted: never the first, which are all of one label."""
        return rows if n >= len(rows) else self.page["sample"](rows, n, 0)

    def sample(self, n, seed):
        return self.page["sample"](self.train, n, seed)

    def trained(self, method, make, n, seed, recipe):
        """One training run, and which test rows it got right."""

        def compute():
            set_seed(seed)
            rows, model = self.sample(n, seed), make()
            start = time.process_time()
            steps = self.page["train"](model, rows, recipe, seed)
            seconds = time.process_time() - start
            seen = len(rows) * self.page["epochs_for"](len(rows), recipe)
            hits = self.page["right"](model, self.test)
            return _run(method, len(rows), seed, seconds, hits, steps=steps, seen=seen)

        return self.kept(f"{method} {n} {seed}", compute)

    def search(self, kind, make):
        """The recipe whose learning rate does best on the validation rows, and all trials."""
        trials = []
        for rate in self.plan["rates"][kind]:
            least_epochs = {"tuned": 1, "small": 2}[kind]
            batch_size = {"tuned": 16, "small": 32}[kind]
            recipe = self.page["Recipe"](rate, self.plan["seen"][kind], least_epochs, batch_size)

            def compute(recipe=recipe):
                set_seed(0)
                model = make()
                self.page["train"](model, self.sample(self.plan["search"][kind], 0), recipe, 0)
                return float(self.page["right"](model, self.validation).mean())

            accuracy = self.kept(f"search {kind} {rate}", compute)
            trials.append({"kind": kind, "recipe": asdict(recipe), "validation": accuracy})
        best = max(trials, key=lambda trial: trial["validation"])
        return self.page["Recipe"](**best["recipe"]), trials

    def probed(self, method, features, seconds_a_row, n, seed):
        """Logistic regression on features of (row numbers of train, test), and its hits."""

        def compute():
            chosen, labels = self.chosen(n, seed)
            train, test = features()
            start = time.process_time()
            head = self.page["probe"](train[chosen], labels)
            seconds = time.process_time() - start + len(chosen) * seconds_a_row()
            hits = head.predict(test) == self.test.labels
            return _run(method, len(chosen), seed, seconds, hits)

        return self.kept(f"{method} {n} {seed}", compute)

    def chosen(self, n, seed):
        """Row numbers of a sample (as the page's `sample` draws them), and their labels."""
        numbers = np.random.default_rng(seed).permutation(len(self.train))[:n]
        return numbers, self.train.labels[numbers]

    def once(self, name, compute):
        """A value needed by many parts, and computed for the first that is not on disk yet."""
        if name not in self.known:
            start = time.process_time()
            self.known[name] = compute(), time.process_time() - start
        return self.known[name][0]

    def needed(self, most, seeds):
        """Numbers of the training rows in any seed's sample of `most`."""
        return np.unique(np.concatenate([self.chosen(most, seed)[0] for seed in seeds]))

    def features_of(self, name, body, needed):
        """Features of all layers, of the training rows that are needed and of the test rows."""
        layers = self.page["layer_features"]

        def compute():
            read, test = (layers(body(), part) for part in (self.train.part(needed), self.test))
            train = np.full((len(read), len(self.train), read.shape[2]), np.nan, np.float32)
            train[:, needed] = read
            return train, test

        return self.once(name, compute)

    def decoder_states(self, seeds):
        """SmolLM2's states of the rows that are needed, as if of all; and the test's log-odds."""
        needed = self.needed(max(self.plan["decoder"]), seeds)
        texts = [self.train.texts[i] for i in needed] + self.test.texts

        def compute():
            log_odds, states = self.page["ask"](texts)
            train = np.full((len(self.train), states.shape[1]), np.nan, np.float32)
            train[needed] = states[: len(needed)]
            return train, states[len(needed) :], log_odds[len(needed) :], len(texts)

        return self.once("decoder", compute)


def _run(method, n, seed, seconds, hits, **more):
    about = {"method": method, "n": n, "seed": seed, "seconds": round(seconds, 2)}
    return about | more | {"right": "".join(str(int(hit)) for hit in hits)}


def classic(work, seeds):
    """TF-IDF, and logistic regression on frozen states of MiniLM and of SmolLM2."""
    page, runs, layers = work.page, [], []

    def words(n, seed):
        rows, start = work.sample(n, seed), time.process_time()
        model = page["tfidf"]().fit(rows.texts, rows.labels)
        seconds = time.process_time() - start
        hits = model.predict(work.test.texts) == work.test.labels
        return _run("TF-IDF", len(rows), seed, seconds, hits)

    def features(start, layer):
        def body():
            set_seed(0)
            return page["minilm"](page["EVERYTHING"] if start == "fresh" else ()).body

        most = {"fresh": work.plan["layers"], "published": work.plan["sizes"]}[start]
        needed = work.needed(max(most), seeds)
        return lambda: [part[layer] for part in work.features_of(start, body, needed)]

    def probe_layer(start, layer, n, seed):
        result = work.probed(f"{start} layer {layer}", features(start, layer), lambda: 0.0, n, seed)
        accuracy = np.mean([hit == "1" for hit in result["right"]])
        about = {"start": start, "layer": layer, "n": result["n"], "seed": seed}
        return about | {"accuracy": round(float(accuracy), 5)}

    n_read = len(work.train) + len(work.test)
    for seed in seeds:
        for n in work.plan["sizes"]:
            runs.append(work.kept(f"words {n} {seed}", lambda n=n, seed=seed: words(n, seed)))
            a_row = lambda: work.known["published"][1] / n_read  # noqa: E731
            runs.append(work.probed("frozen MiniLM", features("published", -1), a_row, n, seed))
        for n in work.plan["layers"]:
            for start in ("published", "fresh"):
                layers += [probe_layer(start, layer, n, seed) for layer in range(7)]
    for seed in seeds:
        for n in work.plan["decoder"]:
            runs.append(
                work.probed(
                    "frozen SmolLM2",
                    lambda: work.decoder_states(seeds)[:2],
                    lambda: work.known["decoder"][1] / work.decoder_states(seeds)[3],
                    n,
                    seed,
                )
            )
    log_odds = work.kept("log odds", lambda: np.round(work.decoder_states(seeds)[2], 3).tolist())
    return runs, layers, log_odds


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work, seeds = Work(plan, folder), list(range(plan["seeds"]))
    page = work.page

    runs, layers, log_odds = classic(work, seeds)

    def family(kind):
        return lambda: page["Family"](kind, work.words)

    small, trials = work.search("small", family("encoder"))
    tuned, more = work.search("tuned", page["minilm"])
    for seed in seeds:
        for n in plan["sizes"]:
            runs.append(work.trained("small encoder", family("encoder"), n, seed, small))
        for n in plan["tuned"]:
            runs.append(work.trained("fine-tuned MiniLM", page["minilm"], n, seed, tuned))
        for name, parts in (FORGOTTEN | {"everything": page["EVERYTHING"]}).items():

            def forgetful(parts=parts):
                return page["minilm"](parts)

            sizes = [plan["forgotten"]] + plan["same_shape"] * (name == "everything")
            for n in dict.fromkeys(sizes):
                runs.append(work.trained(f"{name} forgotten", forgetful, n, seed, tuned))
        for kind in ("decoder", "encoder–decoder"):
            for n in plan["families"]:
                runs.append(work.trained(f"small {kind}", family(kind), n, seed, small))

    target = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        target / ("two_stages_smallest.json" if smallest else "two_stages.json"),
        name="two_stages",
        command="python -m book.records.two_stages" + " --smallest" * smallest,
        seeds=seeds,
        seconds=work.seconds(),
        hashes=hashes,
        results={
            "labels": "".join(map(str, work.test.labels)),
            "n_train": len(work.train),
            "search": [*trials, *more],
            "runs": runs,
            "layers": layers,
            "log_odds": log_odds,
        },
    )
    print(f"{path}: {work.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
