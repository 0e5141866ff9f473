"""Live charts without the wait: what they need is heavy, and loaded in threads while the rest of a panel is there already."""

import asyncio
from importlib import import_module
from typing import Any


async def ready(titles: dict[str, str]) -> Any:
    """Live charts with these titles. Their two heavy parts, the script with Vega and Altair, are made ready side by side."""
    live = await asyncio.to_thread(import_module, "dynscaling_nb.notebook.live")
    await asyncio.gather(asyncio.to_thread(live.bundled), asyncio.to_thread(import_module, "dynscaling_nb.notebook.drawing"))
    return live.Charts(titles=titles)
