"""Sampling, proven: an exact interval, each decision made again, and a verdict in words.

Rule: pure; nothing of the SDK's own code decides what the SDK should have done.
May import: its own modules; judging also evidence, expectations, judged, result.
"""

from __future__ import annotations

from scenarios.sampling.decisions import (
    Decision,
    Parent,
    Wrong,
    expected,
    expected_rand,
    joined,
    received,
    sample_rand,
    wrong,
)
from scenarios.sampling.interval import Interval, interval, power
from scenarios.sampling.judging import judge
from scenarios.sampling.verdict import CONFIDENCE, Verdict, finds, judge_decisions, judge_number

__all__ = [
    "CONFIDENCE",
    "Decision",
    "Interval",
    "Parent",
    "Verdict",
    "Wrong",
    "expected",
    "expected_rand",
    "finds",
    "interval",
    "joined",
    "judge",
    "judge_decisions",
    "judge_number",
    "power",
    "received",
    "sample_rand",
    "wrong",
]
