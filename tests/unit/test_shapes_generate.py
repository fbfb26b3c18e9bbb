from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from reconciler.shapes import generate, tables, tweaks


def test_checked_in_file_is_what_the_generator_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_a_changed_file_is_shown_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "sagemaker.py"
    target.write_text(generate.TARGET.read_text().replace("max_length=63", "max_length=64"))
    assert generate.main(["--check", "--target", str(target)]) == 1
    shown = capsys.readouterr().out
    assert "-" in shown
    assert "+" in shown
    assert "max_length=64" in shown
    assert shown.endswith("run python -m reconciler.shapes.generate\n")


def test_a_missing_file_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "sagemaker.py"
    assert generate.main(["--check", "--target", str(target)]) == 1
    assert "run python -m" in capsys.readouterr().out
    assert generate.main(["--target", str(target)]) == 0
    assert target.read_text() == generate.TARGET.read_text()


def test_a_pattern_that_moved_stops_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    stale = dataclasses.replace(tweaks.PATTERNS["EntityName"], original=".*")
    monkeypatch.setitem(tweaks.PATTERNS, "EntityName", stale)
    with pytest.raises(generate.StaleTweakError, match="EntityName"):
        generate.source()


def test_an_enumeration_that_became_text_stops_the_generator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(tweaks.OPEN_ENUMS, "EntityName", "no reason")
    with pytest.raises(generate.StaleTweakError, match="no enumeration"):
        generate.source()


def test_a_member_whose_type_moved_stops_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("ModelPackageModelCard", "ModelCardContent")
    stale = dataclasses.replace(tweaks.TYPES[key], expects="String")
    monkeypatch.setitem(tweaks.TYPES, key, stale)
    with pytest.raises(generate.StaleTweakError, match="ModelCardContent"):
        generate.source()


def test_every_tweak_gives_its_reason() -> None:
    assert all(tweak.reason for tweak in tweaks.PATTERNS.values())
    assert all(tweak.reason for tweak in tweaks.TYPES.values())
    assert all(tweaks.OPEN_ENUMS.values())


@pytest.mark.parametrize("text", ['a"b', "a\nb"])
def test_texts_that_no_raw_literal_holds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="raw string"):
        tables.raw(text)
