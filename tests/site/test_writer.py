"""The model on the page: it computes as PyTorch does, writes, explains what it cannot do, and keeps to itself."""

import json
import re

import pytest
import torch

from tests.site.test_browser import data_of
from tools import notebooks

PATH = next(path for path in notebooks.every() if path.stem == "05_in_the_browser")
NAME = PATH.with_suffix(".html").as_posix()
LOADED = "Checked here"


@pytest.fixture
def writer(visit):
    """The page, with its model loaded and checked; in the end nothing has gone elsewhere, and nothing has failed."""
    visited = visit(NAME)
    page = visited.page
    place = page.locator('.book-interactive[data-component="writer"]')
    place.get_by_role("button", name="Load the model").click()
    place.get_by_text(LOADED).wait_for(timeout=60000)
    place.get_by_role("button", name="Write", exact=True).wait_for()
    yield page, place
    assert visited.foreign == [] and visited.errors == []


def test_it_computes_as_pytorch_does_and_writes(writer):
    page, place = writer
    status, output = place.locator("p[aria-live]").first, place.locator(".writer-text")
    after_loading = []
    page.on("request", lambda request: after_loading.append(request.url))
    place.get_by_label("Beginning of the text").fill("HAMLET.\nTo")
    status.filter(has_text="10 characters read").wait_for()
    for _ in range(3):
        place.get_by_role("button", name="One character").click()
    assert "13 characters read" in status.text_content()
    assert len(output.locator("b").text_content()) == 3
    place.get_by_role("button", name="Write", exact=True).click()
    page.wait_for_function("document.querySelector('.writer-text b').textContent.length > 200", timeout=60000)
    assert "it forgot all but the last" in place.locator('[role="alert"]').text_content()
    assert after_loading == [], "what is written goes nowhere, not even to the site"


def test_the_focus_stays_and_a_text_goes_on(writer):
    page, place = writer
    place.get_by_role("button", name="Write", exact=True).press("Enter")
    stop = place.get_by_role("button", name="Stop")
    assert page.evaluate("document.activeElement.textContent") == "Stop"
    page.wait_for_function("document.querySelector('.writer-text b').textContent.length > 5", timeout=60000)
    stop.press("Enter")
    goes_on = place.get_by_role("button", name="Go on")
    goes_on.wait_for()
    so_far = place.locator(".writer-text b").text_content()
    assert page.evaluate("document.activeElement.textContent") == "Write"
    goes_on.click()
    page.wait_for_function(f"document.querySelector('.writer-text b').textContent.length > {len(so_far) + 5}")
    assert place.locator(".writer-text b").text_content().startswith(so_far)


def test_a_new_check_leaves_the_text_readable_and_an_empty_beginning_writes_nothing(writer):
    _, place = writer
    one, beginning = place.get_by_role("button", name="One character"), place.get_by_label("Beginning of the text")
    place.get_by_role("button", name="Check again").click()
    assert not one.is_visible() and beginning.is_disabled()
    one.click(timeout=60000)
    assert len(place.locator(".writer-text b").text_content()) == 1
    beginning.fill("")
    one.click()
    assert place.locator(".writer-text b").count() == 0


def test_a_seed_decides_what_it_writes(writer):
    _, place = writer
    texts = []
    for seed in ("5", "6", "5"):
        place.get_by_label("Seed").fill(seed)
        place.locator(".writer-text b", has_text=re.compile("^$")).wait_for(state="attached")
        for _ in range(12):
            place.get_by_role("button", name="One character").click()
        texts.append(place.locator(".writer-text b").text_content())
    assert texts[0] == texts[2] != texts[1]


def test_every_vector_can_be_looked_at(writer):
    _, place = writer
    vectors = place.get_by_label("Vector")
    names = vectors.locator("option").all_text_contents()
    data = data_of(PATH, "writer")
    assert len(names) == 3 + data["nLayers"] * (8 + data["nHeads"])
    vectors.select_option("layer 3: activations")
    assert "768 numbers" in place.get_by_text("numbers from").text_content()


def test_it_says_what_it_cannot_read(writer):
    _, place = writer
    place.get_by_label("Beginning of the text").fill("Où est 猫")
    problem = place.locator('[role="alert"]')
    problem.filter(has_text=re.compile("ù.*猫")).wait_for()
    place.get_by_label("Beginning of the text").fill("猫")
    problem.filter(has_text="at least one character").wait_for()
    place.get_by_label("Beginning of the text").fill("so long a text " * 20)
    problem.filter(has_text="only the last 128 characters").wait_for()


def test_the_check_finds_a_wrong_model(writer):
    page, _ = writer
    data = data_of(PATH, "writer")
    gap = page.evaluate(
        """async (data) => {
            const writer = window.bookComponents.writer, { model } = await writer.load(data);
            model.weights["blocks.2.feed_forward.up.weight"].data[7] += 0.5;
            return writer.check(model, data.checks);
        }""",
        data,
    )
    assert gap > data["tolerance"]


@pytest.mark.parametrize("answer", ["missing", "cut off", "another file", "no program"])
def test_a_download_that_fails_is_reported_and_can_be_repeated(visit, answer):
    page = visit(NAME).page
    place = page.locator('.book-interactive[data-component="writer"]')
    size = data_of(PATH, "writer")["weights"]["bytes"]

    def reply(route):
        if answer == "no program":
            return route.abort()
        body = {"missing": b"", "cut off": b"x" * 1000, "another file": b"x" * size}[answer]
        route.fulfill(status=404 if answer == "missing" else 200, body=body)

    broken = "**/gpt.js" if answer == "no program" else "**/gpt.safetensors*"
    page.route(broken, reply)
    button = place.get_by_role("button", name="Load the model")
    button.click()
    problem = place.locator('[role="alert"]')
    message = "not the one that belongs" if answer in ("cut off", "another file") else "could not be loaded"
    problem.filter(has_text=message).wait_for()
    page.unroute(broken)
    button.click()
    place.get_by_text(LOADED).wait_for(timeout=60000)
    assert problem.text_content() == ""


def test_it_writes_without_a_network(writer):
    page, place = writer
    page.context.set_offline(True)
    place.get_by_role("button", name="One character").click()
    assert len(place.locator(".writer-text b").text_content()) == 1
    page.context.set_offline(False)


def test_the_page_prints_the_policy_that_it_has(visit):
    page = visit(NAME).page
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert policy in re.sub(r"\s+", " ", page.locator("pre", has_text="default-src").text_content())


def test_nothing_of_a_page_may_connect_to_another_machine(visit):
    page = visit(NAME).page
    refused = """async () => {
        const refusals = [], away = "//127.0.0.2:9/";
        document.addEventListener("securitypolicyviolation", (event) => refusals.push(event.effectiveDirective));
        await fetch(`http:${away}`).catch(() => {});
        navigator.sendBeacon(`http:${away}`, "text");
        try { new WebSocket(`ws:${away}`); } catch {}
        new Image().src = `http:${away}`;
        document.head.append(Object.assign(document.createElement("script"), { src: `http:${away}` }));
        await new Promise((resolve) => setTimeout(resolve, 500));
        return refusals.sort();
    }"""
    assert page.evaluate(refused) == [*["connect-src"] * 3, "img-src", "script-src-elem"]


def test_its_chances_are_those_of_the_rules(visit):
    page = visit(NAME).page
    page.add_script_tag(url=page.evaluate("new URL('../../_static/components/gpt.js', location).href"))
    logits = torch.randn(40, generator=torch.Generator().manual_seed(0), dtype=torch.float64).mul(2)
    choices = {"temperature": 1.3, "topK": 12, "topP": 0.9}
    found = page.evaluate(f"window.bookGPT.chances({json.dumps(logits.tolist())}, {json.dumps(choices)})")
    p, order = (logits / 1.3).softmax(-1).sort(descending=True)
    p[12:] = 0
    p = p / p.sum()
    p[p.cumsum(-1) - p >= 0.9] = 0
    expected = torch.zeros_like(p).scatter(0, order, p / p.sum())
    assert torch.allclose(torch.tensor(found, dtype=torch.float64), expected, atol=1e-9)
