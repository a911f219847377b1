"""The classifier on the page: it answers as PyTorch does, says what it reads and cannot do, and stays at home."""

import pytest

from tests.conftest import missing
from tests.site.test_browser import data_of
from tests.site.test_writer import NAME, PATH
from tools.site import SITE

LOADED = "Checked here"


def place_of(page):
    return page.locator('.book-interactive[data-component="classifier"]')


@pytest.fixture
def classifier(visit):
    """The page, with its classifier loaded and checked; in the end nothing went elsewhere, and nothing failed."""
    if not (SITE / "_static" / "models" / "sentiment.onnx").exists():
        missing("the site was built without the classifier's files; run: make book")
    visited = visit(NAME)
    place = place_of(visited.page)
    place.get_by_role("button", name="Load the classifier").click()
    place.get_by_text(LOADED).wait_for(timeout=120000)
    place.get_by_text("pieces,").wait_for(timeout=60000)
    yield visited.page, place
    assert visited.foreign == [] and visited.errors == []


def judge(place, text):
    place.get_by_label("A sentence on a film").fill(text)
    place.get_by_role("button", name="Judge").click()
    place.locator(".handle-figure", has_text="pieces,").wait_for()
    return place.locator('[role="status"]').first.text_content()


def test_it_answers_and_nothing_is_sent(classifier):
    page, place = classifier
    after_loading = []
    page.on("request", lambda request: after_loading.append(request.url))
    assert judge(place, "A wonderful, moving film.").startswith("positive")
    assert judge(place, "Dull, and far too long.").startswith("negative")
    assert "ms" in judge(place, "An awful bore")
    judge(place, "so " * 200)
    assert "Only the first 128 pieces" in place.locator('[role="alert"]').text_content()
    judge(place, "[SEP] é 猫")
    assert "[CLS] [ sep ] e [UNK] [SEP]" in place.locator(".classifier-pieces").text_content()
    place.get_by_label("A sentence on a film").fill("  ")
    place.get_by_role("button", name="Judge").click()
    assert "Write a sentence" in place.locator('[role="alert"]').text_content()
    place.get_by_role("button", name="Check again").click()
    place.get_by_text(LOADED).wait_for(timeout=60000)
    assert after_loading == [], "what is typed goes nowhere, not even to the site"


def test_its_logits_are_pytorchs_and_the_check_finds_a_wrong_tokenizer(classifier):
    page, _ = classifier
    data = data_of(PATH, "classifier")
    right, wrong = page.evaluate(
        """async (data) => {
            const { load, check } = window.bookComponents.classifier, model = await load(data);
            const right = await check(model, data.checks);
            model.tokenizer.ids.set("the", model.tokenizer.ids.get("a"));
            return [right, await check(model, data.checks)];
        }""",
        data,
    )
    assert right <= data["tolerance"] < wrong


@pytest.mark.parametrize("answer", ["missing", "cut off", "another file", "no connection"])
def test_a_download_that_fails_is_reported(visit, answer):
    page = visit(NAME).page
    place, size = place_of(page), data_of(PATH, "classifier")["files"]["vocabulary"]["bytes"]

    def reply(route):
        if answer == "no connection":
            return route.abort()
        body = {"missing": b"", "cut off": b"x" * 1000, "another file": b"x" * size}[answer]
        route.fulfill(status=404 if answer == "missing" else 200, body=body)

    page.route("**/minilm_vocabulary.txt*", reply)
    place.get_by_role("button", name="Load the classifier").click()
    message = {"missing": "built without the classifier's files", "no connection": "could not be loaded"}
    place.locator('[role="alert"]').filter(has_text=message.get(answer, "not the file that belongs")).wait_for()
    assert place.get_by_role("button", name="Load the classifier").is_enabled()


def test_its_size_is_said_beside_the_button(visit):
    data = data_of(PATH, "classifier")
    megabytes = sum(file["bytes"] for file in data["files"].values()) / 1e6
    button = place_of(visit(NAME).page).get_by_role("button", name="Load the classifier")
    assert f"{megabytes:.0f} MB" in button.text_content()


def test_loading_can_be_stopped_and_begun_again(visit):
    page = visit(NAME).page
    place, asked = place_of(page), "**/minilm_vocabulary.txt*"
    page.route(asked, lambda route: None)  # never answered
    load, stop = (place.get_by_role("button", name=name) for name in ("Load the classifier", "Stop loading"))
    assert stop.count() == 0
    with page.expect_request(asked):
        load.press("Enter")
    stop.press("Enter")
    place.locator('[role="alert"]').filter(has_text="Loading was stopped").wait_for()
    assert stop.count() == 0 and load.is_enabled()
    assert page.evaluate("document.activeElement.textContent").startswith("Load the classifier")
    with page.expect_request(asked):
        load.press("Enter")
    stop.wait_for()
    assert place.locator('[role="alert"]').text_content() == ""
