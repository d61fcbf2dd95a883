"""`verify.html` in Firefox: a sound zip, a damaged one, and the parts that differ between browsers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from firefox_bidi import firefox
from plainrecord.verifypage import verify_page
from sealed_bundles import built_bundles

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
REQUIRED = os.environ.get("PLAINRECORD_REQUIRE_BROWSER")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None and not REQUIRED, reason="no Firefox on this machine"),
]

WAIT = """new Promise(give => {
    const result = document.getElementById("result");
    const look = () => result.hidden ? setTimeout(look, 20) : give(result.dataset.state + ": " + result.innerText);
    look();
})"""


def test_firefox_says_the_same(tmp_path: Path) -> None:
    page = tmp_path / "verify.html"
    page.write_bytes(verify_page())
    made = built_bundles(tmp_path)
    bundle, folder = made[True], made[False].path
    (folder / "timeline.csv").write_bytes(b"other")
    damaged = shutil.make_archive(str(tmp_path / "damaged"), "zip", folder.parent, folder.name)
    (tmp_path / "profile").mkdir()
    assert PROGRAM
    with firefox(PROGRAM, tmp_path / "profile") as browser:
        browser.open(page.as_uri())
        browser.choose("#zip", bundle.path)
        assert browser.ask(WAIT).startswith("unsure: Every file fits")
        browser.ask(f"document.getElementById('seal').value = '{bundle.seal}'; show(false)")
        assert browser.ask(WAIT).startswith("good: Unchanged since it was sealed")
        browser.ask(f"document.getElementById('seal').value = '{made[False].seal}'; 0")
        browser.choose("#zip", Path(damaged))
        assert browser.ask(WAIT).startswith("bad: This bundle is not as it was made")
        assert browser.ask("'webkitdirectory' in document.createElement('input')") is True
        assert browser.ask("typeof DataTransferItem.prototype.webkitGetAsEntry") == "function"
