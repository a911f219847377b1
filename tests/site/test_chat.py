"""The recorded chat on the page: it shows what each memory sent and what came back, by mouse and by keyboard."""

import pytest

from tests.site.test_browser import data_of
from tools import notebooks

PATH = next(path for path in notebooks.every() if path.stem == "08_a_chatbot")
NAME = PATH.with_suffix(".html").as_posix()


@pytest.fixture
def chat(visit):
    visited = visit(NAME)
    yield visited.page.locator('.book-interactive[data-component="chat"]')
    assert visited.foreign == [] and visited.errors == []


def test_every_choice_shows_what_was_sent_and_answered(chat):
    data = data_of(PATH, "chat")
    for story in data["stories"]:
        chat.get_by_label(story["turns"][0][0]).check()
        for delay in data["delays"]:
            chat.get_by_label(str(delay), exact=True).check()
            for memory in data["memories"]:
                chat.get_by_label(memory, exact=True).check()
                kept = story["kept"][f"{delay} {memory}"]
                answer = story["answers"][f"{delay} {memory}"]
                tokens = sum(story["turns"][i][2] for i in kept)
                assert f"sent {len(kept)} of {delay + 1} turns, {tokens} tokens" in chat.text_content()
                assert chat.locator(".chat-out").count() == 2 * (delay + 1 - len(kept))
                last = chat.locator(".chat-log p").last.text_content()
                assert last == f"Assistant: {story['begin']}{answer}"
                found = story["right"].lower() in answer.lower()
                assert ("it is in the answer" in chat.text_content()) == found
                assert memory == "full" or tokens <= data["budget"]


def test_it_works_by_keyboard_and_says_so(chat):
    first = chat.get_by_label("full", exact=True)
    before = chat.locator('[aria-live="polite"]').first.text_content()
    first.focus()
    first.press("ArrowDown")
    assert chat.get_by_label("window", exact=True).is_checked()
    assert chat.locator('[aria-live="polite"]').first.text_content() != before


def test_what_a_user_wrote_is_text_and_no_markup(visit):
    visited = visit(NAME)
    hostile = "<img src=x onerror=window.stolen=1>"
    story = {"turns": [[hostile, hostile, 9]], "question": hostile, "begin": hostile, "right": "x"}
    story |= {"kept": {"0 full": [0]}, "answers": {"0 full": hostile}}
    visited.page.evaluate(
        "(data) => window.bookComponents.chat(document.querySelector('[data-component=chat]'), data)",
        {"stories": [story], "delays": [0], "memories": ["full"], "budget": 9},
    )
    place = visited.page.locator('.book-interactive[data-component="chat"]')
    assert place.locator("img").count() == 0 and hostile in place.locator(".chat-log").text_content()
    assert visited.page.evaluate("window.stolen") is None


def test_the_answer_is_in_view_from_the_start(chat):
    chat.scroll_into_view_if_needed()
    at_the_end = "log => log.scrollHeight > log.clientHeight && log.scrollTop + log.clientHeight > log.scrollHeight - 2"
    chat.page.wait_for_function(at_the_end, arg=chat.locator(".chat-log").element_handle(), timeout=5000)
