"""Plausible wrong answers to the exercises of *A chatbot*; each docstring is what a checker says."""


def n_kept__oldest_first(costs, budget):
    """count from the latest turn"""
    kept = spent = 0
    for tokens in costs:
        spent += tokens
        if spent > budget:
            break
        kept += 1
    return kept


def n_kept__strictly_below(costs, budget):
    """a turn that fills the budget exactly fits"""
    kept = spent = 0
    for tokens in reversed(costs):
        spent += tokens
        if spent >= budget:
            break
        kept += 1
    return kept


def n_kept__with_holes(costs, budget):
    """no holes: stop at the first that does not fit"""
    kept = spent = 0
    for tokens in reversed(costs):
        if spent + tokens <= budget:
            spent += tokens
            kept += 1
    return kept


def n_kept__one_too_many(costs, budget):
    """30 and 20 fit into 55: two turns"""
    kept = spent = 0
    for tokens in reversed(costs):
        kept += 1
        spent += tokens
        if spent > budget:
            break
    return kept


def n_kept__always_the_last(costs, budget):
    """a turn that is too long for the budget is not kept"""
    kept = spent = 0
    for tokens in reversed(costs):
        spent += tokens
        if kept and spent > budget:
            break
        kept += 1
    return kept


def n_kept__none(costs, budget):
    """return a number"""


def show_and_hold__only_whole(text, stop):
    """hold back the beginning of stop"""
    return text.split(stop)[0], ""


def show_and_hold__last_place(text, stop):
    """the first place of stop counts"""
    if stop in text:
        return text[: text.rindex(stop)], ""
    for n in range(len(stop), 0, -1):
        if text.endswith(stop[:n]):
            return text[:-n], text[-n:]
    return text, ""


def show_and_hold__shortest(text, stop):
    """hold the longest ending"""
    if stop in text:
        return text[: text.index(stop)], ""
    for n in range(1, len(stop) + 1):
        if text.endswith(stop[:n]):
            return text[:-n], text[-n:]
    return text, ""


def show_and_hold__anywhere(text, stop):
    """only an ending is held back"""
    if stop in text:
        return text[: text.index(stop)], ""
    for n in range(len(stop), 1, -1):
        if stop[:n] in text:
            return text[: text.index(stop[:n])], text[text.index(stop[:n]) :]
    return text, ""


def show_and_hold__always_holds(text, stop):
    """nothing to hold: show all"""
    if stop in text:
        return text[: text.index(stop)], ""
    return text[: -len(stop) + 3], text[-len(stop) + 3 :]


def show_and_hold__none(text, stop):
    """return two texts"""


def unanswered__last_calls_only(history):
    """in the order of the calls"""  # forgets the calls of earlier rounds
    start = max((i for i, m in enumerate(history) if m.get("tool_calls")), default=len(history))
    return _open(history[start:])


def unanswered__any_place(history):
    """a reply must come later"""
    replied = {m["tool_call_id"] for m in history if m["role"] == "tool"}
    return [c["id"] for m in history for c in m.get("tool_calls", []) if c["id"] not in replied]


def unanswered__sorted(history):
    """in the order of the calls"""
    return sorted(_open(history))


def unanswered__any_role(history):
    """only messages of the role tool reply"""
    return _open(history, every=True)


def unanswered__counts_messages(history):
    """a call with two requests needs two replies"""
    n = sum(bool(m.get("tool_calls")) for m in history) - sum(m["role"] == "tool" for m in history)
    return _open(history)[-n:] if n > 0 else []


def unanswered__none(history):
    """return a list of ids"""


def _open(history, every=False):
    waiting = []
    for message in history:
        waiting += [call["id"] for call in message.get("tool_calls", [])]
        if (every or message["role"] == "tool") and message.get("tool_call_id") in waiting:
            waiting.remove(message["tool_call_id"])
    return waiting


def show_and_hold__always_shows_something(text, stop):
    """the whole text may have to wait"""  # never holds back everything
    if stop in text:
        return text[: text.index(stop)], ""
    for n in range(min(len(stop), len(text) - 1), 0, -1):
        if text.endswith(stop[:n]):
            return text[:-n], text[-n:]
    return text, ""


def show_and_hold__first_letter_alone(text, stop):
    """an earlier S is no reason to show all"""  # looks at the first place of the first letter only
    if stop in text:
        return text[: text.index(stop)], ""
    at = text.find(stop[:1])
    if at >= 0 and stop.startswith(text[at:]):
        return text[:at], text[at:]
    for n in range(min(len(stop), len(text)), 0, -1):
        if at < 0 and text.endswith(stop[:n]):
            return text[:-n], text[-n:]
    return text, ""


def unanswered__counts_replies(history):
    """a reply answers the call whose id it has"""  # any reply closes the oldest call
    waiting = []
    for message in history:
        waiting += [call["id"] for call in message.get("tool_calls", [])]
        if message["role"] == "tool":
            waiting = waiting[1:]
    return waiting


def unanswered__at_once_or_never(history):
    """a reply may come after other messages"""  # looks only at the messages right behind the call
    missing = []
    for i, message in enumerate(history):
        replies = set()
        for later in history[i + 1 :]:
            if later["role"] != "tool":
                break
            replies.add(later["tool_call_id"])
        missing += [call["id"] for call in message.get("tool_calls", []) if call["id"] not in replies]
    return missing
