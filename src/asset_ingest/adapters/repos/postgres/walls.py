"""Whether the wall between studios stands: what we work as must not be able to look over it."""

from __future__ import annotations

from typing import Final

from asset_ingest.adapters.repos.postgres.sql import Sql
from asset_ingest.core.errors import Misconfigured

# A superuser, a role with BYPASSRLS and the owner of a table see all of its rows, whatever its policies say.
OVER_THE_WALL: Final = """
SELECT rolname FROM pg_roles WHERE rolname IN ('ingest_app', 'ingest_system')
    AND (rolsuper OR rolbypassrls
        OR oid IN (SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace))"""
WITHOUT_WALL: Final = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'studio_id' AND NOT attisdropped)"""


async def refuse_open_walls(sql: Sql) -> None:
    """Raise Misconfigured if a role of ours could see other studios' rows, or a table has no wall."""
    roles = [record["rolname"] for record in await sql.records(OVER_THE_WALL)]
    tables = [record["relname"] for record in await sql.records(WITHOUT_WALL)]
    if roles:
        raise Misconfigured(
            f"the database role {' and '.join(roles)} can see the rows of every studio:"
            " it may be neither superuser nor owner of the tables, and must not have BYPASSRLS"
        )
    if tables:
        raise Misconfigured(f"the tables {', '.join(tables)} have no row-level security: run the migrations again")
