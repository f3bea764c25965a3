"""Every phrase of the desk stands in both languages."""

import ast
import re
from pathlib import Path

import pytest
from corpus import RIGHT

import nnmem
from nnmem.cli import main
from nnmem.study.grade.chinese import CHINESE
from nnmem.study.grade.phrases import language, say
from nnmem.study.grade.small_changes import small_changes
from nnmem.study.grade.subject import subjects

FOLDER = Path(nnmem.__file__).parent / "study" / "grade"
CHINESE_LETTER = re.compile("[\u4e00-\u9fff]")
NO_PHRASES = {
    "{name}",
    "it imports {what}",
    "it calls {what}",
    "it looks into {what}",
    " (line {line}); homework has numpy alone",
}


def phrases():
    """What is said: first arguments of say, Lost and Refused, and texts with {values} in them."""
    for path in sorted(FOLDER.rglob("*.py")):
        if path.name.startswith("chinese"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "Lost", "Refused")
            if said and node.args and isinstance(node.args[0], ast.Constant):
                yield path.name, node.args[0].value
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.search(r"\{[a-z_]+\}", text) and "raise Not" not in text and "``" not in text:
                yield path.name, text


def test_every_phrase_has_both_languages():
    assert {(name, text) for name, text in phrases() if text not in CHINESE and text not in NO_PHRASES} == set()
    for en, zh in CHINESE.items():
        assert set(re.findall(r"\{\w+\}", en)) == set(re.findall(r"\{\w+\}", zh)), en
        assert CHINESE_LETTER.search(zh) or zh in ("cache", "{kind}", "{points}/{all}") or "{" in zh, en
    said = {text for _, text in phrases()}
    assert len(said) > 150


def test_small_changes_are_said_in_both():
    for text in (
        "a + b",
        "a * b",
        "a / b",
        "a @ b",
        "a ** 2",
        "-a",
        "np.tanh(a)",
        "np.exp(a)",
        "np.log(a)",
        "total(a)",
    ):
        found = list(small_changes(ast.parse(text, mode="eval").body))
        assert found
        for phrase, _, _ in found:
            assert phrase in CHINESE, phrase


@pytest.mark.parametrize("one", subjects(), ids=lambda one: one.name)
def test_every_mistake_and_promise_is_said_in_both(one):
    for said in (*one.known.mistakes, *one.known.extras, *one.known.refused):
        assert said.en and not CHINESE_LETTER.search(said.en), said.en
        assert CHINESE_LETTER.search(said.zh), said.zh
    assert all(extreme.what in CHINESE for extreme in one.extremes)


def test_the_language_is_chosen_and_given_back():
    with language("zh"):
        assert say("the sign is flipped") == "符号反了"
        with language("en"):
            assert say("the sign is flipped") == "the sign is flipped"
        assert say("gradient of {names}: {cause}", names="q", cause="x") == "q 的梯度：x"


def test_commands_speak_chinese(tmp_path, capsys):
    file = tmp_path / "hw.py"
    file.write_text(RIGHT.replace("(ds[..., None] * X)", "-(ds[..., None] * X)"), encoding="utf-8")
    assert main(["grade", str(file), "--lang", "zh"]) == 1
    shown = "".join(capsys.readouterr().out.split())
    assert "q的梯度：符号反了" in shown and "最小反例：" in shown and "函数" in shown
    assert main(["homework", "8.4", "8.14", "--lang", "zh", "--seeded", "1"]) == 0
    shown = capsys.readouterr().out
    assert "实现所有 raise NotImplementedError" in shown and "双线性模型：s(xᵢ, q) = xᵢᵀ W q" in shown
    assert "加权和" not in shown and "内存" not in shown
    assert "符号反了" in str(nnmem.grade(dot_score_backward=wrong, lang="zh"))


def wrong(ds, cache):
    return tuple(-g for g in nnmem.dot_score_backward(ds, cache))
