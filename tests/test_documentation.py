"""Every code block of the README and the docs is executed, and every link leads somewhere.

In ```` ```console ```` blocks lines with `$ ` are commands, lines with `> ` continue them, all
others are expected in the output, in this order (`...` stands for any lines). Commands for make
and git are passed over, and blocks marked `no-run`. Python is always executed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", *(str(p.relative_to(CHECKOUT)) for p in CHECKOUT.glob("docs/**/*.md"))]
BIN = Path(sys.executable).parent

EXECUTED = {"python", "console"}
SHOWN = {"", "text", "json", "csv", "toml", "ini", "sql", "mermaid"}
"""Fences that hold data or pictures; any other language would pass for code that was run."""

LEFT_TO_PEOPLE = ("make", "git", "cd")


def tokens_of(page: str) -> list[Token]:
    """The parsed page."""
    parser = MarkdownIt("commonmark").enable("table")
    return parser.parse((CHECKOUT / page).read_text(encoding="utf-8"))


def fences_of(page: str) -> list[Token]:
    """The fenced blocks of a page."""
    return [token for token in tokens_of(page) if token.type == "fence"]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_code_block_of_a_page_works(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks run in their order, in one folder and, for Python, in one namespace."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CONTACTS_")]:
        monkeypatch.delenv(name)
    module = ModuleType("a_page_of_the_documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for fence in fences_of(page):
        language, *words = fence.info.split() or [""]
        first_line = (fence.map or [0])[0] + 1
        where = f"{page}:{first_line}"
        assert language in EXECUTED | SHOWN, f"{where}: {language} is never run; use console"
        if language == "python":
            source = "\n" * first_line + fence.content
            exec(compile(source, str(CHECKOUT / page), "exec"), module.__dict__)  # noqa: S102
        elif language == "console" and "no-run" not in words:
            for command, expected in transcript_of(fence.content):
                if command.split()[0] not in LEFT_TO_PEOPLE:
                    check(command, expected, where)


def transcript_of(block: str) -> Iterator[tuple[str, list[str]]]:
    """Commands with the lines of output that follow them."""
    prompts = [*re.finditer(r"^\$ (.*(?:(?<=\\)\n.*|\n> .*)*)", block, re.MULTILINE), None]
    assert block.startswith("$ "), f"no prompt: {block}"
    for prompt, following in pairwise(prompts):
        assert prompt is not None
        output = block[prompt.end() : following.start() if following else None]
        expected = [line.strip() for line in output.splitlines()]
        command = re.sub(r"^> ", "", prompt[1], flags=re.MULTILINE)
        yield command, [line for line in expected if line not in ("", "...", "…")]


def check(command: str, expected: list[str], where: str) -> None:
    """The command succeeds and prints what the page says."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", command],
        env=settings | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{where}: {command}\n{done.stdout}"
    printed = iter(done.stdout.splitlines())
    for line in expected:
        assert any(line in each for each in printed), f"{where}: {command}\n{done.stdout}"


@pytest.mark.parametrize("page", sorted([*PAGES, "CHANGELOG.md"]))
def test_every_link_of_a_page_leads_to_a_file(page: str) -> None:
    """Relative links and pictures are checked; the rest of the world is not asked."""
    folder = (CHECKOUT / page).parent
    for token in tokens_of(page):
        for child in token.children or ():
            target = str(child.attrGet("href") or child.attrGet("src") or "").partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                assert (folder / target).exists(), f"{page}: {target}"


def tracked_files() -> list[Path]:
    """What is in the repository."""
    listed = subprocess.run(
        [shutil.which("git") or "git", "ls-files", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [CHECKOUT / name for name in listed.stdout.split("\0") if name]


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    """Paths of one machine and addresses of package registries belong to settings of pip."""
    words = ["pypi|org", "pypi|python", "files|pythonhosted", "registry|npmjs", "index|crates"]
    words += ["proxy|golang", "anaconda|org"]
    needles = [re.escape(word.replace("|", ".")) for word in words]
    needles += [rf"(?<![\w.])/{folder}/" for folder in ("work", "root")]
    found = [
        (str(path.relative_to(CHECKOUT)), needle)
        for path in tracked_files()
        if path.is_file()
        for needle in needles
        if re.search(needle.encode(), path.read_bytes())
    ]
    assert found == []
