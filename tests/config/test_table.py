"""Filters, quotas and sampling in a settings file become records; mistakes name their key."""

from __future__ import annotations

import tomllib

import pytest

from fake_relay.config import Filters, ProjectConfig, Quota, RelayConfig
from fake_relay.config.filters import GenericFilter
from fake_relay.config.sampling import Sampling, SamplingRule, SamplingValue
from fake_relay.config.table import converted
from fake_relay.errors import ConfigError

FILE = """
[filters]
error_messages = ["*boom*"]
web_crawlers = true

[[filters.generic]]
id = "old"
condition = {op = "glob", name = "event.release", value = ["1.*"]}

[[quotas]]
id = "q"
categories = ["error"]
scope = "project"
limit = 10
window = 60

[[sampling.rules]]
id = 1000
type = "transaction"
sampling_value = {type = "sampleRate", value = 0.5}

[[projects]]
project_id = "7"
quotas = [{categories = ["session"], limit = 0}]
"""


def test_a_file_says_what_is_filtered_limited_and_sampled() -> None:
    condition = {"op": "glob", "name": "event.release", "value": ["1.*"]}
    assert converted(tomllib.loads(FILE), RelayConfig, "") == RelayConfig(
        filters=Filters(
            generic=(GenericFilter("old", condition=condition),),
            error_messages=("*boom*",),
            web_crawlers=True,
        ),
        quotas=(Quota("q", ("error",), "project", limit=10, window=60),),
        sampling=Sampling(
            rules=(SamplingRule(1000, "transaction", None, SamplingValue("sampleRate", 0.5)),)
        ),
        projects=(ProjectConfig("7", quotas=(Quota(categories=("session",), limit=0),)),),
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[filters]\nrelease = []", "filters.release"),
        ("[[filters.generic]]\nid = 'a'\nenabled = true", "filters.generic[0].enabled"),
        ("[[projects]]\nquotas = [{limt = 0}]", "projects[0].quotas[0].limt"),
        ("[[projects]]\n[projects.filters]\ncsv = []", "projects[0].filters.csv"),
        (
            "[[sampling.rules]]\nsampling_value = {kind = 1}",
            "sampling.rules[0].sampling_value.kind",
        ),
    ],
)
def test_an_unknown_key_is_named_at_any_depth(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        converted(tomllib.loads(text), RelayConfig, "")
    assert f"unknown key {key!r}" in str(refused.value)
