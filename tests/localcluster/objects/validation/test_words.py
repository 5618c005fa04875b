import pytest

from localcluster.objects.validation import words
from localcluster.objects.validation.words import Test


@pytest.mark.parametrize(
    ("test", "good", "bad"),
    [
        (words.dns_label, ["a", "a-1", "1a", "a" * 63], ["", "-a", "a-", "a.b", "A", "a" * 64, "a\n"]),
        (words.dns_subdomain, ["a", "a.b-c", "1.2"], ["", "a..b", ".a", "A.b", "a_b"]),
        (words.wildcard_subdomain, ["*.example.com"], ["*", "a.*.b", "*.*.a", "example.com"]),
        (
            words.qualified_name,
            ["a", "A.b_c", "example.com/a"],
            ["", "a b", "/a", "a/", "Example.com/a", "a/b/c", "a" * 64],
        ),
        (words.label_value, ["", "a", "A.b_c"], ["a b", "-a", "a" * 64]),
        (words.config_key, ["tls.crt", ".dockercfg", "A_b"], ["", "a b", ".", "..", "..a", "a/b"]),
        (words.variable_name, ["A", "a.b-c", "1 2"], ["", "A=B", "ä"]),
        (words.port_name, ["grpc", "a-1", "9p"], ["", "1", "a--b", "-a", "A", "a" * 16]),
        (words.percent, ["0%", "25%"], ["25", "-1%", "2.5%"]),
        (words.ip_address, ["10.0.0.1", "2001:db8::1"], ["", "10.0.0", "a"]),
    ],
)
def test_a_form_takes_the_good_and_refuses_the_bad(test: Test, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if test(value)] == []
    assert [value for value in bad if not test(value)] == []


def test_the_words_are_those_of_kubernetes() -> None:
    assert words.dns_label("Bad_Name") == [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
        "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
        "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    ]


@pytest.mark.parametrize(("value", "wrong"), [(1, 0), (65535, 0), (0, 1), (65536, 1), ("grpc", 0), ("1", 1)])
def test_a_port_is_a_number_or_a_name(value: int | str, wrong: int) -> None:
    assert len(list(words.port("port", value))) == wrong


def test_numbers_have_bounds_and_may_be_absent() -> None:
    assert [str(error) for error in words.not_negative("n", -1)] == [
        "n: Invalid value: -1: must be greater than or equal to 0"
    ]
    assert [str(error) for error in words.in_range("n", 9, 1, 5)] == [
        "n: Invalid value: 9: must be between 1 and 5, inclusive"
    ]
    assert not [*words.not_negative("n", None), *words.in_range("n", None, 1, 5), *words.not_negative("n", 0)]
