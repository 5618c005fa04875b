import re

from localcluster.objects import names


def test_a_generated_name_is_a_label_with_a_safe_suffix() -> None:
    name = names.generate("x" * 80)
    assert len(name) == 63
    assert re.fullmatch(f"x{{58}}[{names.ALPHABET}]{{5}}", name)


def test_numbers_are_encoded_without_vowels() -> None:
    assert names.encode(1234567890) == "".join(names.ALPHABET[ord(digit) % 27] for digit in "1234567890")
