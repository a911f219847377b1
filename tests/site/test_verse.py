"""The small model on the front page: nothing is fetched before its button is pressed; then it writes, at home."""

import pytest

FRONT = "book/index.html"


def place_of(page):
    return page.locator('.book-interactive[data-component="verse"]')


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_it_writes_when_it_is_asked_to(visit, width, dark):
    visited = visit(FRONT, width=width, dark=dark)
    page, asked = visited.page, []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(300)
    assert not any("models/" in url or "gpt.js" in url for url in asked)
    button = place_of(page).get_by_role("button")
    assert "4.5 MB" in button.text_content()
    button.press("Enter")
    place_of(page).get_by_text("Written on your machine").wait_for(timeout=60000)
    assert page.evaluate("document.activeElement.tagName") == "BUTTON", "the keyboard stays where it was"
    first = place_of(page).locator(".verse-text").text_content()
    assert len(first) > 60 and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    n_asked = len(asked)
    button.press("Enter")
    page.wait_for_function("document.querySelector('.verse-text').textContent.startsWith('JULIET')")
    place_of(page).get_by_role("button", name="Stop").press("Enter")
    place_of(page).get_by_role("button", name="Write again").wait_for()
    assert len(asked) == n_asked and visited.foreign == [] and visited.errors == []


def test_a_second_press_while_it_loads_changes_nothing(visit):
    page = visit(FRONT).page
    page.route("**/gpt.safetensors*", lambda route: (page.wait_for_timeout(500), route.continue_()))
    button = place_of(page).get_by_role("button")
    button.click()
    button.press("Enter")
    place_of(page).get_by_text("Written on your machine").wait_for(timeout=60000)
    assert len(place_of(page).locator(".verse-text").text_content()) > 60


def test_without_a_network_it_says_so_and_can_be_asked_again(visit):
    page = visit(FRONT).page
    page.route("**/gpt.safetensors*", lambda route: route.abort())
    button = place_of(page).get_by_role("button")
    button.click()
    place_of(page).locator('[role="alert"]').filter(has_text="could not be loaded").wait_for()
    page.unroute("**/gpt.safetensors*")
    button.click()
    place_of(page).get_by_text("Written on your machine").wait_for(timeout=60000)


def test_without_javascript_the_page_says_what_would_be_here(visit):
    page = visit(FRONT, java_script_enabled=False).page
    assert page.get_by_text("With JavaScript there is a button here").is_visible()
