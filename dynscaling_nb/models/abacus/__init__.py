"""The embedded model: a small decoder transformer, trained by this project, that runs in NumPy."""

from dynscaling_nb.models.abacus.model import AbacusModel
from dynscaling_nb.models.abacus.questions import held_out, sample

__all__ = ["AbacusModel", "held_out", "sample"]
