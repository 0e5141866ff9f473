"""Whether a request that failed is sent again: a question is not blamed for its server's faults."""

from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.throttle import Throttle, TransientError

# Attempts before the run ends, for a server that has never answered.
UNREACHED = {"connection": 3, "timeout": 2}
ATTEMPTS_IN_TIME = 2  # a third one would hardly be quicker


class Repeats:
    """The failures at one server, by question.

    A fault of the server is waited out, also beyond `max_retries`, until the throttle gives up. It
    counts as the question's own if the server has answered others since the question first failed,
    and no other question has failed since the latest answer.
    """

    def __init__(self, settings: OpenAISettings, throttle: Throttle) -> None:
        self._settings = settings
        self._throttle = throttle
        self._is_alone = len(settings.servers) < 2  # otherwise another server takes over
        self._answers = 0
        self._first: dict[str, int] = {}  # question -> number of answers at its first failure
        self._failing: set[str] = set()  # questions that failed since the latest answer
        self._has_replied = False  # to any request, with an error at least

    def answered(self, question: str) -> None:
        """Count an answer to this question."""
        self._has_replied = True
        self._answers += 1
        self._first.pop(question, None)
        self._failing.clear()

    def replied(self) -> None:
        """Count an error reply that no repeat would mend."""
        self._has_replied = True

    def failed(self, question: str, failure: TransientError) -> None:
        """Count a failure of a request for this question."""
        self._has_replied = self._has_replied or failure.kind not in UNREACHED
        self._first.setdefault(question, self._answers)
        self._failing.add(question)

    def is_unreached(self, failure: TransientError) -> bool:
        """Whether nobody seems to be at the address."""
        return not self._has_replied and failure.kind in UNREACHED

    def is_last(self, question: str, failure: TransientError, attempts: int) -> bool:
        """Whether the request has been sent often enough after this failure."""
        if self._throttle.reason_to_give_up:
            return True
        if self.is_unreached(failure):
            return attempts >= UNREACHED[failure.kind]
        if failure.kind == "rate limit":
            return False
        most = self._settings.max_retries + 1
        if failure.kind == "timeout":
            return attempts >= min(most, ATTEMPTS_IN_TIME)
        if attempts < most:
            return False
        is_waited_out = failure.is_of_server and self._is_alone and most > 1
        return not is_waited_out or self._is_of(question)

    def _is_of(self, question: str) -> bool:
        has_evidence = self._answers > self._first.get(question, self._answers)
        return has_evidence and self._failing <= {question}
