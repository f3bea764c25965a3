"""A trained question-answering system in use: facts are told one by one, and questions asked between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nnmem.models.memory_qa.qa_system import QAParams, QASystem
from nnmem.recipes.memory_qa.qa_training import told
from nnmem.tasks.babi import Question, Sentence, tokens
from nnmem.tasks.babi_answers import WordLists, write_down
from nnmem.terminal import nearest


class Reply(NamedTuple):
    """An answer, and where it came from."""

    text: str
    probability: float  # of the whole answer, word for word
    traces: np.ndarray  # (hops, facts kept) how much of what each hop read each fact had written
    facts: tuple[Sentence, ...]  # those that were kept


@dataclass
class QAConversation:
    """What is remembered of what was told; nothing is trained any more."""

    model: QASystem
    params: QAParams
    words: WordLists
    facts: list[Sentence] = field(default_factory=list)

    def tell(self, sentence: str) -> None:
        """Add a fact.

        Raises
        ------
        ValueError
            A word was in no story of training; the message names the nearest ones.
        """
        self.facts.append(self._known(sentence))

    def ask(self, question: str) -> Reply:
        """Answer from all that has been told so far.

        Raises
        ------
        ValueError
            A word was in no story of training.
        """
        asked = Question(tuple(self.facts), self._known(question), "", (), 1)
        stories = write_down([asked], self.words, self.model.longest_story)
        found, traces = self.model.answer(self.params, told(stories, np.arange(1)))
        kept = tuple(self.facts[len(self.facts) - traces.shape[-1] :])
        return Reply(self.words.text(found.indices[0]), float(np.exp(found.log_likelihood[0])), traces[0], kept)

    def _known(self, text: str) -> Sentence:
        sentence = tokens(text)
        if not sentence:
            raise ValueError(f"QAConversation: no word in {text!r}")
        for word in sentence:
            if word not in self.words.ids:
                raise ValueError(f"QAConversation: the word {word!r} is unknown: {nearest(word, self.words.ids)}")
        return sentence
