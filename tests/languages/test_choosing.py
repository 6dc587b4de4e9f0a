"""The language asked for by a header, as RFC 9110 weighs it."""

import pytest

from yaosu.languages import language_asked


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.1, ZH-Hans;q=0.2", "zh"),
        ("fr, de;q=0.9, zh;q=0.1", "zh"),
        ("zh;q=0, en", "en"),
        ("zh;q=0", "en"),
        ("zh, en", "zh"),
        ("*", "en"),
        ("zhuang", "en"),
        ("zh;q=1.0001, en;q=0.5", "en"),
        ("zh;q=²", "en"),
        ("zh;level=1", "en"),
        (";;;,,=,zh;;q", "en"),
        ("fr," * 100 + "zh", "en"),
    ],
)
def test_the_heaviest_language_that_we_have_is_told(asked: str, language: str) -> None:
    assert language_asked(asked) == language
