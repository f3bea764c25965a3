"""What the desk says, in English and Chinese: one table, and which of the two is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from nnmem.study.grade.chinese import CHINESE

LANGUAGES = "en", "zh"
_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def language(wanted: str | None) -> Iterator[None]:
    """Speak this language for a while; without one, that of the locale."""
    token = _language.set(wanted or of_the_locale())
    try:
        yield
    finally:
        _language.reset(token)


def of_the_locale() -> str:
    """Chinese if the environment says so, else English."""
    said = next((os.environ[k] for k in ("NNMEM_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def chinese_wanted() -> bool:
    """True while Chinese is spoken."""
    return _language.get() == "zh"


def say(phrase: str, **values: Any) -> str:
    """A phrase in the wanted language, its values filled in."""
    if chinese_wanted():
        phrase = CHINESE.get(phrase, phrase)
    for name, value in values.items():
        phrase = phrase.replace("{" + name + "}", str(value))
    return phrase


def either(en: str, zh: str) -> str:
    """One of two texts that are known in both languages."""
    return zh if chinese_wanted() else en
