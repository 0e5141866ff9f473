"""Live charts without the wait: what they need is heavy, and loaded in threads while the rest of a panel is there already."""

import asyncio
from importlib import import_module
from typing import Any


async def ready(titles: dict[str, str]) -> Any:
    """Live charts with these titles. Their two heavy parts, the script with Vega and what Altair draws, are made ready side by side."""
    live = await asyncio.to_thread(import_module, "dynscaling_nb.notebook.widgets.live_charts")
    await asyncio.gather(asyncio.to_thread(live.bundled), asyncio.to_thread(_draw))
    return live.LiveCharts(titles=titles)


def _draw() -> None:
    """Draw once what a panel shows, so that its first run need not wait for it."""
    import_module("dynscaling_nb.notebook.charts.drawing").live_run(1)
