"""The calculator on the page says what utils says, by mouse, keyboard and screen reader."""

import json
import math

import pytest
from transformers import GPT2Config

from tests.site.test_browser import data_of
from tools import notebooks
from utils.compute import energy_kwh, price, seconds_of, training_flops
from utils.memory import activation_bytes, training_bytes
from utils.parameters import count_parameters

PATH = next(path for path in notebooks.every() if path.stem == "01_how_big_how_long_how_much")
NAME = PATH.with_suffix(".html").as_posix()


def by_utils(row, n_layers, d_model, vocab_size, length, n_sequences, n_tokens, n_devices, utilisation, precision,
             checkpointing, sharded, **_):  # fmt: skip
    config = GPT2Config(
        vocab_size=vocab_size, n_positions=length, n_embd=d_model, n_layer=n_layers, n_head=1, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    n, mixed = sum(count_parameters(config).values()), precision == "mixed"
    activations = activation_bytes(
        n_layers=n_layers, d_model=d_model, d_ff=4 * d_model, vocab_size=vocab_size, n_tokens=n_sequences * length,
        bytes_number=2 if mixed else 4, checkpointing=checkpointing,
    )  # fmt: skip
    each = dict(zip(("bytes_weight", "bytes_gradient", "bytes_optimizer"), (2, 2, 12) if mixed else (4, 4, 8)))
    memory = training_bytes(n, activations, **each, data_parallel=n_devices, sharded=sharded)
    flops, total = training_flops(n, n_tokens), sum(memory.values())
    fits = total <= row["memory_bytes"]
    parts = memory | {"n_parameters": n, "total": total, "flops": flops, "fits": fits}
    if not fits:  # refused: what cannot run takes no time
        return parts | dict.fromkeys(("seconds", "kwh", "price"))
    seconds = seconds_of(flops, row["peak_flops_per_second"], utilisation=utilisation, n_devices=n_devices)
    rent = row["price_per_hour"]
    return parts | {
        "seconds": seconds, "kwh": energy_kwh(seconds, row["watts"], n_devices=n_devices),
        "price": None if rent is None else price(seconds, rent, n_devices=n_devices),
    }  # fmt: skip


def cases(start):
    yield start
    yield start | {"precision": "float32", "checkpointing": True}
    yield start | {"n_layers": 2, "d_model": 96, "vocab_size": 65, "length": 64, "n_tokens": 1e6, "n_devices": 1}
    for sharded in ("none", "optimizer", "gradients"):
        yield start | {"sharded": sharded, "n_devices": 64, "n_sequences": 4, "utilisation": 0.313}


def test_it_computes_as_utils_does(visit):
    data, page, refused = data_of(PATH, "calculator"), visit(NAME).page, set()
    for row in data["devices"]:
        about = {"peak": row["peak_flops_per_second"], "watts": row["watts"], "price_per_hour": row["price_per_hour"]}
        about["memory"] = row["memory_bytes"]
        for inputs in cases(data["start"]):
            result = page.evaluate(f"window.bookComponents.calculator.compute({json.dumps(inputs | about)})")
            expected = by_utils(row, **inputs)
            assert result.keys() == expected.keys()
            for key, value in expected.items():
                assert result[key] == value or math.isclose(result[key], value, rel_tol=1e-6), (key, inputs)
            refused.add(not result["fits"])
    assert refused == {True, False}, "some plan must fit and some must not"


@pytest.mark.parametrize("wrong", [{"utilisation": 40}, {"n_layers": 0}, {"n_tokens": -1}, {"n_devices": 0}])
def test_it_refuses_bad_input(visit, wrong):
    data, page = data_of(PATH, "calculator"), visit(NAME).page
    about = {"peak": 1e12, "memory": 80e9, "watts": 300, "price_per_hour": None}
    call = f"window.bookComponents.calculator.compute({json.dumps(data['start'] | about | wrong)})"
    message = page.evaluate(f"(() => {{ try {{ {call}; return ''; }} catch (e) {{ return e.message; }} }})()")
    assert "must be from" in message


def test_a_device_that_is_too_small_gets_no_time_and_no_price(visit):
    page = visit(NAME).page
    place = page.locator('.book-interactive[data-component="calculator"]')
    place.locator('[data-input="n_sequences"]').fill("1000")
    assert "this plan cannot run" in place.locator("[aria-live]").text_content()
    rows = dict(row.split("\t") for row in place.locator("tbody").inner_text().splitlines())
    assert rows["time"] == rows["energy"] == rows["price"] == "does not fit"


def test_it_works_by_keyboard_and_says_so(visit):
    page = visit(NAME).page
    place = page.locator('.book-interactive[data-component="calculator"]')
    live = place.locator("[aria-live]")
    before = live.text_content()
    place.locator('[data-input="n_layers"]').focus()
    page.keyboard.press("ArrowUp")
    assert live.text_content() != before
    place.locator('[data-input="utilisation"]').fill("40")
    assert "write 0.4, not 40" in place.locator('[role="alert"]').inner_text()
    place.get_by_role("button", name="Reset").click()
    assert live.text_content() == before and place.locator('[role="alert"]').inner_text() == ""
    assert place.locator("svg").count() >= 1
