from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.objects import quantities


@pytest.mark.parametrize(
    ("text", "number"),
    [("250m", "0.25"), ("64Mi", "67108864"), ("1e3", "1000"), ("-.5", "-0.5"), ("2k", "2000")],
)
def test_a_quantity_is_a_number(text: str, number: str) -> None:
    assert quantities.parse(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "Mi", "1 Mi", "1mi", "one", "1.2.3"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must match the regular expression"):
        quantities.parse(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.1Ki", "102400m"),
        ("1e3", "1e3"),
        ("0Mi", "0"),
    ],
)
def test_quantities_are_written_as_go_does(text: str, written: str) -> None:
    assert quantities.canonical(text) == written


@given(st.integers(0, 10**9), st.sampled_from(["", "m", "u", "k", "M", "Ki", "Mi"]))
def test_the_canonical_form_is_the_same_number_and_stays(number: int, suffix: str) -> None:
    written = quantities.canonical(f"{number}{suffix}")
    assert quantities.parse(written) == quantities.parse(f"{number}{suffix}")
    assert quantities.canonical(written) == written
