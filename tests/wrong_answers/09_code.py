"""Plausible wrong answers to *Code*; each docstring is what the checker must say."""

import ast
import math
import re
from collections import Counter


def all_of_k__plug_in(n, c, k):
    """9/16 is the biased shortcut"""
    return (c / n) ** k


def all_of_k__any(n, c, k):
    """any is not all"""
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def all_of_k__one_minus_shortcut(n, c, k):
    """three of the six pairs have both right"""
    return 1 - (c / n) ** k


def all_of_k__no_error(n, c, k):
    """raise a ValueError"""
    return math.comb(c, k) / math.comb(n, k) if k <= n else 0.0


def all_of_k__plain(n, c, k):
    """division by zero for k > n"""
    return math.comb(c, k) / math.comb(n, k)


def all_of_k__error_for_few(n, c, k):
    """k larger than c is no error"""
    if k > c:
        raise ValueError("too few")
    return math.comb(c, k) / math.comb(n, k)


def all_of_k__product(n, c, k):
    """raise a ValueError"""  # divides by zero only where c is large
    share = 1.0
    for i in range(k):
        share *= max(c - i, 0) / max(n - i, 1)
    return share


def all_of_k__nothing(n, c, k):
    """return a number"""


def final_block__first(answer, name):
    """take the last block, not the first"""
    for block in re.findall(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE):
        if f"def {name}(" in block:
            return block
    return None


def final_block__python_only(answer, name):
    """take the last block, not the first"""  # does not see a block without a language
    blocks = re.findall(r"^```python\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE)
    return blocks[-1] if blocks else None


def final_block__very_last(answer, name):
    """a block of mere use defines nothing"""
    blocks = re.findall(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE)
    return blocks[-1] if blocks else None


def final_block__by_words(answer, name):
    """skip a block that is not valid"""
    blocks = re.findall(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE)
    return next((b for b in reversed(blocks) if f"def {name}(" in b), None)


def _valid(block):
    try:
        return list(ast.parse(block).body)
    except SyntaxError:
        return []


def final_block__closed_only(answer, name):
    """the text may end in a block"""
    blocks = re.findall(r"^```[^\n`]*\n(.*?)^```", answer, re.DOTALL | re.MULTILINE)
    return next((b for b in reversed(blocks) if any(getattr(s, "name", "") == name for s in _valid(b))), None)


def final_block__anywhere(answer, name):
    """inside another function it is not at the top level"""
    blocks = re.findall(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE)
    for block in reversed(blocks):
        if any(getattr(s, "name", "") == name for top in _valid(block) for s in ast.walk(top)):
            return block
    return None


def final_block__any_name(answer, name):
    """a class is no function"""
    blocks = re.findall(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", answer, re.DOTALL | re.MULTILINE)
    return next((b for b in reversed(blocks) if any(getattr(s, "name", "") == name for s in _valid(b))), None)


def final_block__fence_in_a_line(answer, name):
    """backticks inside a line end no block"""
    blocks = re.findall(r"```[^\n`]*\n(.*?)(?:```|\Z)", answer, re.DOTALL)
    functions = {b: [s.name for s in _valid(b) if isinstance(s, ast.FunctionDef)] for b in blocks}
    return next((b for b in reversed(blocks) if name in functions[b]), None)


def final_block__nothing(answer, name):
    """a block without a language counts"""


def by_vote__first_value(outputs):
    """the whole list must agree"""
    votes = Counter(repr(row[0]) for row in outputs if None not in row)
    best = max(votes.values(), default=0)
    return next((i for i, row in enumerate(outputs) if None not in row and votes[repr(row[0])] == best), 0)


def by_vote__silence_votes(outputs):
    """who gives no answer never votes"""
    votes = Counter(map(repr, outputs))
    return max(range(len(outputs)), key=lambda i: votes[repr(outputs[i])])


def by_vote__equal(outputs):
    """True, 1 and 1.0 differ in type"""
    voters = [i for i, row in enumerate(outputs) if None not in row]
    return max(voters, key=lambda i: sum(outputs[i] == outputs[j] for j in voters), default=0)


def by_vote__by_text(outputs):
    """floats agree to nine digits"""
    votes = Counter(repr(row) for row in outputs if None not in row)
    voters = [i for i, row in enumerate(outputs) if None not in row]
    return max(voters, key=lambda i: votes[repr(outputs[i])], default=0)


def by_vote__last(outputs):
    """take the first of them"""
    votes = Counter(repr(row) for row in outputs if None not in row)
    voters = [i for i, row in enumerate(outputs) if None not in row]
    return max(reversed(voters), key=lambda i: votes[repr(outputs[i])], default=0)


def by_vote__only_full_silence(outputs):
    """one None and the sample is out"""
    voters = [i for i, row in enumerate(outputs) if any(x is not None for x in row)]
    votes = Counter(repr(outputs[i]) for i in voters)
    return max(voters, key=lambda i: votes[repr(outputs[i])], default=0)


def by_vote__any_order(outputs):
    """in another order"""
    rows = [sorted(repr(round(x, 9) if type(x) is float else x) for x in row) for row in outputs]
    voters = [i for i, row in enumerate(outputs) if None not in row]
    return max(voters, key=lambda i: sum(rows[i] == rows[j] for j in voters), default=0)


def by_vote__nothing(outputs):
    """return a place"""
