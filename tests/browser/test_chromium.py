"""How `make test` comes by its browser, or says what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import chromium as finding
from tests.browser.chromium import NoChromium, chromium, ensure_chromium, main


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one directory in which programs are found, empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(finding, "MAC_APPLICATIONS", ())
    return tmp_path


def add_program(directory: Path, name: str, script: str = "") -> Path:
    program = directory / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_browser_on_the_path_is_taken(programs: Path) -> None:
    add_program(programs, "google-chrome")
    ours = add_program(programs, "chromium-browser")

    assert chromium() == str(ours)


def test_the_named_browser_comes_first_and_must_be_there(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_program(programs, "chromium")
    named = add_program(programs, "mine")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium() == str(named)

    monkeypatch.setenv("CHROMIUM", str(programs / "gone"))
    with pytest.raises(NoChromium, match="is not a program that can be run"):
        chromium()


def test_a_mac_s_application_is_found(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    application = add_program(programs, "Google Chrome")
    monkeypatch.setattr(finding, "MAC_APPLICATIONS", (programs / "Chromium", application))

    assert chromium() == str(application)


def test_without_a_browser_one_sentence_says_how_in_both_languages(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1

    told = capsys.readouterr().err
    assert "浏览器测试需要 Chromium" in told
    assert "apt install chromium fonts-noto-cjk" in told


def test_a_browser_without_chinese_characters_is_not_enough(programs: Path) -> None:
    add_program(programs, "chromium")
    add_program(programs, "fc-list")

    with pytest.raises(NoChromium, match="font with Chinese characters"):
        ensure_chromium()


def test_root_installs_it_where_the_system_has_packages(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    made = programs / "chromium"
    install = f'case "$*" in *install*chromium*fonts-noto-cjk*) echo "#!/bin/sh" > {made}; /bin/chmod +x {made};; esac'
    add_program(programs, "apt-get", install)
    add_program(programs, "fc-list", "echo Noto Sans CJK SC")

    assert ensure_chromium() == str(made)


def test_nobody_else_installs(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    asked = programs / "asked"
    add_program(programs, "apt-get", f"echo > {asked}")

    with pytest.raises(NoChromium):
        ensure_chromium()
    assert not asked.exists()
