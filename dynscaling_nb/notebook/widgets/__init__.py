"""Widgets: the panel, its controls and views, and the explorer."""
