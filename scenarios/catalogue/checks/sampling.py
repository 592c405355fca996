"""What the expectations of sampling cannot say.

May import: evidence, sampling.
"""

from __future__ import annotations

from scenarios.evidence import Evidence
from scenarios.sampling.judging import decisions_of
from scenarios.sampling.verdict import judge_number


def rates(evidence: Evidence, wanted: dict[str, float]) -> str:
    """What differs between what was kept of the transactions of each name, and these rates."""
    decisions = decisions_of(evidence)
    for name, rate in wanted.items():
        own = [one for one in decisions if one.name == name]
        verdict = judge_number(sum(one.kept for one in own), len(own), rate)
        if not verdict.holds:
            return f"of {name!r}: {verdict}"
    return ""


def called_only_where_another_kept(evidence: Evidence, caller: str, called: str) -> str:
    """What is wrong with the traces of two services: who is called keeps no more than who calls."""
    kept = [one for one in decisions_of(evidence) if one.kept]
    above = {one.trace_id for one in kept if one.name == caller}
    below = {one.trace_id for one in kept if one.name == called}
    if not above or not below:
        return f"{len(above)} traces of {caller!r} and {len(below)} of {called!r} were kept"
    lonely = below - above
    if not lonely:
        return ""
    return f"{len(lonely)} of {len(below)} traces of {called!r} have no beginning, for {caller!r}"


def asked(evidence: Evidence, names: list[str]) -> str:
    """What differs between what the sampler was asked for and these names."""
    found = [line.data["asked"] for line in evidence.journal.of("note")]
    return "" if found == names else f"the sampler was asked for {found}, not for {names}"


def options(evidence: Evidence, **wanted: float) -> str:
    """What differs between the SDK's options and these."""
    told = evidence.setup["options"]
    found = {name: told.get(name) for name in wanted}
    return "" if found == wanted else f"the SDK was given {found}, not {wanted}"
