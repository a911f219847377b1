"""Record of the chapter on questions from a library: chunk sizes, answers to all test questions, planted orders.

python -m book.records.library_answers               about thirteen minutes of processor time; resumes if interrupted
python -m book.records.library_answers --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import csv
import json
import time

import numpy as np
import torch
from tqdm.auto import tqdm

from utils.data import file_hash, load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/04_questions_from_a_library.ipynb"
SHOWN = [
    "library_pages",
    "all_questions",
    "chunk_page",
    "chunk_windows",
    "embed",
    "Library",
    "rank_pages",
    "rank_of",
    "CHOSEN",
    "prompt",
    "generate",
    "best_sentence",
    "ATTACKS",
    "DEFENCES",
    "attacked",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["help_pages"],
    "models": ["minilm", "smollm2"],
}
BY_HAND = (ROOT / CHAPTER).with_suffix("") / "paraphrased.csv"
PARTS = ROOT / "out" / "records" / "library_answers"
FULL = {
    "all_pages": True,  # in the library, or only those that the questions are about
    "cut_pages": 80,
    "titles": 1,
    "questions": None,
    "closed_book": 24,
    "attacked": 12,
    "batch": 12,
    "answer_tokens": 48,
    "attacked_tokens": 16,
}
SMALLEST = {
    "all_pages": False,
    "cut_pages": 2,
    "titles": 45,
    "questions": 1,
    "closed_book": 1,
    "attacked": 1,
    "batch": 2,
    "answer_tokens": 2,
    "attacked_tokens": 2,
}
CUTS = [
    ("chunk_page", 60, 0),
    ("chunk_page", 120, 0),
    ("chunk_page", 120, 30),
    ("chunk_windows", 120, 30),
]


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    parts = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)

    def part(name, work):
        """Result of one part of the run, from its file if it was done before."""
        path = parts / f"{name}.json"
        if not path.exists():
            start, cpu = time.perf_counter(), time.process_time()
            result = {"value": work()}
            result |= {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
            path.write_text(json.dumps(result, ensure_ascii=False))
        progress.update()
        result = json.loads(path.read_text())
        seconds.append(result["cpu"])
        return result["value"]

    with open(BY_HAND, encoding="utf-8", newline="") as file:
        paraphrased = [(row["page"], row["question"]) for row in csv.DictReader(file)]
    guides, blocks = page["library_pages"](load("help_pages").to_list())
    questions = page["all_questions"](guides, blocks, paraphrased)
    encoder, words = load_model("minilm").to(device()), load_tokenizer("minilm")
    writer, pieces = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    test = [row for row in questions if row[1] == "test"]
    titles, hand = ([row for row in test if row[0] == kind] for kind in ("title", "paraphrase"))
    test = (titles[:: sizes["titles"]] + hand)[: sizes["questions"]]
    batch, seconds = sizes["batch"], []
    chosen = page["CHOSEN"]

    n_batches = -(-len(test) // batch)
    n_parts = (
        1 + n_batches + -(-sizes["closed_book"] // batch) + len(page["ATTACKS"]) * len(page["DEFENCES"]) + len(CUTS)
    )
    with tqdm(total=n_parts, desc="parts") as progress:
        # 1. The library, the passage that each test question retrieves, and the sentence nearest to the question.
        def retrieve():
            kept = guides if sizes["all_pages"] else [row for row in guides if row["page"] in {t[2] for t in test}]
            cut = dict(zip((row["page"] for row in guides), blocks, strict=True))
            chunks = [
                chunk
                for row in kept
                for chunk in page["chunk_page"](row["page"], cut[row["page"]], chosen["max_words"], chosen["overlap"])
            ]
            library = page["Library"](chunks, page["embed"]([chunk.text for chunk in chunks], encoder, words))
            vectors = page["embed"]([row[3] for row in test], encoder, words)
            found = []
            for (kind, _, answer_page, question), vector in zip(test, vectors, strict=True):
                chunk = library.passage(question, vector)
                extract = page["best_sentence"](vector, chunk.text, encoder, words)
                found.append(
                    {
                        "kind": kind,
                        "question": question,
                        "page": answer_page,
                        "found": chunk.page,
                        "section": chunk.section,
                        "passage": chunk.text,
                        "extract": extract,
                    }
                )
            return found

        found = part("retrieved", retrieve)

        # 2. Answers from the passage; and, for some, with no passage at all.
        order = sorted(range(len(found)), key=lambda i: len(found[i]["passage"]))
        for b in range(n_batches):
            rows = [found[i] for i in order[b * batch : (b + 1) * batch]]
            prompts = [page["prompt"](row["question"], row["passage"]) for row in rows]
            answers = part(
                f"answers_{b}",
                lambda prompts=prompts: page["generate"](prompts, writer, pieces, sizes["answer_tokens"]),
            )
            for row, answer in zip(rows, answers, strict=True):
                row["answer"] = answer
        spread = np.linspace(0, len(found) - 1, sizes["closed_book"]).round().astype(int).tolist()
        for b in range(-(-len(spread) // batch)):
            rows = [found[i] for i in spread[b * batch : (b + 1) * batch]]
            asked = [f"{row['question']} Answer in one or two sentences about LibreOffice." for row in rows]
            answers = part(
                f"closed_{b}", lambda asked=asked: page["generate"](asked, writer, pieces, sizes["answer_tokens"])
            )
            for row, answer in zip(rows, answers, strict=True):
                row["closed_book"] = answer

        # 3. Orders planted at the head of the passage, against each defence.
        victims = [found[i] for i in np.linspace(0, len(found) - 1, sizes["attacked"]).round().astype(int)]
        planted = {}
        for attack, text in page["ATTACKS"].items():
            for defence, make in page["DEFENCES"].items():
                prompts = [make(row["question"], f"{text} {row['passage']}") for row in victims]
                planted[f"{attack} / {defence}"] = part(
                    f"planted_{attack}_{defence}".replace(" ", "_"),
                    lambda prompts=prompts: page["generate"](
                        prompts, writer, pieces, max_new_tokens=sizes["attacked_tokens"]
                    ),
                )

        # 4. How the cut into chunks bears on the search by vectors: some pages, validation questions only.
        asked = [row for row in questions if row[1] == "validation"]
        by_hand = {row[2] for row in asked if row[0] == "paraphrase"}
        others = [row[2] for row in asked if row[2] not in by_hand]
        kept = sorted(by_hand | set(others[:: max(1, len(others) // sizes["cut_pages"])]))[: sizes["cut_pages"]]
        its_blocks = dict(zip((row["page"] for row in guides), blocks, strict=True))
        asked = [row for row in asked if row[2] in kept]

        def try_cut(cut, max_words, overlap):
            chunks = [c for p in kept for c in page[cut](p, its_blocks[p], max_words, overlap)]
            vectors = page["embed"]([chunk.text for chunk in chunks], encoder, words)
            page_of = np.array([kept.index(chunk.page) for chunk in chunks])
            asked_vectors = page["embed"]([row[3] for row in asked], encoder, words)
            ranks = [
                page["rank_of"](page["rank_pages"](vectors @ vector, page_of), kept.index(row[2]))
                for row, vector in zip(asked, asked_vectors, strict=True)
            ]
            return {
                "cut": cut,
                "max_words": max_words,
                "overlap": overlap,
                "chunks": len(chunks),
                "kinds": [row[0] for row in asked],
                "ranks": ranks,
            }

        cuts = [part("_".join(map(str, cut)), lambda cut=cut: try_cut(*cut)) for cut in CUTS]

    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("library_answers_smallest.json" if smallest else "library_answers.json"),
        name="library_answers",
        command="python -m book.records.library_answers" + " --smallest" * smallest,
        seeds=[0],
        seconds=sum(seconds),
        hashes=hashes,
        results={
            "by_hand_sha256": file_hash(BY_HAND),
            "threads": torch.get_num_threads(),
            "answers": found,
            "planted": planted,
            "victims": [row["question"] for row in victims],
            "cuts": cuts,
        },
    )
    print(f"{path}: {sum(seconds) / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
