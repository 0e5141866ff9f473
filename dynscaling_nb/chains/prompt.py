"""The words of a prompt: a question, and the thoughts of earlier responses as one chain. Pure.

A synthetic chain lines up the reasoning of several responses, as if the model had had these
thoughts one after the other. The model then thinks on from there. The paper does not publish its
wording. This wording is the package's own, and every part of it can be replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Message, Messages, Query, Response


@dataclass(frozen=True)
class Template:
    """The words of a prompt.

    `question` holds the slot `{question}`, for the text of the query. `chain` holds the slot
    `{chain}`, for the thoughts of earlier responses with the `connector` between them. An empty
    `system` leaves that message out.

    Roles alternate, as every chat model demands: system, user (the question), assistant (the
    chain, as its own thoughts so far), user (`think_on`). The last two are in chained pulls only.
    """

    system: str = (
        "Work the question out step by step. Then finish with one line of the form: "
        "The answer is X. Write nothing after that line."
    )
    question: str = "{question}"
    chain: str = "{chain}"
    connector: str = "Wait. Let me work it out once more from the beginning and compare."
    think_on: str = (
        "Think on from there. Where the attempts above disagree, find out which step is right. "
        "Then finish with one line of the form: The answer is X."
    )

    def __post_init__(self) -> None:
        for name, text, slot in (
            ("question", self.question, "{question}"),
            ("chain", self.chain, "{chain}"),
        ):
            if slot not in text:
                raise InputError(f"the template's {name} must hold {slot}, got {text!r}", name)

    def parallel(self, query: Query) -> Messages:
        """The messages of an independent response."""
        text = self.question.replace("{question}", query.text)
        question: Message = {"role": "user", "content": text}
        if not self.system:
            return (question,)
        return {"role": "system", "content": self.system}, question

    def chained(self, query: Query, earlier: Sequence[Response]) -> Messages:
        """The messages of a response that thinks on from the earlier ones, in their order."""
        chain = f"\n\n{self.connector}\n\n".join(thoughts(response) for response in earlier)
        return (
            *self.parallel(query),
            {"role": "assistant", "content": self.chain.replace("{chain}", chain)},
            {"role": "user", "content": self.think_on},
        )


def thoughts(response: Response) -> str:
    """The reasoning of a response: its own `thoughts`, else its text without the answer's line."""
    if response.thoughts.strip():
        return response.thoughts.strip()
    lines = response.text.strip().splitlines()
    if len(lines) > 1 and any(not claim.weak for claim in claims(lines[-1])):
        lines = lines[:-1]
    return "\n".join(lines).strip()
