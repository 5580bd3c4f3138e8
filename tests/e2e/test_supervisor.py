"""The supervisor: what dies is started again, what is stopped leaves nothing, what cannot start says why."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from chassis.testing import eventually
from deploy.local.platform import Platform
from deploy.local.processes import Child
from deploy.local.settings import Ports, Settings, Stop

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["governance", "gateway", "postgres", "broker"])
async def test_a_process_that_is_killed_comes_back(platform: Platform, ask: Any, name: str) -> None:
    before = platform.kill(name)

    async def back() -> None:
        assert platform.processes.get(name) not in {None, before}
        answer = await ask("{ departments { id } courses(first: 1) { nodes { code } } }", who="ai-steward")
        assert answer.get("errors") is None

    async def patiently() -> None:
        try:
            await back()
        except (OSError, ValueError, Exception) as error:
            raise AssertionError(str(error)) from error

    await eventually(patiently, within=60)


async def test_a_second_platform_on_the_same_state_is_refused(platform: Platform) -> None:
    with pytest.raises(Stop, match="already runs"):
        async with Platform(Settings(state=platform.settings.state, ports=Ports.free())):
            pass


async def test_a_taken_port_is_named_before_anything_starts(platform: Platform, tmp_path: Path) -> None:
    taken = platform.settings.ports
    with pytest.raises(Stop, match=rf"Port {taken.gateway} \(gateway\) is taken.*PORT="):
        async with Platform(Settings(state=tmp_path / ".state", ports=taken)):
            pass
    assert not (tmp_path / ".state" / "postgres").exists()


async def test_a_child_that_cannot_live_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    platform = Platform(Settings(state=tmp_path, ports=Ports.free()), say=lambda _: None)
    platform.broken = asyncio.get_running_loop().create_future()
    command = [sys.executable, "-c", "print('no such colour: octarine'); raise SystemExit(3)"]
    await platform._spawn(Child("painter", command, dict(os.environ), tmp_path / "painter.log", tmp_path))
    with pytest.raises(Stop, match=r"(?s)painter ended 5 times in a row.*octarine"):
        await asyncio.wait_for(asyncio.shield(platform.broken), 20)
    await platform.stop()


def test_make_up_stops_on_a_signal_and_leaves_nothing(tmp_path: Path) -> None:
    started = _start_in_background(tmp_path)
    children = _until_children(started, 3)
    started.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert started.wait(10) == 0
    assert time.monotonic() - begun < 5
    _assert_gone(children)


def test_a_supervisor_that_is_killed_takes_everything_with_it(tmp_path: Path) -> None:
    started = _start_in_background(tmp_path)
    children = _until_children(started, 3)
    started.kill()
    started.wait()
    _assert_gone(children)


_SCRIPT = """
import asyncio, sys
from pathlib import Path
from typing import Any
from deploy.local import up
from deploy.local.settings import Ports, Settings
Settings.of = classmethod(lambda cls: cls(state=Path(sys.argv[1]), ports=Ports.free()))
sys.exit(up.main())
"""


def _start_in_background(state: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _SCRIPT, str(state / ".state")]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _until_children(parent: subprocess.Popen[bytes], count: int) -> list[psutil.Process]:
    """The processes of a start in full swing: PostgreSQL and its helpers, the broker, the first services."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found = psutil.Process(parent.pid).children(recursive=True)
        if sum("serve" in " ".join(_command(each)) for each in found) >= count:
            return found
        assert parent.poll() is None, "the platform ended by itself"
        time.sleep(0.1)
    raise TimeoutError("the platform did not start")


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _assert_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []
