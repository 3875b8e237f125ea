"""What the figures were measured on."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import psycopg

from tests.servers.postgres import driver_url

PACKAGES = ("eventsourcing", "Django", "SQLAlchemy", "psycopg", "pydantic")


def described(server_url: str) -> dict[str, str]:
    """Processor, memory, versions and the server's settings that matter."""
    with psycopg.connect(driver_url(server_url)) as connection:
        server = {
            name: str(connection.execute(f"SHOW {name}").fetchone()[0])  # type: ignore[index]
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    settings = ", ".join(f"{name} {value}" for name, value in list(server.items())[1:])
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores",
        "Memory": f"{_memory_gib():.0f} GiB",
        "System": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": f"{sqlite3.sqlite_version} (write-ahead log, synchronous FULL)",
        "PostgreSQL": f"{server['server_version'].split()[0]} ({settings})",
        **{package: version(package) for package in PACKAGES},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
