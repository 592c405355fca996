"""A sampled profile as a flame graph: the same callers joined, as wide as they were seen often.

Rule: counted in samples, as they were sent; what is too narrow to be seen is left out, and said.
May import: shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fake_relay.shown.text import mapping, sequence, word

DEEPEST: Final = 80
NARROWEST: Final = 0.15
"""Per cent of the width below which a frame is not drawn."""
MOST: Final = 2000
MAX_SAMPLES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Flame:
    """A frame: its depth from the outermost, its place in per cent, samples, and its own."""

    depth: int
    left: float
    width: float
    name: str
    place: str
    samples: int
    own: int
    in_app: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread: its id, its name, how many samples it has."""

    id: str
    name: str
    samples: int


@dataclass(frozen=True, slots=True)
class Flames:
    """The graph of one thread, the threads, the frames that are seen most by themselves."""

    flames: list[Flame]
    depth: int
    samples: int
    hidden: int
    thread: str
    threads: list[Thread]
    hottest: list[tuple[str, str, int]]


Frame = tuple[str, str, bool]
"""Name, place, and whether it is the application's own."""


@dataclass(slots=True)
class Node:
    """A frame below its callers."""

    count: int = 0
    own: int = 0
    inner: dict[Frame, Node] = field(default_factory=dict)


def flames(value: Mapping[str, Any], thread: str = "") -> Flames | None:
    """The graph of a profile or chunk (PROTOCOL.md 5.6); None for what has no samples."""
    profile = mapping(value.get("profile"))
    samples = [mapping(one) for one in sequence(profile.get("samples"))[:MAX_SAMPLES]]
    stacks = stacks_of(profile)
    threads = threads_of(profile, samples)
    if not threads or not stacks:
        return None
    active = word(transaction_of(value).get("active_thread_id"))
    ids = [one.id for one in threads]
    chosen = next((one for one in (thread, active) if one in ids), ids[0])
    mine = Counter(place_of(one) for one in samples if word(one.get("thread_id")) == chosen)
    root = tree_of(stacks, mine)
    drawn, hidden = draw(root)
    depth = max((flame.depth for flame in drawn), default=-1) + 1
    return Flames(drawn, depth, root.count, hidden, chosen, threads, hottest(stacks, mine))


def transaction_of(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The transaction of a profile; SDKs for Python send a list with it."""
    several = sequence(value.get("transactions"))
    return mapping(value.get("transaction")) or mapping(several[0] if several else None)


def stacks_of(profile: Mapping[str, Any]) -> list[list[Frame]]:
    """The stacks, each from the outermost frame inwards; on the wire the innermost is first."""
    frames = [frame_of(mapping(one)) for one in sequence(profile.get("frames"))]
    return [
        [frames[place] for place in reversed(sequence(stack)) if is_place(place, frames)]
        for stack in sequence(profile.get("stacks"))
    ]


def is_place(place: Any, frames: Sequence[Any]) -> bool:
    """Whether a number is the place of something in a list."""
    return type(place) is int and 0 <= place < len(frames)


def frame_of(fields: Mapping[str, Any]) -> Frame:
    """Name, place and ownership of a frame."""
    name = word(fields.get("function")) or word(fields.get("instruction_addr")) or "<unnamed>"
    # Without the line: the same function is one frame, wherever in it the time went.
    file = word(fields.get("filename")) or word(fields.get("module"))
    return name, file, fields.get("in_app") is True


def place_of(sample: Mapping[str, Any]) -> int:
    """The number of a sample's stack; -1 for none."""
    given = sample.get("stack_id")
    return given if type(given) is int else -1


def threads_of(profile: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> list[Thread]:
    """The threads that have samples, the one with most first."""
    names = mapping(profile.get("thread_metadata"))
    counted = Counter(word(one.get("thread_id")) for one in samples)
    return [
        Thread(name, word(mapping(names.get(name)).get("name")), number)
        for name, number in counted.most_common()
    ]


def tree_of(stacks: Sequence[Sequence[Frame]], counted: Counter[int]) -> Node:
    """The stacks joined where their callers are the same."""
    root = Node()
    for place, number in counted.items():
        if not 0 <= place < len(stacks):
            continue
        node = root
        node.count += number
        for frame in stacks[place][:DEEPEST]:
            node = node.inner.setdefault(frame, Node())
            node.count += number
        node.own += number
    return root


def draw(root: Node) -> tuple[list[Flame], int]:
    """The frames with their places, and how many were too narrow."""
    drawn: list[Flame] = []
    hidden = 0
    todo = [(root, 0, 0.0)]
    while todo:
        node, depth, left = todo.pop()
        ordered = sorted(node.inner.items(), key=lambda pair: -pair[1].count)
        for (name, place, in_app), inner in ordered:
            width = inner.count / root.count * 100
            if width < NARROWEST or len(drawn) >= MOST:
                hidden += 1
                continue
            drawn.append(
                Flame(
                    depth,
                    round(left, 3),
                    round(width, 3),
                    name,
                    place,
                    inner.count,
                    inner.own,
                    in_app,
                )
            )
            todo.append((inner, depth + 1, left))
            left += width
    return drawn, hidden


def hottest(stacks: Sequence[Sequence[Frame]], counted: Counter[int]) -> list[tuple[str, str, int]]:
    """The innermost frames by the samples that they were seen in."""
    found: Counter[tuple[str, str]] = Counter()
    for place, number in counted.items():
        if 0 <= place < len(stacks) and stacks[place]:
            name, where, _ = stacks[place][-1]
            found[name, where] += number
    return [(name, where, number) for (name, where), number in found.most_common(15)]
