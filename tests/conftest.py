"""What every test shares: how hard the property tests look."""

import os

from hypothesis import HealthCheck, settings

from yaosu.door import use_compiled_code

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=40, derandomize=True, **_common)
settings.register_profile("long", max_examples=1000, **_common)
settings.load_profile(os.environ.get("YAOSU_TEST_PROFILE", "quick"))
use_compiled_code()  # kernels are compiled once on a machine, not once a test process
