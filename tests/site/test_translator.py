"""The translator on the page: it answers as PyTorch does, says what it cannot do, can be stopped, and stays at home."""

import re

import pytest

from tests.conftest import missing
from tests.site.test_browser import data_of
from tools import notebooks
from tools.site import SITE

PATH = next(path for path in notebooks.every() if path.stem == "06_translation")
NAME = PATH.with_suffix(".html").as_posix()
LOADED = "Checked here"


def place_of(page):
    return page.locator('.book-interactive[data-component="translator"]')


def button(place, name):
    return place.get_by_role("button", name=name)


def translated(place, text):
    """What the page shows for a text: (Chinese, note)."""
    place.get_by_label("English text").fill(text)
    button(place, "Translate").click()
    place.get_by_text("Translated in").wait_for(timeout=60000)
    return place.locator(".writer-text").text_content(), place.locator('[role="status"]').first.text_content()


def refused(place, text):
    place.get_by_label("English text").fill(text)
    button(place, "Translate").click()
    place.locator('[role="alert"]').filter(has_text=re.compile(".")).wait_for()
    return place.locator('[role="alert"]').text_content()


@pytest.fixture
def translator(visit):
    """The page, with its translator loaded and checked; in the end nothing went elsewhere, and nothing failed."""
    if not (SITE / "_static" / "models" / "translator_words.txt").exists():
        missing("the site was built without the translator's list of words; run: make book")
    visited = visit(NAME)
    place = place_of(visited.page)
    button(place, "Load the translator").click()
    place.get_by_text(LOADED).wait_for(timeout=120000)
    place.get_by_text("Translated in").wait_for(timeout=60000)
    yield visited.page, place
    assert visited.foreign == [] and visited.errors == []


def test_nothing_is_fetched_before_the_button_and_the_example_stands_there(visit):
    visited = visit(NAME)
    place, data = place_of(visited.page), data_of(PATH, "translator")
    asked = visited.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not any("models/" in url or "gpt.js" in url or "translate.js" in url for url in asked)
    assert place.locator(".writer-text").text_content() == data["answer"]
    assert place.locator("tbody tr").count() == len(data["looked"])
    megabytes = (data["weights"]["bytes"] + data["files"]["words"]["bytes"]) / 1e6
    assert f"{megabytes:.1f} MB" in button(place, "Load the translator").text_content()


def test_it_translates_as_pytorch_does_and_nothing_is_sent(translator):
    page, place = translator
    after_loading, data = [], data_of(PATH, "translator")
    page.on("request", lambda request: after_loading.append(request.url))
    assert "equal to PyTorch on" in place.get_by_text(LOADED).text_content()
    for way, name in (("beam", "beam of"), ("greedy", "greedy")):
        place.get_by_label(name).check()
        for one in data["checks"]:
            assert translated(place, one["text"]) == (one[way][0], "")
    assert place.locator(".writer-text").get_attribute("lang") == "zh-Hans"
    button(place, "Check again").click()
    place.get_by_text(LOADED).wait_for(timeout=60000)
    assert after_loading == [], "what is typed goes nowhere, not even to the site"


def test_it_says_what_it_cannot_translate_and_what_deserves_doubt(translator):
    _, place = translator
    place.get_by_label("greedy").check()
    assert "no word" in refused(place, "")
    assert "no word" in refused(place, " ... ")
    assert "holds Chinese characters" in refused(place, "打开文件。")
    assert "holds Japanese characters" in refused(place, "表を開く。")
    assert "not English" in refused(place, "Откройте файл.")
    chinese, note = translated(place, "the cell and " * 60)
    assert chinese and "it was cut" in note and place.locator('[role="alert"]').text_content() == ""
    assert "words are not in it" in translated(place, "A grating, emaciated flick, too sad to be funny.")[1]
    chinese, note = translated(place, "Open the file.\n\nClose the window.")
    assert len(chinese.split("\n")) == 3 and note == ""


def test_the_table_shows_what_a_head_looks_at(translator):
    _, place = translator
    data = data_of(PATH, "translator")
    rows = [[piece, word] for piece, word, _ in data["looked"]]
    cells = "rows => rows.map((row) => [row.cells[0].textContent, row.cells[2].textContent])"
    assert place.locator("tbody tr").evaluate_all(cells) == rows
    head = place.locator('input[type="range"]').last
    head.focus()
    head.press("ArrowLeft")
    assert place.locator("tbody tr").evaluate_all(cells) != rows
    assert f"head {data['look']['head']} of layer" in place.locator("caption").text_content()


def test_a_long_translation_can_be_stopped(translator):
    page, place = translator
    before = place.locator(".writer-text").text_content()
    place.get_by_label("English text").fill("Open the file and close the window of the document. " * 60)
    button(place, "Translate").press("Enter")
    stop = button(place, "Stop")
    stop.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Stop"
    stop.press("Enter")
    place.locator('[role="alert"]').filter(has_text="Stopped").wait_for()
    assert place.locator(".writer-text").text_content() == before
    assert page.evaluate("document.activeElement.textContent") == "Translate"
    assert translated(place, "Close the window.")[0]


def test_the_check_finds_a_wrong_model_and_the_page_refuses_it(visit):
    page = visit(NAME).page
    place, data = place_of(page), data_of(PATH, "translator")
    load = "async ({ data, by }) => { const t = window.bookComponents.translator, { model } = await t.load(data);"
    spoil = 'model.weights["decoder.blocks.1.cross.query.weight"].data[7] += by; return t.check(model, data); }'
    right = page.evaluate(load + spoil, {"data": data, "by": 0})
    assert right["other"] == 0 and right["gap"] <= data["tolerance"]
    wrong = page.evaluate(load + spoil, {"data": data, "by": 0.5})
    assert wrong["other"] or wrong["gap"] > data["tolerance"]
    page.evaluate("() => { window.bookTranslate.Translator.prototype.best = (beam) => beam.at(-1); }")
    button(place, "Load the translator").click()
    place.locator('[role="alert"]').filter(has_text="nothing is translated here").wait_for(timeout=60000)
    assert button(place, "Translate").count() == 0


@pytest.mark.parametrize("answer", ["missing", "cut off", "another file", "no connection", "no program"])
def test_a_download_that_fails_is_reported_and_can_be_repeated(visit, answer):
    page = visit(NAME).page
    place, size = place_of(page), data_of(PATH, "translator")["weights"]["bytes"]

    def reply(route):
        if answer in ("no connection", "no program"):
            return route.abort()
        body = {"missing": b"", "cut off": b"x" * 1000, "another file": b"x" * size}[answer]
        route.fulfill(status=404 if answer == "missing" else 200, body=body)

    broken = "**/translate.js" if answer == "no program" else "**/translator.safetensors*"
    page.route(broken, reply)
    load, problem = button(place, "Load the translator"), place.locator('[role="alert"]')
    load.click()
    message = {"missing": "built without the translator's files", "cut off": "not the file that belongs"}
    message |= {"another file": "not the file that belongs"}
    problem.filter(has_text=message.get(answer, "could not be loaded")).wait_for()
    page.unroute(broken)
    load.click()
    place.get_by_text(LOADED).wait_for(timeout=120000)
    assert problem.text_content() == ""


def test_loading_can_be_stopped_and_begun_again(visit):
    page = visit(NAME).page
    place, asked = place_of(page), "**/translator_words.txt*"
    page.route(asked, lambda route: None)  # never answered
    load, stop = button(place, "Load the translator"), button(place, "Stop")
    assert stop.count() == 0
    with page.expect_request(asked):
        load.press("Enter")
    stop.press("Enter")
    place.locator('[role="alert"]').filter(has_text="Stopped").wait_for()
    assert stop.count() == 0 and load.is_enabled()
    assert page.evaluate("document.activeElement.textContent").startswith("Load the translator")
    page.unroute(asked)
    load.press("Enter")
    place.get_by_text(LOADED).wait_for(timeout=120000)


def test_it_translates_without_a_network(translator):
    page, place = translator
    page.context.set_offline(True)
    assert translated(place, "Close the window.")[0]
    page.context.set_offline(False)


def test_without_javascript_the_page_says_what_to_do(visit):
    page = visit(NAME, java_script_enabled=False).page
    assert page.get_by_text("open this notebook and change the sentence").count() == 1
    assert page.locator("#fig-translation-page img:visible").count() == 1
