"""Measurements: replays of recorded answers, strategies side by side, data sets."""
