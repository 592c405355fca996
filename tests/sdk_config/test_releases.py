"""Names of releases: which are good, which are refused, and where one comes from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sdk_config import release_from_git, resolve_release, validate_release
from sdk_config.releases.names import parse_release
from sdk_config.releases.sources import CI_VARIABLES


@pytest.mark.parametrize(
    "name",
    [
        "2.0.3",
        "v2.0.3",
        "backend@1.0.0",
        "bookedbarber-v2@1.0.0",
        "backend@4f2a9c1",
        "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d",
        "v1.2-14-g2414721",
        "backend@1.0.0-rc.1+5",
    ],
)
def test_names_that_are_good(name: str) -> None:
    """K-20."""
    assert validate_release(name) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("latest", "REL-VAGUE"),
        ("LATEST", "REL-VAGUE"),
        ("shop@main", "REL-VAGUE"),
        ("master", "REL-VAGUE"),
        ("dev", "REL-VAGUE"),
        ("unknown", "REL-VAGUE"),
        ("HEAD", "REL-VAGUE"),
        ("refs/heads/main", "REL-REF"),
        ("refs/tags/v1.0.0", "REL-REF"),
        ("feature/x", "REL-CHARS"),
        ("a\nb", "REL-CHARS"),
        (".", "REL-CHARS"),
        ("..", "REL-CHARS"),
        ("", "REL-EMPTY"),
        (" 1.0.0", "REL-SPACES"),
        ("1" * 201, "REL-LONG"),
    ],
)
def test_names_that_are_refused(name: str, rule: str) -> None:
    """K-19."""
    (problem,) = validate_release(name)

    assert (problem.rule, problem.level) == (rule, "error")


def test_a_name_that_cannot_be_ordered_is_information() -> None:
    (problem,) = validate_release("build-77")

    assert (problem.rule, problem.level) == ("REL-SEMVER", "info")


def test_a_package_stands_before_the_last_at() -> None:
    assert parse_release("@scope/shop@1.0.0").package == "@scope/shop"
    assert parse_release("backend@1.0.0").version == "1.0.0"
    assert parse_release("1.0.0").package is None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git repository with a tag and a commit after it."""

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True
        )

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    git("tag", "v1.2.0")
    git("commit", "-q", "--allow-empty", "-m", "two")
    return tmp_path


def test_git_gives_a_release_in_five_modes(checkout: Path) -> None:
    """K-21."""
    sha = release_from_git(cwd=str(checkout))
    assert sha is not None
    assert len(sha) == 40

    short = release_from_git("short", "backend@", cwd=str(checkout))
    assert short is not None
    assert sha.startswith(short.removeprefix("backend@"))
    assert release_from_git("tag", cwd=str(checkout)) == "v1.2.0"
    assert release_from_git("describe", cwd=str(checkout)) == sha[:7]
    described = release_from_git("describe-tags", cwd=str(checkout))
    assert described == f"v1.2.0-1-g{sha[:7]}"


def test_outside_of_a_checkout_there_is_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-21: none, rather than the word unknown."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert release_from_git("tag", cwd=str(tmp_path)) is None


def test_without_git_there_is_no_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert release_from_git() is None


def test_a_mode_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected one of sha, short, tag"):
        release_from_git("newest")


def test_the_variable_wins_over_git_and_git_over_the_build(checkout: Path) -> None:
    env = {"SENTRY_RELEASE": "2.0.3", "CIRCLE_SHA1": "4f2a9c1"}
    cwd = str(checkout)

    named = resolve_release(env=env, cwd=cwd)
    found = resolve_release(env={"CIRCLE_SHA1": "4f2a9c1"}, cwd=cwd)

    assert named is not None
    assert (named.name, named.origin) == ("2.0.3", "environment")
    assert found is not None
    assert found.origin == "git"


@pytest.mark.parametrize("variable", CI_VARIABLES)
def test_each_build_variable_gives_a_release(variable: str) -> None:
    found = resolve_release(("ci",), "shop@", env={variable: "4f2a9c1"})

    assert found is not None
    assert (found.name, found.where) == ("shop@4f2a9c1", variable)


def test_a_blank_or_vague_variable_falls_through(checkout: Path) -> None:
    for name in ("  ", "latest"):
        found = resolve_release(env={"SENTRY_RELEASE": name}, cwd=str(checkout))
        assert found is not None
        assert found.origin == "git"


def test_no_source_gives_no_release() -> None:
    assert resolve_release((), env={"SENTRY_RELEASE": "1.0.0"}) is None
