"""The measurement of load itself, for some seconds."""

from __future__ import annotations

import math
import os

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from tests.http_server import serving
from tests.load.measuring import Readers, measure, percentile


def test_four_readers_are_answered_without_an_error(answerer: QuestionAnswerer) -> None:
    """Each asks its next question as soon as it has an answer, and no question is asked twice."""
    with serving(answerer, Settings(address_requests_per_minute=0)) as client:
        readers = Readers(4, think=(0, 0), distinct=True)
        seen = measure("smoke", str(client.base_url), os.getpid(), readers, 3, adding=False)
    assert seen.requests >= 4
    assert seen.errors == 0
    assert 0 < seen.p50_ms <= seen.p95_ms <= seen.p99_ms
    assert seen.settled_mb > 0


@given(
    st.dictionaries(st.integers(0, 500).map(float), st.integers(1, 9), max_size=20), st.sampled_from([0.5, 0.95, 1.0])
)
def test_a_percentile_is_that_of_all_times_written_out(times: dict[float, int], share: float) -> None:
    """As numpy has it, of the times that occur."""
    every = [time for time, often in times.items() for _ in range(often)]
    if not every:
        assert math.isnan(percentile(times, share))
        return
    assert percentile(times, share) == np.quantile(every, share, method="inverted_cdf")
