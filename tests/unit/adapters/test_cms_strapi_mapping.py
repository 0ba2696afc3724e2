"""What is sent to Strapi, and what an operator may say about it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.cms.strapi.mapping import SHIPPED, AssetFields, asset_data, publisher_data, slug
from asset_ingest.adapters.cms.strapi.mapping_file import parse_mapping, read_mapping
from asset_ingest.core.errors import Misconfigured
from asset_ingest.testing.cms import ENTRY, PUBLISHER

ROOT = Path(__file__).parents[3]


def test_an_empty_file_is_the_shipped_mapping() -> None:
    assert parse_mapping("", "m.toml") == SHIPPED


def test_the_example_of_the_how_to_can_be_read(tmp_path: Path) -> None:
    how_to = (ROOT / "docs/how-to/publish-to-strapi.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", how_to, re.DOTALL)
    path = tmp_path / "mapping.toml"
    path.write_text(example)
    mapping = read_mapping(path)
    assert mapping != SHIPPED


def test_the_shipped_content_types_have_every_field_of_the_shipped_mapping() -> None:
    for kind, to in (("publisher", SHIPPED.publisher), ("asset", SHIPPED.asset)):
        schema = (ROOT / f"strapi/src/api/{kind}/content-types/{kind}/schema.json").read_text()
        sent = publisher_data(to, PUBLISHER) if kind == "publisher" else asset_data(SHIPPED.asset, ENTRY)  # type: ignore[arg-type]
        assert [name for name in sent if f'"{name}": {{' not in schema] == []
        assert f'"pluralName": "{to.collection}"' in schema


def test_what_is_left_out_is_not_sent() -> None:
    mapping = parse_mapping(
        "[publisher]\nurl = false\n[asset]\nkind = false\nmetadata = false\n[asset.facts]\nversion = false", "m.toml"
    )
    assert "url" not in publisher_data(mapping.publisher, PUBLISHER)
    assert {"kind", "metadata", "version"}.isdisjoint(asset_data(mapping.asset, ENTRY))


def test_any_fact_of_the_metadata_may_have_a_field() -> None:
    mapping = parse_mapping('[asset.facts]\nentries = "howMany"', "m.toml")
    assert asset_data(mapping.asset, ENTRY)["howMany"] == 150


def test_a_fact_that_is_not_known_is_sent_as_nothing() -> None:
    assert asset_data(SHIPPED.asset, replace(ENTRY, metadata={}))["version"] is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[asset]\ntitle = 'a'\nnope = 'b'", "m.toml, line 3: 'nope' is no fact of asset; there are collection, key"),
        ("[assets]", "m.toml, line 1: 'assets' is no table; there are publisher, asset"),
        ("asset = 3", "m.toml, line 1: 'asset' must be a table"),
        ("[asset]\nkey = false", "m.toml, line 2: 'key' must be the name of a field in Strapi"),
        ("[asset]\n\nkind = true", "m.toml, line 3: 'kind' must be the name of a field in Strapi, or false"),
        ("[asset]\nkind = 'a/b'", "m.toml, line 2: 'kind' must be the name of a field"),
        ("[asset]\ncollection = '../users'", "m.toml, line 2: 'collection' must be the plural name of a collection"),
        ("[asset]\nkind = 'documentId'", "m.toml, line 2: the field 'documentId' is Strapi's own"),
        ("[asset]\nkind = 'title'", "m.toml, line 2: two facts go to the field 'title'"),
        ("[asset.facts]\nversion = 'title'", "m.toml, line 2: two facts go to the field 'title'"),
        ("asset.collection = 'publishers'", "m.toml, line 1: publishers and assets must go to two different"),
        ("[asset\n", "m.toml is no TOML: "),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse_mapping(text, "m.toml")
    assert sentence in refused.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="ASSET_INGEST_STRAPI_MAPPING"):
        read_mapping(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Misconfigured, match="cannot read"):
        read_mapping(tmp_path / "m.toml")


VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


@given(
    st.text(max_size=60) | st.builds(lambda key, value: f"[asset]\n{key!r} = {value!r}", st.text(max_size=9), VALUES)
)
def test_any_text_is_a_mapping_or_a_mistake(text: str) -> None:
    try:
        parse_mapping(text, "m.toml")
    except Misconfigured as mistake:
        assert mistake.message.startswith("m.toml")  # noqa: PT017  both ends are fine


@given(st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_a_slug_fits_an_address_and_differs_for_every_key(name: str, key: str) -> None:
    made = slug(name, key)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= 91
    assert made == slug(name, key)
    assert made != slug(name, key + "x")


def test_a_slug_begins_with_the_name() -> None:
    assert slug("Ünïcode Kit!", "k").startswith("unicode-kit-")


def test_the_shipped_places_are_all_different() -> None:
    to = AssetFields()
    assert len(set(asset_data(to, ENTRY))) == 5 + len(to.facts)
