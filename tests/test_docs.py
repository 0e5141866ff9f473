"""The documentation builds without a warning, every link in it leads somewhere, and the tutorials show their pictures."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]


class Page(HTMLParser):
    """Where a page links to, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places, self.images = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.places |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    source = folder / "source"
    shutil.copytree(ROOT / "docs", source)
    shutil.copytree(
        ROOT / "notebooks",
        source / "tutorials",
        ignore=shutil.ignore_patterns("exercises", "*.cfg", ".*"),
    )
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", source, folder / "site"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "site"


def test_every_link_leads_somewhere(site):
    pages = {path: Page(path.read_text()) for path in site.rglob("*.html")}
    assert len(pages) > 15
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert parts.scheme in ("https", "mailto"), link
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists() or (
                parts.fragment and target in pages and parts.fragment not in pages[target].places
            ):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_tutorials_show_their_pictures_and_no_dead_widget(site):
    for path in sorted((site / "tutorials").glob("0*.html")):
        text = path.read_text()
        page = Page(text)
        assert [
            image for image in page.images if "jupyter_execute" in image or "_images" in image
        ], path.name
        assert "widget-view+json" not in text
        outputs = [
            re.sub("<[^>]*>", "", output).strip()
            for output in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL)
        ]
        assert outputs
        assert not [output for output in outputs if not output or output.startswith("0%|")]


def test_the_reference_names_everything_that_is_public(site):
    import dynscaling_nb as dn

    text = (site / "api.html").read_text()
    shown = set(re.findall(r'id="dynscaling_nb\.[\w.]*?\.?(\w+)"', text))
    modules = {"charts", "datasets"}
    assert set(dn.__all__) - modules - {"Request", "compare"} <= shown
