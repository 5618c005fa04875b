import subprocess
import sys
from pathlib import Path

from localcluster.host import processes


def test_a_process_is_known_by_when_it_began(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path) as child:  # noqa: S603
        found = processes.identify(child.pid)
        assert found is not None
        assert (found.alive(), found.cwd) == (True, str(tmp_path))
        processes.record(tmp_path / "record", found)
        assert processes.recorded(tmp_path / "record") == found
        another = processes.Process(child.pid, found.started - 1)
        another.kill()
        assert child.poll() is None
        found.kill()
        child.wait()
    assert not found.alive()
    assert processes.identify(child.pid) is None


def test_nothing_is_read_from_a_damaged_record(tmp_path: Path) -> None:
    assert processes.recorded(tmp_path / "none") is None
    (tmp_path / "record").write_text('{"pid": 1}')
    assert processes.recorded(tmp_path / "record") is None


def test_a_family_is_the_session_of_its_leader_in_its_folder(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()']).wait()"
    command = [sys.executable, "-c", script]
    leader = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path, start_new_session=True)  # noqa: S603
    found = processes.identify(leader.pid)
    assert found is not None
    try:
        while len(members := list(processes.family(found))) < 2:
            assert leader.poll() is None
        assert leader.pid in {member.pid for member in members}
        elsewhere = processes.Process(found.pid, found.started, "/elsewhere")
        assert list(processes.family(elsewhere)) == []
    finally:
        assert leader.stdin
        leader.stdin.close()
        leader.wait()
    assert not any(member.alive() for member in members)
