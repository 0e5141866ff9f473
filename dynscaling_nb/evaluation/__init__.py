"""How good is it? Replays of recorded answers, strategies side by side, data sets."""
