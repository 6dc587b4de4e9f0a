"""The institutions that come with yaosu, as files to choose from."""

from functools import cache
from importlib.resources import files

ENDING = ".toml"


@cache
def names_in(shelf: str) -> tuple[str, ...]:
    """What a shelf holds, by name."""
    found = files("yaosu.institutions").joinpath(shelf).iterdir()
    return tuple(
        sorted(one.name.removesuffix(ENDING) for one in found if one.name.endswith(ENDING))
    )


@cache
def text_of(shelf: str, name: str) -> str:
    """The text of one of them; a name that is not on the shelf is an error of ours."""
    assert name in names_in(shelf), name
    return files("yaosu.institutions").joinpath(shelf, name + ENDING).read_text("utf-8")
