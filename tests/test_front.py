"""What ``import yaosu as ys`` promises is there."""

import pytest

import yaosu as ys


@pytest.mark.parametrize("name", ys.__all__)
def test_every_name_of_the_front_is_behind_it(name: str) -> None:
    assert getattr(ys, name) is not None
