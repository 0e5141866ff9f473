"""A saved notebook in a real browser, with no network: are its pictures and tables there?"""

import shutil
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright

QUICKSTART = Path(__file__).parent.parent / "notebooks" / "01_quickstart.ipynb"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_saved_notebook_shows_its_chart_and_its_table(tmp_path, scheme):
    page_file = tmp_path / "saved.html"
    page_file.write_text(HTMLExporter(theme=scheme).from_filename(str(QUICKSTART))[0], encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(offline=True, color_scheme=scheme)
        page.goto(page_file.as_uri(), wait_until="domcontentloaded")
        picture = page.locator(".jp-RenderedSVG svg, .jp-RenderedSVG img, .jp-RenderedImage img").first
        box = picture.bounding_box()
        assert box["width"] > 400
        assert box["height"] > 150
        assert "confidence" in page.locator("table").first.inner_text()
        assert page.locator("table").first.is_visible()
        browser.close()
