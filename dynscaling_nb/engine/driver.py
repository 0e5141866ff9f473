"""Where the responses of a run come from."""

from abc import ABC, abstractmethod

from dynscaling_nb.engine.books import Books
from dynscaling_nb.records import Stopped


class Driver(ABC):
    """Where the responses of a run come from. Each run has a driver of its own."""

    @abstractmethod
    async def drive(self, run: Books) -> Stopped:
        """Draw responses and record them, until the run ends. Returns why it ended."""

    @property
    @abstractmethod
    def requests_in_flight(self) -> int:
        """Requests sent and not answered; one of them may ask for several responses."""
