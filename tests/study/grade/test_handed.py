"""Archives, names and rosters as a class hands them in."""

import io
import zipfile
from pathlib import Path

import pytest

from nnmem.study.grade import handed
from nnmem.study.grade.handed import Paper, Student, number_in, papers, read_roster

NO_FILE = ("there is no Python file or notebook in this archive", {})


def zipped(members):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return raw.getvalue()


def within(path, members):
    path.write_bytes(zipped(members) if isinstance(members, dict) else members)
    return [(p.label.removeprefix(f"{path}"), p.data, p.problem) for p in papers([str(path)])]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for name in (
        "b/two.py",
        "a/one.ipynb",
        "b/four.PY",
        "c/three.txt",
        "d/.ipynb_checkpoints/x.py",
        "e/__pycache__/y.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "f.zip").write_bytes(zipped({"z.py": b"z", "y.py": b"y"}))
    (tmp_path / "g.py").mkdir()
    found = papers([str(tmp_path)])
    assert [p.label.removeprefix(f"{tmp_path}/") for p in found] == [
        *("a/one.ipynb", "b/four.PY", "b/two.py", "f.zip/z.py", "f.zip/y.py"),
    ]
    assert found[0] == Paper(found[0].label, b"a/one.ipynb", None) and [p.data for p in found[3:]] == [b"z", b"y"]
    empty = ("there is no Python file, notebook or archive in this folder", {})
    assert papers([str(tmp_path / "c"), str(tmp_path / "d")]) == [
        Paper(str(tmp_path / "c"), b"", empty), Paper(str(tmp_path / "d"), b"", empty)
    ]  # fmt: skip


def test_patterns_are_in_order_and_a_name_with_brackets_is_no_pattern(tmp_path, monkeypatch):
    for name in ("c.py", "a.py", "b.py", "[x].py", "x.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(handed.glob, "glob", lambda *args, glob=handed.glob.glob, **more: glob(*args, **more)[::-1])
    assert [p.label for p in papers(["?.py"])] == ["a.py", "b.py", "c.py", "x.py"]
    monkeypatch.setattr(handed.glob, "glob", lambda *args, **more: ["b.py", "c.py", "a.py"])
    assert [p.label for p in papers(["*.py"])] == ["a.py", "b.py", "c.py"]
    assert [p.data for p in papers(["[x].py"])] == [b"[x].py"]
    monkeypatch.setattr(Path, "rglob", lambda self, text: iter([tmp_path / "c.py", tmp_path / "a.py"]))
    assert [p.data for p in papers(["."])] == [b"a.py", b"c.py"]


def test_members_of_an_archive(tmp_path):
    inner = zipped({"deep.py": b"deep", "more.zip": zipped({"deeper.py": b"deeper", "no.zip": zipped({"x.py": b"x"})})})
    found = within(
        tmp_path / "class.zip",
        {
            **{"one/a.py": b"a", "one/.hidden.py": b"h", "__MACOSX/one/a.py": b"m", "b.txt": b"t", "one/C.IPYNB": b"c"},
            **{"one/.ipynb_checkpoints/a.py": b"p", "in.zip": inner, "folder.py/": b""},
        },
    )
    assert found == [
        ("/one/a.py", b"a", None),
        ("/one/C.IPYNB", b"c", None),
        ("/in.zip/deep.py", b"deep", None),
        ("/in.zip/more.zip/deeper.py", b"deeper", None),
    ], "archives are opened two deep"
    assert within(tmp_path / "empty.zip", {"a.txt": b""}) == [("", b"", NO_FILE)]
    assert within(tmp_path / "none.zip", {}) == [("", b"", NO_FILE)]
    assert within(tmp_path / "odd.zip", b"PK") == [("", b"", ("it is no zip archive that can be read", {}))]
    assert within(tmp_path / "nested.zip", {"in.zip": b"PK"}) == [
        ("/in.zip", b"", ("it is no zip archive that can be read", {}))
    ]


def test_members_that_are_too_many_too_large_or_broken(tmp_path, monkeypatch):
    far = "it has {size} MB, far too much for homework"
    code, most = handed.MOST_CODE_BYTES, handed.MOST_BYTES[".ipynb"]
    members = {
        "a.py": b"#" * code,
        "b.py": b"#" * (code + 1),
        "c.ipynb": b" " * (code + 1),
        "d.ipynb": b" " * (most + 1),
    }
    found = within(tmp_path / "large.zip", members)
    assert [(label, len(data), problem) for label, data, problem in found] == [
        ("/a.py", code, None),
        ("/b.py", 0, (far, {"size": ">1"})),
        ("/c.ipynb", code + 1, None),
        ("/d.ipynb", 0, (far, {"size": ">20"})),
    ]
    monkeypatch.setattr(handed, "MOST_MEMBERS", 2)
    assert [label for label, _, _ in within(tmp_path / "many.zip", {f"{k}.py": b"" for k in range(4)})] == [
        "/0.py",
        "/1.py",
    ]
    monkeypatch.setattr(handed, "MOST_UNPACKED", 10)
    found = within(tmp_path / "sum.zip", {"1.py": b"#" * 5, "2.py": b"#" * 5})
    assert [problem for _, _, problem in found] == [None, None]
    monkeypatch.setattr(handed, "MOST_MEMBERS", 9)
    found = within(tmp_path / "sum.zip", {"1.py": b"#" * 5, "2.py": b"#" * 5, "3.py": b"#"})
    assert [problem for _, _, problem in found] == [None, None, (far, {"size": ">1e-05"})]
    broken = zipped({"a.py": "import numpy as np\n" * 9, "b.py": "x"})
    place = broken.index(b"a.py") + 6
    broken = broken[:place] + bytes(9) + broken[place + 9 :]
    (label, data, problem), second = within(tmp_path / "broken.zip", broken)
    assert (label, data) == ("/a.py", b"") and problem[0].startswith("it cannot be read")
    assert second == ("/b.py", b"x", None), "the next is read"


def test_members_names_that_say_utf8_or_nothing():
    info = zipfile.ZipInfo("作业.py")
    info.flag_bits = 0x800
    assert handed._name(info) == "作业.py"
    for encoding in ("utf-8", "gb18030"):
        old = zipfile.ZipInfo("作业.py".encode(encoding).decode("cp437"))
        assert handed._name(old) == "作业.py"
    other = zipfile.ZipInfo(b"a\xff.py".decode("cp437"))
    assert handed._name(other) == other.filename


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("20231234_Li.py", "20231234"),
        ("Li/hw1/20231234.py", "20231234"),
        ("20231111/20232222.py", "20232222"),  # what is nearest to the file
        ("a\\20231111\\hw.py", "20231111"),
        ("20231111/a/b.py", "20231111"),
        ("20231111/a/b/c.py", ""),  # too far away
        ("1234/x.py", ""),
        ("abcd12345.py", "BCD12345"),
        ("sy12345.py", "SY12345"),
        ("x123456789.py", "X123456789"),
    ],
)
def test_numbers_in_names(label, number):
    assert number_in(label, {}) == number


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("7.py", "7"),
        ("hw-7/a/b/c/d.py", "7"),
        ("70.py", ""),
        ("a7.py", ""),
        ("17.py", ""),
        ("7a.py", "7"),
        ("8/7.py", "7"),
        ("20239999_7.py", "7"),
        ("12345.py", "12345"),
    ],
)
def test_numbers_of_a_roster_in_names(label, number):
    assert number_in(label, {n: Student(n, "") for n in ("8", "7")}) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("number,name\n1,Li\n2,Wei\n", [("1", "Li"), ("2", "Wei")]),
        ("Name;Student ID\nLi;1\n\n ;\nWei; 2 \n", [("1", "Li"), ("2", "Wei")]),
        ("id\tx\tname\n1\ta\tLi\n", [("1", "Li")]),
        ("name\tid\tx;y,z\nLi\t1\ta\n", [("1", "Li")]),
        ("1,Li\n2,Wei\n", [("1", "Li"), ("2", "Wei")]),
        ("Li,1\nWei,2\n", [("1", "Li"), ("2", "Wei")]),
        ("Li,x,A1\nWei,y,A2\n", [("A1", "Li"), ("A2", "Wei")]),
        ("学号\n'007\nab\n", [("007", ""), ("AB", "")]),
        ("x,number\nLi,1\nWei\n,3\n", [("1", "Li"), ("3", "")]),
        ("number,name\n1\n", [("1", "")]),
        ("name,student\n1,2\n", [("2", "1")]),
        ("Li\nWei\n", [("LI", ""), ("WEI", "")]),
    ],
)  # fmt: skip
def test_rosters(text, found, tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    assert read_roster(path) == {number: Student(number, name) for number, name in found}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xff\xff\x80", "is in no encoding that is known: save it as UTF-8"),
        (b"", "is empty; it should have a row for each student: number, name"),
        (b" , \n\n", "is empty; it should have a row for each student: number, name"),
        (b"number,name\n", "has no student numbers"),
        (b"number,name\n,Li\n", "has no student numbers"),
        (b'"' + b"a" * 200_000, r"is no table of a row for each student \(field larger than"),
    ],
)
def test_what_is_no_roster(data, why, tmp_path):
    path = tmp_path / "class.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"class.csv {why}"):
        read_roster(path)


@pytest.mark.parametrize(
    ("text", "number", "lines"),
    [
        ("20231234,A\n20231234,B\n", "20231234", "1 and 2"),
        ("name,student\nA,sy1\n\nB,2\nC,ＳＹ1\n", "SY1", "2 and 5"),
        ('"1","A\nB"\n1,C\n', "1", "2 and 3"),
    ],
)
def test_a_number_of_two_students_is_refused(text, number, lines, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"list.csv: number {number} stands there twice, in lines {lines}$"):
        read_roster(path)
