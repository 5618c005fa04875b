from localcluster.objects import differences
from localcluster.types import Object


def test_only_what_changed_is_shown() -> None:
    before: Object = {"restartPolicy": "Always", "containers": [{"name": "a", "args": ["x"]}, {"name": "b"}]}
    after: Object = {"restartPolicy": "Always", "containers": [{"name": "a", "args": ["y"]}, {"name": "b"}]}
    assert differences.text("core.PodSpec", before, after).splitlines() == [
        "  core.PodSpec{",
        "  \tContainers: {",
        "  \t\t{",
        "  \t\t\tArgs: {",
        '- \t\t\t\t"x",',
        '+ \t\t\t\t"y",',
        "  \t\t\t},",
        "  \t\t\t... // identical fields: 1",
        "  \t\t},",
        "  \t\t... // identical elements: 1",
        "  \t},",
        "  \t... // identical fields: 1",
        "  }",
    ]


def test_what_came_or_went_is_nothing_on_the_other_side() -> None:
    assert differences.text("x", {"a": 1}, {"b": [1, 2]}).splitlines() == [
        "  x{",
        "- \tA: 1,",
        "+ \tA: nil,",
        "- \tB: nil,",
        "+ \tB: [1,2],",
        "  }",
    ]
