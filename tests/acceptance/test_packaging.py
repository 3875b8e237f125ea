"""The wheel: what a user installs, not what the checkout holds. The import packages have generic
names (`docs/adr`), so it is proved that ours are the ones that are imported."""

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.program import clean_environment

CHECKOUT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "*.db*")
PACKAGES = ["adapters", "contacts_domain", "projections"]

IMPORTS = """
import importlib, json, os, pkgutil, sys

class Watched(type(os.environ)):
    def __getitem__(self, name):
        read.append(name)
        return super().__getitem__(name)

def audit(event, arguments):
    if event.startswith(("sqlite3.", "socket.", "subprocess.", "os.system")):
        done.append(event)
    elif event == "open" and "w" in str(arguments[1]):
        done.append(f"writing {arguments[0]}")
    elif event == "open" and str(arguments[0]).startswith((os.getcwd(), sys.path[1])):
        # pydantic looks for plugins in the entry points of all that is installed
        if not str(arguments[0]).endswith((".py", ".pyc", "entry_points.txt")):
            done.append(f"opening {arguments[0]}")

read, done, modules = [], [], {}
before = dict(os.environ)
os.environ.__class__ = Watched
sys.addaudithook(audit)
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    modules[name] = package.__file__
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not found.name.endswith("__main__"):
            modules[found.name] = importlib.import_module(found.name).__file__
print(json.dumps({
    "modules": modules,
    "done": done,
    "read": [name for name in read if name.startswith("CONTACTS_")],
    "environment is untouched": before == dict(os.environ),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = shutil.copytree(CHECKOUT, folder / "copy", ignore=LEFT_OUT)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel is installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("site")
    _pip("install", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_installed(site: Path, folder: Path, code: str, *arguments: str) -> str:
    """What `code` prints, run elsewhere on the installed wheel and its dependencies.

    Without `site` (-S) the checkout, which is installed for editing, cannot be imported at all.
    """
    libraries = [str(site), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    settings = {"PYTHONPATH": ":".join(libraries), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        cwd=folder,
        env=clean_environment(folder, **settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def imported(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happens when every module of the installed packages is imported."""
    folder = tmp_path_factory.mktemp("elsewhere")
    return dict(json.loads(run_installed(site, folder, IMPORTS, *PACKAGES)))


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    """No tests, tools or documents; the types, the samples and the migrations are there."""
    names = zipfile.ZipFile(wheel).namelist()
    top_level = {name.partition("/")[0] for name in names}
    assert sorted(name for name in top_level if not name.endswith(".dist-info")) == PACKAGES
    assert not [name for name in names if "test" in name.lower()]
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    assert {"adapters/samples/people.csv", "adapters/samples/bookings.jsonl"} <= set(names)
    assert "adapters/event_store/migrations/versions/0001_first_tables.py" in names
    source = CHECKOUT / "src"
    modules = {str(path.relative_to(source)) for path in source.rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules


def test_the_packages_that_are_imported_are_those_of_the_wheel(
    imported: dict[str, Any], site: Path
) -> None:
    """From another folder, every module comes from where the wheel was installed."""
    modules = imported["modules"]
    assert sorted(name for name in modules if "." not in name) == PACKAGES
    assert len(modules) > 40
    for name, file in modules.items():
        assert Path(file).is_relative_to(site), name


def test_importing_does_nothing(imported: dict[str, Any]) -> None:
    """No module connects, opens a file, starts a process or reads a setting when imported."""
    assert imported["done"] == []
    assert imported["read"] == []
    assert imported["environment is untouched"]


def test_the_installed_library_and_its_demo_work(site: Path, tmp_path: Path) -> None:
    """`open_contacts` makes an address book, the demo finds its samples, Alembic its scripts."""
    library = (
        "from adapters import open_contacts; from contacts_domain.commands import CreateContact\n"
        "with open_contacts('contacts.db') as contacts:\n"
        "    ada = CreateContact(organizer_id='acme', email='ada@example.org', first_name='Ada')\n"
        "    contacts.handle(ada)\n"
        "    print(contacts.contact_list.find('acme', 'ada@example.org').full_name)"
    )
    assert run_installed(site, tmp_path, library) == "Ada\n"
    migration = "from adapters import migrate; print(migrate('migrated.db').changed)"
    assert run_installed(site, tmp_path, migration) == "True\n"
    program = "from adapters.cli.main import main; main()"
    assert "Try next:" in run_installed(site, tmp_path, program, "demo")
    version = run_installed(site, tmp_path, program, "--version").strip()
    assert (site / f"contacts_domain-{version}.dist-info").is_dir()
    assert (site / "bin" / "contacts").is_file()
