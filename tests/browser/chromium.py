"""Finding the Chromium that the browser tests drive, and fonts with Chinese characters.

    python -m tests.browser.chromium     # prints its path; installs it where that is ours to do; else says how

Playwright's own browsers are not used: what a distribution packages is patched by the distribution.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
PACKAGES = ("chromium", "fonts-noto-cjk")

NO_BROWSER = (
    "浏览器测试需要 Chromium 和中文字体：请安装（如 apt install chromium fonts-noto-cjk，macOS 上 brew install --cask chromium），"
    "或用 CHROMIUM 指明其路径。 The browser tests need Chromium and a font with Chinese characters: install them "
    "(apt install chromium fonts-noto-cjk; on macOS: brew install --cask chromium), or name a browser by CHROMIUM."
)


class NoChromium(Exception):
    """Raised with the sentence that says how to get one."""


def chromium() -> str:
    """Return the path of a Chromium, or raise NoChromium."""
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoChromium(f"CHROMIUM={named} 不是可执行文件。 CHROMIUM={named} is not a program that can be run.")
        return found
    on_path = (found for found in map(shutil.which, NAMES) if found)
    as_application = (str(path) for path in MAC_APPLICATIONS if path.exists())
    first = next(on_path, None) or next(as_application, None)
    if first is None:
        raise NoChromium(NO_BROWSER)
    return first


def writes_chinese() -> bool:
    """Return whether some font has Chinese characters. macOS brings its own; where nobody can be asked, we believe it."""
    fonts = shutil.which("fc-list")
    if fonts is None:
        return sys.platform == "darwin" or shutil.which("apt-get") is None
    return bool(subprocess.run([fonts, ":lang=zh-cn", "family"], capture_output=True, text=True, check=True).stdout.strip())


def ensure_chromium() -> str:
    """Return the path of a Chromium whose pages show Chinese, installed by the system's packages if we may; or raise NoChromium."""
    if not (_is_found() and writes_chinese()) and _may_install():
        _install()
    path = chromium()
    if not writes_chinese():
        raise NoChromium(NO_BROWSER)
    return path


def _is_found() -> bool:
    try:
        chromium()
    except NoChromium:
        return False
    return True


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and not os.environ.get("CHROMIUM")


def _install() -> None:
    """Ask Debian's or Ubuntu's packages; if they can't be had, whoever looks for the browser afterwards says what is missing."""
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", *PACKAGES)):
        subprocess.run(["apt-get", "--quiet=2", *words], env=quietly, stdout=sys.stderr, check=False)


def main() -> int:
    try:
        sys.stdout.write(f"{ensure_chromium()}\n")
    except NoChromium as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
