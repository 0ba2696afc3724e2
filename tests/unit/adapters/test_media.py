import pytest

from asset_ingest.adapters.media.memory import MemoryImages
from asset_ingest.adapters.media.pillow_images import PillowImages
from asset_ingest.testing.media import ImagesContract


class TestMemoryImages(ImagesContract):
    @pytest.fixture
    def images(self) -> MemoryImages:
        return MemoryImages()


class TestPillowImages(ImagesContract):
    @pytest.fixture
    def images(self) -> PillowImages:
        return PillowImages()
