"""Record of the chapter on a chatbot: what it remembers by four memories, which tool it calls, and how it counts.

python -m book.records.chatbot               about ten minutes of processor time; resumes if interrupted
python -m book.records.chatbot --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import time

from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/08_a_chatbot.ipynb"
SHOWN = [
    "FACTS",
    "REQUESTS",
    "ONLY_A_NUMBER",
    "conversation",
    "recall",
    "full",
    "window",
    "retrieval",
    "summarised",
    "by_words",
    "by_minilm",
    "read_once",
    "by_text",
    "tool_scores",
    "by_grammar",
    "sums",
    "system",
    "user",
    "prompt_ids",
    "reply",
]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": [], "models": ["minilm", "smollm2"]}
PARTS = ROOT / "out" / "records" / "chatbot"
FULL = {"facts": 16, "delays": [2, 6, 12], "budget": 160, "requests": 30, "sums": 12, "number_tokens": 6}
SMALLEST = {"facts": 1, "delays": [1], "budget": 50, "requests": 1, "sums": 1, "number_tokens": 2}
NOT_COMPARED = ["seconds_each"]
TOLERANCE = 0.02  # sums in another order


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes)
    parts = Parts(folder, total=2 * sizes["facts"] + 2)
    model = load_model("smollm2").to(device())
    likeness = page["by_minilm"](load_model("minilm").to(device()), load_tokenizer("minilm"))
    budget, longest = sizes["budget"], max(sizes["delays"])

    # 1. Memory: each fact is planted once and asked for after each delay, under each memory.
    def states(number):
        start = time.process_time()
        turns = page["conversation"](number, longest)[0]
        return {"states": page["summarised"](turns, budget, model), "seconds_each": time.process_time() - start}

    def remember(number, summaries):
        turns, *asked = page["conversation"](number, longest)
        question, done, rows = asked[0], {}, []
        for delay in sizes["delays"]:
            so_far = turns[: delay + 1]
            memories = {
                "nothing": [],
                "full": page["full"](so_far, question, budget),
                "window": page["window"](so_far, question, budget),
                "summary": summaries[delay],
                "retrieval by words": page["retrieval"](so_far, question, budget, page["by_words"]),
                "retrieval by MiniLM": page["retrieval"](so_far, question, budget, likeness),
            }
            for name, memory in memories.items():
                if str(memory) not in done:
                    done[str(memory)] = page["recall"](model, memory, *asked)
                rows.append({"fact": number, "delay": delay, "memory": name, **done[str(memory)]})
        return rows

    recalled, summaries = [], {}
    for number in range(sizes["facts"]):
        found = parts.kept(f"summaries {number}", lambda number=number: states(number))
        summaries[number] = found["states"]
        recalled.append(parts.kept(f"recall {number}", lambda number=number: remember(number, summaries[number])))

    # 2. Tools: the same requests, three ways.
    known = page["read_once"](model)

    def choose():
        rows, seconds = [], {"text": 0.0, "scores": 0.0, "grammar": 0.0}
        for said, *_ in page["REQUESTS"][: sizes["requests"]]:
            clock = [time.process_time()]
            tool, argument, tried = page["by_text"](model, said, known)
            clock.append(time.process_time())
            scores = page["tool_scores"](model, said, known)
            clock.append(time.process_time())
            strict = page["by_grammar"](model, said, known)
            clock.append(time.process_time())
            for i, name in enumerate(seconds):
                seconds[name] += (clock[i + 1] - clock[i]) / sizes["requests"]
            rows.append({"text": [tool, argument], "tried": tried, "scores": scores, "grammar": strict[:2]})
        empty = page["tool_scores"](model, "N/A", known)
        return {"rows": rows, "empty": empty, "seconds_each": seconds}

    chosen = parts.kept("tools", choose)

    # 3. Sums, by the model alone and with a calculator.
    def count():
        rows = []
        for kind, said, value in page["sums"](sizes["sums"]):
            ids = page["prompt_ids"]([page["system"](page["ONLY_A_NUMBER"]), page["user"](said)], "The answer is")
            alone = page["reply"](model, ids, sizes["number_tokens"])
            tool, argument, line = page["by_grammar"](model, said, known, ("calculator",))
            rows.append({"kind": kind, "said": said, "value": value, "alone": alone, "call": argument, "line": line})
        return rows

    counted = parts.kept("sums", count)
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / ("chatbot_smallest.json" if smallest else "chatbot.json"),
        name="chatbot",
        command="python -m book.records.chatbot" + " --smallest" * smallest,
        seeds=range(sizes["facts"]),
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={
            "sizes": sizes,
            "recalled": recalled,
            "last_summaries": [summaries[n][-1][0]["content"] for n in summaries],
            "tools": chosen,
            "sums": counted,
        },
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
