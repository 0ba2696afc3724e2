"""What doctor says of Strapi is true of a real one, and looking leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence

from tests.integration.strapi_fixture import INGEST, NO_SEARCH, NO_UPDATE, READ_ONLY, StrapiServer

from asset_ingest.adapters.cms.strapi.cms import strapi_cms
from asset_ingest.adapters.cms.strapi.mapping import SHIPPED, Mapping
from asset_ingest.adapters.cms.strapi.mapping_file import parse_mapping
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.ports.examination import Finding
from asset_ingest.testing.fault_proxy import answering, fault_proxy


async def examined(url: str, token: str, mapping: Mapping = SHIPPED) -> Sequence[Finding]:
    how = {"locks": MemoryLocks(), "observer": MemoryObserver()}
    async with strapi_cms(url, token, mapping=mapping, **how) as cms:
        return await cms.examine()


def wrong(findings: Sequence[Finding]) -> list[str]:
    return [finding.text for finding in findings if finding.remedy is not None]


async def test_the_project_that_we_ship_is_as_we_need_it(strapi: StrapiServer) -> None:
    findings = await examined(strapi.url, INGEST)
    assert wrong(findings) == []
    assert {finding.subject for finding in findings} == {"Strapi"}
    assert any("'assets' is as we need it" in finding.text for finding in findings)
    assert any("'publishers' is as we need it" in finding.text for finding in findings)


async def test_looking_leaves_nothing_behind(strapi: StrapiServer) -> None:
    await examined(strapi.url, INGEST)
    await examined(strapi.url, "full-token")
    for table in ("assets", "publishers", "files"):
        assert await strapi.sql(f"SELECT 1 FROM {table}") == []  # noqa: S608  a table of ours


async def test_a_wrong_token_is_said(strapi: StrapiServer) -> None:
    found = wrong(await examined(strapi.url, "wrong-token"))
    assert found
    assert all("token" in text and "wrong-token" not in text for text in found)


async def test_every_right_that_is_missing_is_said(strapi: StrapiServer) -> None:
    read_only, blind = await examined(strapi.url, READ_ONLY), await examined(strapi.url, NO_SEARCH)
    no_right = "our API token has no right in Strapi to "
    assert wrong(read_only) == [
        no_right + "create an entry in 'publishers'",
        no_right + "change an entry of 'publishers'",
        no_right + "create an entry in 'assets'",
        no_right + "change an entry of 'assets'",
        no_right + "upload a thumbnail",
    ]
    assert wrong(blind) == [no_right + "search the media library"]
    assert wrong(await examined(strapi.url, NO_UPDATE)) == [
        no_right + "change an entry of 'publishers'",
        no_right + "change an entry of 'assets'",
        no_right + "upload a thumbnail",
    ]


async def test_every_field_that_is_missing_is_said(strapi: StrapiServer) -> None:
    mapping = parse_mapping(
        '[asset]\nkey = "nope"\nthumbnail = "picture"\n[asset.facts]\nversion = "edition"', "m.toml"
    )
    found = wrong(await examined(strapi.url, INGEST, mapping))
    assert len(found) == 3
    for name in ("nope", "picture", "edition"):
        assert any(f"'assets' in Strapi has no field '{name}'" in text for text in found)


async def test_a_content_type_that_is_missing_is_said_once(strapi: StrapiServer) -> None:
    found = wrong(await examined(strapi.url, INGEST, parse_mapping('asset.collection = "things"', "m.toml")))
    assert found == ["Strapi has no content type 'things': could not look for entries in 'things'"]


async def test_a_server_that_is_not_there_is_said_once(unused_tcp_port: int) -> None:
    (found,) = wrong(await examined(f"http://127.0.0.1:{unused_tcp_port}", INGEST))
    assert "failed" in found


async def test_an_older_strapi_is_told_by_its_missing_document_ids(strapi: StrapiServer) -> None:
    refusal = b'{"data":null,"error":{"status":400,"name":"ValidationError","message":"Invalid key documentId",'
    refusal += b'"details":{"key":"documentId"}}}'
    async with fault_proxy(strapi.url) as proxy:
        proxy.next("GET", "/api/(assets|publishers)", *2 * [answering(400, refusal, "application/json")])
        found = wrong(await examined(proxy.url, INGEST))
    assert [text for text in found if "no Strapi 5" in text] == found
