"""The region tree: what is one and what is not."""

from hypothesis import given
from hypothesis import strategies as st

from yaosu.places.methods.tree import covered_by, fault_in, path_of
from yaosu.places.values import Region


def tree(**parents: str) -> list[Region]:
    return [Region(id=name, name=name, parent=parent) for name, parent in parents.items()]


def test_a_region_stands_for_all_that_lies_below_it() -> None:
    regions = {r.id: r for r in tree(N="", E="N", W="N", e1="E", e2="E", w1="W")}
    assert path_of(regions, "e1") == ["e1", "E", "N"]
    assert covered_by(regions, ["E"]) == {"E", "e1", "e2"}
    assert covered_by(regions, ["e2", "W"]) == {"e2", "W", "w1"}
    assert covered_by(regions, ["elsewhere"]) == set()


def test_what_is_no_tree_is_named_with_the_region_at_fault() -> None:
    assert fault_in(tree(N="", E="N")) is None
    assert fault_in([*tree(N=""), *tree(N="")]) == ("N", "is there twice")
    assert fault_in(tree(E="N")) == ("E", "lies in N, which is not there")
    circle = fault_in(tree(A="B", B="A"))
    assert circle is not None
    assert circle[0] == "A"
    assert circle[1].startswith("lies in itself")


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_any_tree_of_earlier_parents_is_a_tree_and_covers_itself(parents: list[int]) -> None:
    regions = []
    for i, parent in enumerate(parents):
        above = f"r{parent % i}" if i else ""
        depth = 1 if not above else 1 + _depth(regions, above)
        regions.append(Region(id=f"r{i}", name="", parent=above if depth <= 20 else ""))
    assert fault_in(regions) is None
    known = {region.id: region for region in regions}
    roots = [region.id for region in regions if not region.parent]
    assert covered_by(known, roots) == set(known)


def _depth(regions: list[Region], region: str) -> int:
    return len(path_of({r.id: r for r in regions}, region))
