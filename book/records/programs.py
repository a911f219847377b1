"""Record of the chapter on code: attacks on three judges, mutants of solutions, and what SmolLM2 writes.

python -m book.records.programs               about ten minutes of processor time; resumes if interrupted
python -m book.records.programs --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device, set_seed
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/09_code.ipynb"
SHOWN = [
    "ATTACKS",
    "LIMITS",
    "STOPS",
    "asked_as",
    "check_of",
    "check_with",
    "complete",
    "judge_all",
    "mutants",
    "nearest_programs",
    "program_from",
    "prompt_of",
    "solution_of",
    "tasks",
    "three_verdicts",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["human_eval"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "programs"
FULL = {"problems": 164, "asked": 40, "tasks": 40, "new_tokens": 96, "chat_tokens": 144, "samples": 10, "heat": 0.8}
SMALLEST = {"problems": 1, "asked": 1, "tasks": 1, "new_tokens": 2, "chat_tokens": 2, "samples": 2, "heat": 0.8}
NOT_COMPARED = []
TOLERANCE = 0.0
FORMS = ["newline", "newline and indent", "nothing", "chat template"]


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=20)
    problems = load("human_eval").to_list()[: sizes["problems"]]
    tasks = page["tasks"][: sizes["tasks"]]
    reader = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    few = {**page["LIMITS"], "seconds": 1}  # a mutant that does not end is caught either way

    # 1. The judges: the published solutions, and three attacks, by three judges each.
    def by_three(body_of):
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda p: [int(v) for v in page["three_verdicts"](p, body_of(p))], problems))

    attacked = {"the published solution": parts.kept("published", lambda: by_three(lambda p: p["canonical_solution"]))}
    for name, body in page["ATTACKS"].items():
        attacked[name] = parts.kept(f"attack {name}", lambda body=body: by_three(lambda p: body))

    # 2. The tests: which mutants of right solutions pass them.
    def mutated(owned):
        jobs = [(i, (text, name, check)) for i, (code, name, check) in owned for text in page["mutants"](code, name)]
        verdicts = page["judge_all"]([job for _, job in jobs], few)
        return {"item": [i for i, _ in jobs], "passed": [int(v == "passed") for v in verdicts]}

    def published():
        trio = [(p["prompt"] + p["canonical_solution"], p["entry_point"], page["check_of"](p)) for p in problems]
        return mutated(list(enumerate(trio)))

    def own():
        trio = [(page["solution_of"](t), t["name"], page["check_with"](t["tests"])) for t in tasks]
        return mutated(list(enumerate(trio)))

    survived = {"HumanEval": parts.kept("mutants", published), "our tasks": parts.kept("own mutants", own)}

    # 3. SmolLM2: greedy, four ways to ask; then several samples by the chat template.
    def write(prompts, form, **how):
        chat = form == "chat template"
        stop = page["STOPS"]["chat template" if chat else "completion"]
        texts = [page["asked_as"](prompt, form, reader[1]) for prompt in prompts]
        return page["complete"](texts, reader, sizes["chat_tokens" if chat else "new_tokens"], **{"stop": stop} | how)

    prompts = [page["prompt_of"](task) for task in tasks]
    greedy = {form: parts.kept(f"greedy {form}", lambda form=form: write(prompts, form)) for form in FORMS}
    uncut = parts.kept("uncut", lambda: write(prompts, "nothing", stop=None))

    def sample():
        set_seed(0)
        many = [prompt for prompt in prompts for _ in range(sizes["samples"])]
        texts = write(many, "chat template", temperature=sizes["heat"], batch_size=80)
        return [texts[i : i + sizes["samples"]] for i in range(0, len(texts), sizes["samples"])]

    samples = parts.kept("samples", sample)
    drawn = sorted(int(i) for i in np.random.default_rng(0).permutation(len(problems))[: sizes["asked"]])
    asked = [problems[i]["prompt"] for i in drawn]
    of_problems = {form: parts.kept(f"problems {form}", lambda form=form: write(asked, form)) for form in FORMS}

    # 4. Verdicts: the hidden tests, and the example that the prompt shows.
    def verdicts(programs, hidden=True):
        pairs = zip(tasks, programs, strict=True)
        shown = page["judge_all"](
            [(p, t["name"], page["check_with"](t["tests"] if hidden else [t["example"]])) for t, p in pairs]
        )
        return shown

    def judge_tasks():
        made = {
            form: [page["program_from"](p, form, t) for p, t in zip(prompts, texts, strict=True)]
            for form, texts in greedy.items()
        }
        made["nothing, not cut"] = [p.rstrip() + t + "\n" for p, t in zip(prompts, uncut, strict=True)]
        made["nothing, cut later"] = [
            page["program_from"](p, "nothing", t) for p, t in zip(prompts, uncut, strict=True)
        ]
        made["chat template, not cut"] = greedy["chat template"]
        made["nearest"] = page["nearest_programs"](tasks, problems)
        return {name: verdicts(programs) for name, programs in made.items()}

    def judge_samples(hidden):
        rows = []
        for i in range(sizes["samples"]):
            texts = [row[i] for row in samples]
            programs = [page["program_from"](p, "chat template", t) for p, t in zip(prompts, texts, strict=True)]
            rows.append([int(v == "passed") for v in verdicts(programs, hidden)])
        return np.transpose(rows).tolist()  # (task, sample)

    def judge_problems():
        rows = [problems[i] for i in drawn]
        return {
            form: page["judge_all"](
                [
                    (page["program_from"](r["prompt"], form, t), r["entry_point"], page["check_of"](r))
                    for r, t in zip(rows, texts, strict=True)
                ]
            )
            for form, texts in of_problems.items()
        }

    results = {
        "sizes": sizes,
        "tasks_sha256": hashlib.sha256(str(page["tasks"]).encode()).hexdigest(),
        "attacked": attacked,
        "mutants": survived,
        "greedy": greedy,
        "greedy_verdicts": parts.kept("verdicts", judge_tasks),
        "samples": samples,
        "hidden": parts.kept("sample verdicts", lambda: judge_samples(True)),
        "example": parts.kept("example verdicts", lambda: judge_samples(False)),
        "drawn": drawn,
        "problems": of_problems,
        "problem_verdicts": parts.kept("problem verdicts", judge_problems),
    }
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("programs_smallest.json" if smallest else "programs.json"),
        name="programs",
        command="python -m book.records.programs" + " --smallest" * smallest,
        seeds=[0],
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
