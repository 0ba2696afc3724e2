"""`python -m asset_ingest.entrypoints.cli`: the same without a script on the path."""

from asset_ingest.entrypoints.cli import main

main()
