"""Where the kernels of these tests are kept: beside pytest's own cache, not in the user's."""

from __future__ import annotations

import pytest

from initlab.dense.compiled.kernel_cache import CACHE_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def kernels_beside_pytests_cache(request, tmp_path_factory):
    kept = getattr(request.config, "cache", None)  # None under -p no:cacheprovider
    folder = kept.mkdir("initlab") if kept else tmp_path_factory.mktemp("initlab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder
