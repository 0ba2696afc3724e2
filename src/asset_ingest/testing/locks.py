"""What every Locks promises. Subclasses bring the fixture `locks`."""

from __future__ import annotations

import anyio
import pytest

from asset_ingest.core.ports.locks import Locks


class LocksContract:
    async def test_a_free_name_is_held_at_once(self, locks: Locks) -> None:
        async with locks.hold("a"), locks.hold("b"):
            pass

    async def test_a_name_is_held_by_one_at_a_time(self, locks: Locks) -> None:
        inside: list[str] = []
        most = 0

        async def work(who: str) -> None:
            nonlocal most
            async with locks.hold("a"):
                inside.append(who)
                most = max(most, len(inside))
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                inside.remove(who)

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(work, str(number))
        assert most == 1

    async def test_an_error_inside_lets_go(self, locks: Locks) -> None:
        with pytest.raises(LookupError):
            async with locks.hold("a"):
                raise LookupError
        async with locks.hold("a"):
            pass

    async def test_a_cancelled_holder_lets_go(self, locks: Locks) -> None:
        holding = anyio.Event()

        async def hold() -> None:
            async with locks.hold("a"):
                holding.set()
                await anyio.sleep_forever()

        async with anyio.create_task_group() as group:
            group.start_soon(hold)
            await holding.wait()
            group.cancel_scope.cancel()
        async with locks.hold("a"):
            pass

    async def test_one_who_gives_up_waiting_holds_nothing(self, locks: Locks) -> None:
        async with locks.hold("a"):
            with anyio.move_on_after(0.05) as waiting:
                async with locks.hold("a"):
                    pass
            assert waiting.cancelled_caught
        async with locks.hold("a"):
            pass

    @pytest.mark.parametrize("name", ["", "ä/ö", "x" * 5_000, "'; --", "a\nb"])
    async def test_any_text_is_a_name(self, locks: Locks, name: str) -> None:
        async with locks.hold(name):
            pass
