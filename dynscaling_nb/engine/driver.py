"""The base class of drivers: the source of a run's responses."""

from abc import ABC, abstractmethod

from dynscaling_nb.engine.books import Books
from dynscaling_nb.records import Stopped


class Driver(ABC):
    """The source of a run's responses. Each run has a driver of its own."""

    @abstractmethod
    async def drive(self, run: Books) -> Stopped:
        """Draw responses and record them, until the run ends. Returns why it ended."""

    @property
    @abstractmethod
    def requests_in_flight(self) -> int:
        """Requests sent and not answered; one request may ask for several responses."""
