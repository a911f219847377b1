"""Plausible wrong answers to the exercises of *From a model to a service*; each docstring is what a checker says."""

import numpy as np


def nearest_rank__interpolated(times, percent):
    """interpolated"""  # NumPy's default
    return float(np.percentile(times, percent))


def nearest_rank__sorts_in_place(times, percent):
    """sort a copy"""  # list.sort changes the caller's list
    times.sort()
    return times[max(-(-percent * len(times) // 100), 1) - 1]


def nearest_rank__rounded_down(times, percent):
    """round up"""  # whole-number division rounds down
    return sorted(times)[max(percent * len(times) // 100, 1) - 1]


def nearest_rank__not_sorted(times, percent):
    """sort, then count from below"""  # counts in the order of arrival
    return times[max(-(-percent * len(times) // 100), 1) - 1]


def nearest_rank__last_for_zero(times, percent):
    """p0 is the smallest"""  # rank 0 becomes index -1, the last
    return sorted(times)[-(-percent * len(times) // 100) - 1]


def nearest_rank__by_a_float(times, percent):
    """multiply before you divide"""  # 0.07 * 100 is a little more than 7
    rank = int(np.ceil(percent / 100 * len(times)))
    return sorted(times)[max(rank, 1) - 1]


def form_batches__no_limit(arrivals, max_batch, max_wait, model_seconds):
    """at most max_batch"""  # everybody who is there travels
    return _simulate(arrivals, len(arrivals), max_wait, model_seconds)


def form_batches__never_waits(arrivals, max_batch, max_wait, model_seconds):
    """mind max_wait"""  # departs as soon as the model is free
    return _simulate(arrivals, max_batch, 0, model_seconds)


def form_batches__model_takes_no_time(arrivals, max_batch, max_wait, model_seconds):
    """mind model_seconds"""  # the model is always free
    return _simulate(arrivals, max_batch, max_wait, 0)


def form_batches__waits_until_full(arrivals, max_batch, max_wait, model_seconds):
    """not until the batch is full"""  # cuts the list in pieces, whenever they came
    if max_wait == 0:
        return _simulate(arrivals, max_batch, max_wait, model_seconds)
    return [len(arrivals[i : i + max_batch]) for i in range(0, len(arrivals), max_batch)]


def form_batches__full_but_waiting(arrivals, max_batch, max_wait, model_seconds):
    """departs at once"""  # a full batch waits for its time to be up
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        departs = max(free, arrivals[first]) + max_wait
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, departs + model_seconds
    return sizes


def form_batches__busy_from_the_first_arrival(arrivals, max_batch, max_wait, model_seconds):
    """busy from the departure"""  # counts the model's time from the moment the batch began to form
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        begins = max(free, arrivals[first])
        departs, last = begins + max_wait, first + max_batch - 1
        if last < len(arrivals):
            departs = min(departs, max(begins, arrivals[last]))
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, begins + model_seconds
    return sizes


def form_batches__waits_from_the_arrival(arrivals, max_batch, max_wait, model_seconds):
    """the batch forms when the model is free"""  # the wait is over while the model is busy
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        departs, last = max(free, arrivals[first] + max_wait), first + max_batch - 1
        if last < len(arrivals):
            departs = min(departs, max(free, arrivals[last]))
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, departs + model_seconds
    return sizes


def _simulate(arrivals, max_batch, max_wait, model_seconds):
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        begins = max(free, arrivals[first])
        departs, last = begins + max_wait, first + max_batch - 1
        if last < len(arrivals):
            departs = min(departs, max(begins, arrivals[last]))
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, departs + model_seconds
    return sizes


def wait_before_retry__always(status, attempt, retry_after, draw):
    """will be 400 again"""  # retries whatever came
    return None if attempt >= 8 else max(retry_after or 0, draw * min(30, 2 ** (attempt - 1)))


def wait_before_retry__only_server_errors(status, attempt, retry_after, draw):
    """408 may pass"""  # takes every status below 500 for final
    if (status is not None and status < 500) or attempt >= 8:
        return None
    return max(retry_after or 0, draw * min(30, 2 ** (attempt - 1)))


def wait_before_retry__for_ever(status, attempt, retry_after, draw):
    """eight failures are enough"""  # never gives up
    if status is not None and status < 500 and status not in (408, 429):
        return None
    return max(retry_after or 0, draw * min(30, 2 ** (attempt - 1)))


def wait_before_retry__same_pause(status, attempt, retry_after, draw):
    """double it"""  # one second each time
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return max(retry_after or 0, draw)


def wait_before_retry__in_step(status, attempt, retry_after, draw):
    """all clients would come back at once"""  # forgets the random number
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return max(retry_after or 0, min(30, 2 ** (attempt - 1)))


def wait_before_retry__deaf(status, attempt, retry_after, draw):
    """the server said when to come back"""  # ignores Retry-After
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return draw * min(30, 2 ** (attempt - 1))


def wait_before_retry__no_cap(status, attempt, retry_after, draw):
    """mind the cap"""  # doubles without end
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return max(retry_after or 0, draw * 2 ** (attempt - 1))


def wait_before_retry__gives_up_early(status, attempt, retry_after, draw):
    """give up at the eighth failure"""  # one attempt too few
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 7:
        return None
    return max(retry_after or 0, draw * min(30, 2 ** (attempt - 1)))


def wait_before_retry__waits_for_both(status, attempt, retry_after, draw):
    """with both, the larger"""  # adds the two
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return (retry_after or 0) + draw * min(30, 2 ** (attempt - 1))


def allowed_tokens__whole_words(vocabulary, written, choices):
    """compare beginnings"""  # allows only tokens that finish a choice
    return {i for i, t in enumerate(vocabulary) if t and written + t in choices} | _end(vocabulary, written, choices)


def allowed_tokens__the_wrong_way_round(vocabulary, written, choices):
    """runs beyond every choice"""  # a token that begins with a choice counts too
    return {
        i
        for i, t in enumerate(vocabulary)
        if t and any(c.startswith(written + t) or (written + t).startswith(c) for c in choices)
    } | _end(vocabulary, written, choices)


def allowed_tokens__anywhere(vocabulary, written, choices):
    """must START with"""  # looks for the token anywhere in a choice
    return {i for i, t in enumerate(vocabulary) if t and any(written + t in c for c in choices)} | _end(
        vocabulary, written, choices
    )


def allowed_tokens__empty_token(vocabulary, written, choices):
    """an empty token leads nowhere"""  # every text starts with nothing
    return {i for i, t in enumerate(vocabulary) if any(c.startswith(written + t) for c in choices)} | _end(
        vocabulary, written, choices
    )


def allowed_tokens__end_at_once(vocabulary, written, choices):
    """the end may come only after a whole choice"""  # the end is allowed in the middle of a word
    found = {i for i, t in enumerate(vocabulary) if t and any(c.startswith(written + t) for c in choices)}
    return found | ({vocabulary.index("<end>")} if written else set())


def allowed_tokens__stops_at_the_first(vocabulary, written, choices):
    """may be the beginning of a longer one"""  # a choice that is complete ends the reply
    if written in choices:
        return _end(vocabulary, written, choices)
    return {i for i, t in enumerate(vocabulary) if t and any(c.startswith(written + t) for c in choices)}


def _end(vocabulary, written, choices):
    return {vocabulary.index("<end>")} if written in choices else set()


def wait_before_retry__draw_on_everything(status, attempt, retry_after, draw):
    """the server's time is a lower bound"""  # shortens the pause that the server asked for
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return draw * max(retry_after or 0, min(30, 2 ** (attempt - 1)))


def form_batches__full_by_the_next_one(arrivals, max_batch, max_wait, model_seconds):
    """departs at once"""  # looks at the arrival of the first one left behind
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        begins = max(free, arrivals[first])
        departs, last = begins + max_wait, first + max_batch
        if last < len(arrivals):
            departs = min(departs, max(begins, arrivals[last]))
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, departs + model_seconds
    return sizes


def nearest_rank__each_time_once(times, percent):
    """counts three times"""  # a set forgets how often a time occurred
    times = sorted(set(times))
    return times[max(-(-percent * len(times) // 100), 1) - 1]


def form_batches__waits_only_alone(arrivals, max_batch, max_wait, model_seconds):
    """two are no full batch"""  # whoever has company already goes at once
    sizes, first, free = [], 0, float("-inf")
    while first < len(arrivals):
        begins, last = max(free, arrivals[first]), first + max_batch - 1
        alone = sum(time <= begins for time in arrivals[first:]) == 1
        departs = begins + max_wait * alone
        if last < len(arrivals):
            departs = min(departs, max(begins, arrivals[last]))
        size = sum(time <= departs for time in arrivals[first : first + max_batch])
        sizes.append(size)
        first, free = first + size, departs + model_seconds
    return sizes


def wait_before_retry__cap_after_the_draw(status, attempt, retry_after, draw):
    """first the cap, then draw"""  # late pauses are drawn from beyond the bound, and most are the cap itself
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return max(retry_after or 0, min(30, draw * 2 ** (attempt - 1)))


def wait_before_retry__cap_on_the_server(status, attempt, retry_after, draw):
    """not what the server asked for"""  # comes back sooner than it was told
    if (status is not None and status < 500 and status not in (408, 429)) or attempt >= 8:
        return None
    return min(30, max(retry_after or 0, draw * min(30, 2 ** (attempt - 1))))


def allowed_tokens__beginning_forgotten(vocabulary, written, choices):
    """with all of it, what is written and the token"""  # looks only at what follows after as many characters
    found = {i for i, t in enumerate(vocabulary) if t and any(c[len(written) :].startswith(t) for c in choices)}
    return found | _end(vocabulary, written, choices)
