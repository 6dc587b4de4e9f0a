"""Room grows and keeps what is in it, in the small form and in memory of its own."""

import numpy as np
import pytest

from yaosu.kernel.room import SMALL_BYTES, Form, grown, room


@pytest.mark.parametrize("form", ["i", "I", "Q"])
@pytest.mark.parametrize("count", [0, 1, 100, SMALL_BYTES // 8, SMALL_BYTES])
def test_room_is_zeros_and_keeps_its_numbers_when_it_grows(form: Form, count: int) -> None:
    made = room(form, count)
    assert len(made) == count
    assert not any(made.tolist())
    for place in range(0, count, 97):
        made[place] = place
    more = grown(made, form, 2 * count + 1)
    assert more[:count].tolist() == made.tolist()
    assert not any(more[count:].tolist())
    more[2 * count] = 7
    assert np.frombuffer(more, f"={form}")[-1] == 7
