import re

from localcluster.objects import names


def test_a_generated_name_is_a_label_with_a_safe_suffix() -> None:
    name = names.generate("x" * 80)
    assert len(name) == 63
    assert re.fullmatch(f"x{{58}}[{names.ALPHABET}]{{5}}", name)
