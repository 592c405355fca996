"""Other SDKs are fetched once, kept, and used without a network from then on."""

from __future__ import annotations

import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scenarios.errors import CannotRun, ScenarioError
from scenarios.upgrade import sdk_folder
from scenarios.upgrade.environments import cache_folder

VERSION = "9.8.7"


@pytest.fixture
def index(tmp_path: Path) -> list[str]:
    """A package index in a folder, with one SDK that is hardly one; arguments to use it alone."""
    folder = tmp_path / "index"
    folder.mkdir()
    name = f"sentry_sdk-{VERSION}"
    files = {
        "sentry_sdk/__init__.py": f"VERSION = {VERSION!r}\n",
        f"{name}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: sentry-sdk\nVersion: {VERSION}\n"
        ),
        f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}.dist-info/RECORD"
    listed = "".join(f"{path},,\n" for path in [*files, record])
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        for path, content in {**files, record: listed}.items():
            wheel.writestr(path, content)
    return ["--no-index", "--find-links", str(folder)]


def test_a_version_is_fetched_once_and_kept(tmp_path: Path, index: list[str]) -> None:
    cache = tmp_path / "cache"
    found = sdk_folder(VERSION, cache=cache, installer=index)
    assert (Path(found) / "sentry_sdk" / "__init__.py").exists()
    # There is no such index; it would be asked if the folder were not kept.
    nowhere = ["--no-index", "--find-links", str(tmp_path / "gone")]
    assert sdk_folder(VERSION, cache=cache, installer=nowhere) == found


def test_two_at_once_make_one(tmp_path: Path, index: list[str]) -> None:
    cache, gate = tmp_path / "cache", threading.Barrier(3)

    def fetch() -> str:
        gate.wait()
        return sdk_folder(VERSION, cache=cache, installer=index)

    with ThreadPoolExecutor(3) as pool:
        found = {future.result() for future in [pool.submit(fetch) for _ in range(3)]}
    assert len(found) == 1
    assert len(list((cache / "sdks").glob("sentry-sdk-*"))) == 1


def test_what_cannot_be_fetched_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, index: list[str]
) -> None:
    with pytest.raises(CannotRun, match=r"cannot fetch sentry-sdk==1\.2\.3: .*package index"):
        sdk_folder("1.2.3", cache=tmp_path / "cache", installer=index)
    left = [path.name for path in (tmp_path / "cache" / "sdks").iterdir() if path.is_dir()]
    assert left == []


def test_a_folder_and_the_installed_sdk_need_nothing(tmp_path: Path) -> None:
    (tmp_path / "sentry_sdk").mkdir()
    assert sdk_folder(str(tmp_path)) == str(tmp_path)
    assert sdk_folder("installed") == ""


@pytest.mark.parametrize("wanted", ["latest", "--index-url=x", "2.0; rm", "nowhere/at/all"])
def test_what_is_no_version_is_refused(wanted: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is no version such as"):
        sdk_folder(wanted, cache=tmp_path)


def test_the_cache_may_be_elsewhere() -> None:
    assert cache_folder({"FAKE_RELAY_CACHE": "/somewhere"}) == Path("/somewhere")
    assert cache_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/fake-relay")
