"""How well the models behind the desk of ``nnmem ask`` answer, and decline to."""

from nnmem.study.results.measured import Measured, each

SHARES = "wrong", "declined", "caught"


def shares(prefix: str = "") -> tuple[str, ...]:
    return tuple(f"{prefix}{name}" for name in SHARES)


OF_ONE = (
    Measured(
        "ask-memnn",
        "new stories of 1 to 30 sentences: wrong, where they tell; declined there; declined where they do not (%)",
        "1 到 30 句的新故事：故事里有答案时答错的比例；此时拒答的比例；故事里没有答案时拒答的比例（%）",
        each(*shares(), times=100),
        target="2; 3; 95",
        target_zh="2；3；95",
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "the same on stories of 31 to 60 sentences, longer than any in training (%)",
        "同上，故事有 31 到 60 句，比训练时的都长（%）",
        each(*shares("long_"), times=100),
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "the same with names that never met in training (%)",
        "同上，训练时从未同时出现的名字（%）",
        each(*shares("pairs_"), times=100),
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "the same in phrases not learned from, of words that were (%)",
        "同上，用训练时没有的说法，词都见过（%）",
        each(*shares("phrases_"), times=100),
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "patterns written by hand that come near to telling: declined (%)",
        "人工编写、差一点就有答案的句式：拒答的比例（%）",
        each("near_misses_caught", times=100),
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "patterns written by hand in which a thing changes hands, and both or all three go elsewhere: wrong; declined "
        "(%)",
        "人工编写的句式：东西转手，之后几个人各去一处：答错；拒答（%）",
        each("handed_on_wrong", "handed_on_declined", times=100),
        digits=1,
    ),
    Measured(
        "ask-memnn",
        "60 questions about 20 stories in a stranger's words, written before any training, read when phrases were "
        "added and when forms of sentences were: right; wrong; declined rightly; declined needlessly (number)",
        "20 个故事、60 个问题，用外人的说法，写于训练之前，增加训练用的说法和句式时看过："
        "答对；答错；该拒答而拒答；不该拒答而拒答（个）",
        each("strangers_right", "strangers_wrong", "strangers_caught", "strangers_declined"),
        digits=0,
    ),
    Measured(
        "ask-memnn",
        "32 more questions about 10 stories, written when the phrases to learn from were settled, read when forms of "
        "sentences were added: the same (number)",
        "另外 10 个故事、32 个问题，写于训练用的说法确定之后，增加句式时看过：同上（个）",
        each(*(f"second_strangers_{name}" for name in ("right", "wrong", "caught", "declined"))),
        digits=0,
    ),
    Measured(
        "ask-memnn",
        "72 questions about 24 stories by somebody who had read only what the desk says of itself, read when forms of "
        "sentences were added: the same (number)",
        "只读过说明页的人写的 24 个故事、72 个问题，增加句式时看过：同上（个）",
        each(*(f"third_strangers_{name}" for name in ("right", "wrong", "caught", "declined"))),
        digits=0,
    ),
)


def with_one_seed(row: Measured) -> Measured:
    return row._replace(
        saved="ask-memn2n-one-seed",
        what=f"one seed: {row.what}",
        what_zh=f"一个种子：{row.what_zh}",
        numbers=lambda run: row.numbers([run]),
    )


ROWS = (*OF_ONE, *(row._replace(saved="ask-dmn") for row in OF_ONE), *map(with_one_seed, OF_ONE))
