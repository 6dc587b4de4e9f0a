"""With YAOSU_LANG the command line refuses in that language; codes and facts do not change."""

import json

import pytest

from yaosu.cli.app import answer
from yaosu.cli.output import REFUSED


@pytest.mark.parametrize("language", ["zh", "zh_CN.UTF-8", "zh-Hans"])
def test_a_refusal_is_told_in_chinese(capsys, monkeypatch, language: str) -> None:
    monkeypatch.setenv("YAOSU_LANG", language)
    assert answer(["run", "nowhere", "--json"]) == REFUSED
    out, err = capsys.readouterr()
    sentence, what_next = "nowhere 不是文件夹", "请指明含有 scenario.toml 的文件夹"
    assert err == f"cli.not_a_folder: {sentence}；{what_next}\n"
    told = json.loads(out)
    assert (told["sentence"], told["what_next"]) == (sentence, what_next)
    assert (told["code"], told["facts"]) == ("cli.not_a_folder", {"path": "nowhere"})


@pytest.mark.parametrize("language", ["", "en_GB.UTF-8", "fr", "C"])
def test_without_it_or_in_a_language_we_lack_it_is_english(
    capsys, monkeypatch, language: str
) -> None:
    monkeypatch.setenv("YAOSU_LANG", language)
    assert answer(["run", "nowhere"]) == REFUSED
    said = capsys.readouterr().err
    assert said.startswith("cli.not_a_folder: nowhere is not a folder; name the folder")
