"""Find what `module:function` or `path/to/file.py:function` names.

May import: the standard library.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any


def find(target: str) -> Any:
    """The object of that name, or the module where no name is given.

    Raises `LookupError` that says what is missing; what the import itself raises passes.
    """
    module_name, _, attribute = target.partition(":")
    is_file = module_name.endswith(".py")
    found: Any = _file(Path(module_name)) if is_file else importlib.import_module(module_name)
    for part in attribute.split(".") if attribute else ():
        if not hasattr(found, part):
            raise LookupError(f"{target!r}: {module_name} has no {part!r}")
        found = getattr(found, part)
    return found


def _file(path: Path) -> Any:
    name = f"scenario_file_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.exists():
        raise LookupError(f"{str(path)!r} is not there, seen from {str(Path.cwd())!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def ended(value: Any) -> Any:
    """The value, or what the coroutine answers that it is."""
    __traceback_hide__ = True
    return asyncio.run(value) if inspect.iscoroutine(value) else value
