"""What a package says of itself, in the words of the catalogue."""

from __future__ import annotations

from dataclasses import asdict

from asset_ingest.core.formats.unitypackage import UnityPackage
from asset_ingest.core.pipelines.step import AssetChange, NamedPublisher

ASSET_STORE = "unity_asset_store"
"""The source under which the store's publishers and products are known."""


def described_package(package: UnityPackage) -> AssetChange:
    """Return the header record's claims with provenance `header`, and the counts with provenance `file`."""
    record = package.store_record
    metadata: dict[str, object] = {
        "entry_count": len(package.entries),
        "finding_count": sum(package.finding_counts.values()),
        "inflated_size": package.inflated,
    }
    provenance = dict.fromkeys(metadata, "file")
    if record is None:
        return AssetChange(metadata=metadata, provenance=provenance)
    told = {
        "title": record.title,
        "version": record.version,
        "store_id": record.id,
        "unity_version": record.unity_version,
        "category": record.category,
        "publisher": record.publisher,
        "published_on": record.pubdate,
    }
    claims = {name: value for name, value in told.items() if value}
    publisher = (
        NamedPublisher(ASSET_STORE, record.publisher_id, record.publisher)
        if record.publisher_id and record.publisher
        else None
    )
    return AssetChange(
        name=record.title,
        metadata={**metadata, **claims},
        provenance={**provenance, **dict.fromkeys(claims, "header")},
        publisher=publisher,
    )


def package_facts(package: UnityPackage) -> dict[str, object]:
    """Return what the asset's page shows beside the entries, as JSON can say it."""
    return {
        "store_record": asdict(package.store_record) if package.store_record else None,
        "findings": [asdict(finding) for finding in package.findings],
        "manifest": dict(package.manifest) if package.manifest else None,
    }
