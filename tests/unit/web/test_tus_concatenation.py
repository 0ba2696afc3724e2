"""Files sent in pieces by tus: what clients are told of the pieces, of the whole, and of what cannot be joined."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import FILES, IetfClient, TusClient, content_of, job_of, metadata

from asset_ingest.core.model.access import Role
from asset_ingest.core.services.transfers import TransferLimits

NOBODYS = UUID(int=7)
SMALL = replace(TUNING, transfers=TransferLimits(largest=5))


@pytest.fixture
async def tus(site: Site) -> TusClient:
    return TusClient(site.admin)


async def piece(site: Site, content: bytes) -> TusClient:
    """Send a complete piece."""
    client = TusClient(site.admin)
    created = await client.create(content, Upload_Concat="partial", Upload_Length=str(len(content)))
    assert (created.status, created.headers["Upload-Offset"]) == (201, str(len(content)))
    return client


async def whole(site: Site, *pieces: TusClient) -> TusClient:
    """Open an upload that is joined from these."""
    client = TusClient(site.admin)
    concat = "final;" + " ".join(each.path for each in pieces)
    created = await client.create(Upload_Concat=concat, Upload_Metadata=metadata(filename="a.bin"))
    assert created.status == 201
    return client


async def test_a_piece_is_sent_like_every_upload_and_is_no_job(site: Site, tus: TusClient) -> None:
    said = metadata(which="first")
    created = await tus.create(Upload_Concat="partial", Upload_Length="10", Upload_Metadata=said)
    assert (created.status, "X-Job-Id" in created.headers) == (201, False)
    # tus-js-client says it with every request
    assert (await tus.append(0, b"0123", Upload_Concat="partial")).headers["Upload-Offset"] == "4"
    head = await tus("HEAD")
    assert (head.headers["Upload-Concat"], head.headers["Upload-Offset"]) == ("partial", "4")
    assert head.headers["Upload-Metadata"] == said
    await tus.append(4, b"456789")
    assert await tus.stands() == 10
    assert "Upload-Expires" in (await tus("HEAD")).headers  # complete or not
    assert (await site.admin.get("/jobs")).json["items"] == []
    view = (await site.admin.get(f"/uploads/{UUID(tus.path.rpartition('/')[2])}")).json
    assert (view["job_id"], view["status"]) == (None, "COMPLETED")


async def test_the_whole_is_answered_at_once_and_has_an_offset_once_it_is_joined(site: Site) -> None:
    first, second = await piece(site, b"0123"), await piece(site, b"456789")
    joined = await whole(site, first, second)
    assert (await job_of(site, joined.path))["status"] == "UPLOADING"
    head = await joined("HEAD")
    assert (head.status, head.headers["Upload-Concat"]) == (200, f"final;{first.path} {second.path}")
    assert (head.headers["Upload-Length"], "Upload-Offset" in head.headers) == ("10", False)
    assert "Upload-Expires" in head.headers
    await site.program.app.upkeep.finish_uploads()
    head = await joined("HEAD")
    assert (head.headers["Upload-Length"], head.headers["Upload-Offset"]) == ("10", "10")
    assert head.headers["Upload-Concat"] == f"final;{first.path} {second.path}"
    assert await content_of(site, joined.path) == ("a.bin", b"0123456789")


@pytest.mark.parametrize(
    "spelled",
    ["{path}", "https://elsewhere.example{path}", "http://[::1]:80/behind/a/proxy{path}", "files/{id}", "{upper}"],
)
async def test_pieces_may_be_called_as_their_clients_know_them(site: Site, tus: TusClient, spelled: str) -> None:
    path = (await piece(site, b"01")).path
    ident = path.rpartition("/")[2]
    address = spelled.format(path=path, id=ident, upper=path.replace(ident, ident.upper()))
    assert (await tus.create(Upload_Concat=f"final;{address}")).status == 201


async def test_a_whole_takes_no_bytes_before_it_is_joined_nor_after(site: Site) -> None:
    joined = await whole(site, await piece(site, b"0123"))
    for _ in range(2):
        (await joined.append(4, b"4")).refused(403, "forbidden")
        (await joined.append(0, b"0123")).refused(403, "forbidden")
        (await IetfClient(site.admin, joined.path).append(4, b"4")).refused(403, "forbidden")
        await site.program.app.upkeep.finish_uploads()
    assert (await content_of(site, joined.path))[1] == b"0123"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "partial;",
        "Partial",
        "final",
        "final;",
        "final; ",
        "first",
        "final;/api/v1/files/",
        "final;/api/v1/files/not-an-id",
        f"final;/api/v1/uploads/{NOBODYS}",
        f"final;/api/v1/files/{NOBODYS}/parts",
        f"final;/api/v1/files/{NOBODYS}?a=b",
        f"final;{NOBODYS}",
        f"final;otherfiles/{NOBODYS}",
        f"final;/api/v1/files/{NOBODYS},/api/v1/files/{NOBODYS}",
    ],
)
async def test_what_cannot_be_meant_opens_nothing(site: Site, tus: TusClient, said: str) -> None:
    length = {} if said.startswith("final") else {"Upload-Length": "1"}
    answer = await tus.create(Upload_Concat=said, **length)
    answer.refused(400, "invalid_request", "Upload-Concat")
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_pieces_that_cannot_be_joined_open_nothing(site: Site, tus: TusClient) -> None:
    begun = TusClient(site.admin)
    await begun.create(b"01", Upload_Concat="partial", Upload_Length="4")
    foreign = TusClient(await site.join(Role.ADMIN, same_studio=False))
    await foreign.create(b"01", Upload_Concat="partial", Upload_Length="2")
    complete = await piece(site, b"01")
    for path in (begun.path, foreign.path, f"{FILES}/{uuid4()}"):
        answer = await tus.create(Upload_Concat=f"final;{complete.path} {path}")
        answer.refused(400, "invalid_request")
        assert path.rpartition("/")[2] in answer.json["detail"]
        assert "Location" not in answer.headers
    assert (await site.admin.get("/jobs")).json["items"] == []
    assert await begun.stands() == 2


async def test_a_whole_brings_no_length_and_no_bytes(site: Site, tus: TusClient) -> None:
    concat = f"final;{(await piece(site, b'01')).path}"
    (await tus.create(Upload_Concat=concat, Upload_Length="2")).refused(400, "invalid_request", "Upload-Length")
    refused = await tus.create(Upload_Concat=concat, Upload_Defer_Length="1")
    refused.refused(400, "invalid_request", "Upload-Defer-Length")
    (await tus.create(b"01", Upload_Concat=concat)).refused(400, "invalid_request", "Upload-Concat")
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_a_whole_over_the_limit_is_refused(open_site: Callable) -> None:
    site = await open_site(tuning=SMALL)
    pieces = [(await piece(site, b"0123")).path for _ in range(2)]
    answer = await TusClient(site.admin).create(Upload_Concat=f"final;{' '.join(pieces)}")
    answer.refused(413, "too_large")
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_a_terminated_piece_is_forgotten_unless_it_is_being_joined(site: Site) -> None:
    one, other = await piece(site, b"01"), await piece(site, b"23")
    assert (await one("DELETE")).status == 204
    assert (await one("HEAD")).status == 404
    joined = await whole(site, other)
    (await other("DELETE")).refused(409, "not_possible_now")
    await site.program.app.upkeep.finish_uploads()
    assert (await other("DELETE")).status == 204
    assert (await content_of(site, joined.path))[1] == b"23"


async def test_a_whole_that_is_not_wanted_any_more_is_not_joined(site: Site) -> None:
    joined = await whole(site, await piece(site, b"01"))
    assert (await joined("DELETE")).status == 204
    assert (await joined("HEAD")).status == 410
    assert (await job_of(site, joined.path))["status"] == "CANCELLED"
