"""Every Chinese text keeps to the textbook's terms and to what Markdown can show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "(?<!main memory )内存(?!占用)": "外部记忆; 内存 is the machine's own",
    "反向推导": "反向传播",
    "加权和": "加权平均",
    "池化": "汇聚",
    "集束搜索": "束搜索",
    "霍普菲尔德": "Hopfield",
    "特征图": "特征映射",
    "层标准化": "层归一化",
    "清理记忆": "去噪记忆",
    "全息约简": "全息缩减",
    "伪逆法则": "伪逆规则",
    "Storkey 法则": "Storkey 规则",
    "梯度裁剪": "梯度截断",
    "复数步长": "复步长",
    "会聚式": "聚焦式",
    "处理器时间": "CPU 时间",
    "配方": "训练方案",
    "得分函数(?!估计|梯度|指)": "打分函数; 得分函数 is ∇log p",
}
HAN = r"[\u4e00-\u9fff]"
PAGES = sorted([*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").glob("*.zh-CN.md")])
SOURCES = sorted(
    path
    for folder in ("nnmem", "notebooks", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".md", ".ipynb"} and ".ipynb_checkpoints" not in path.parts
) + sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_forbidden_word(path):
    text = path.read_text(encoding="utf-8")
    found = [f"{m.group()} (say {right})" for wrong, right in FORBIDDEN.items() for m in re.finditer(wrong, text)]
    assert not found


def test_the_words_can_be_found():
    for wrong in ("这是内存。", "加权和", "反向推导", "得分函数"):
        assert [w for w in FORBIDDEN if re.search(w, wrong)]
    for right in ("内存占用", "得分函数估计", "加权平均"):
        assert not [w for w in FORBIDDEN if re.search(w, right)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_paragraph_is_one_line(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.findall(rf".*[\u4e00-\u9fff，；。、：]\n{HAN}.*", text), "a line break shows as a blank"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_formulas_contain_no_english_words(path):
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("| 8.")]
    for row in rows:
        assert not re.search(r"\b(if|otherwise|for each of|or)\b", row), row
