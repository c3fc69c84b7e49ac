"""What a person sees before any door, and where something is not as it should be: in their own language, always."""

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults
from django.views.csrf import csrf_failure

from tests.markup import markup_of

LANGUAGES = {"en": "Sellers' portal", "zh-hans": "卖家门户"}


@pytest.mark.parametrize(("language", "door"), LANGUAGES.items())
def test_the_address_alone_shows_both_doors(client: Client, language: str, door: str) -> None:
    page = client.get("/", headers={"Accept-Language": language})
    text = markup_of(page)
    assert (page.status_code, 'href="/console/"' in text, 'href="/portal/"' in text) == (200, True, True)
    assert door.replace("'", "&#x27;") in text or door in text


@pytest.mark.parametrize(("language", "sentence"), {"en": "There is no such page", "zh-hans": "没有这个页面"}.items())
def test_an_unknown_address_says_so(client: Client, language: str, sentence: str) -> None:
    page = client.get("/nowhere/<b>", headers={"Accept-Language": language})
    assert (page.status_code, sentence in markup_of(page), "<b>" in markup_of(page)) == (404, True, False)


def test_an_old_form_says_that_nothing_was_changed() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/i18n/setlang/", {"language": "en"}, headers={"Accept-Language": "zh-CN"})
    assert (page.status_code, "未作任何更改" in markup_of(page)) == (403, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fault_has_a_page_of_its_own(language: str) -> None:
    request = RequestFactory().get("/")
    with translation.override(language):
        pages = [
            defaults.server_error(request),
            defaults.bad_request(request, ValueError("inside")),
            defaults.permission_denied(request, PermissionError("inside")),
            csrf_failure(request, reason="inside"),
        ]
    assert [page.status_code for page in pages] == [500, 400, 403, 403]
    texts = [markup_of(page) for page in pages]
    assert len(set(texts)) == len(texts)
    assert all(f'lang="{language}"' in text and "inside" not in text for text in texts)
