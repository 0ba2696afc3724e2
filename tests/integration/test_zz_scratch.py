import asyncio, anyio, pytest
from tests.integration.test_worker_processes import *
@pytest.mark.timeout(100)
async def test_x(server, over_redis, redis_server, tmp_path):
    async with working(server.data, 1, **over_redis) as w, server.client() as client:
        await all_complete(client, [await upload(client, 1)])
        (tmp_path/"server.log").write_text("")
        redis_server.kill(); await anyio.sleep(6); redis_server.start(); await anyio.sleep(3)
        redis_server.freeze(); await anyio.sleep(12); redis_server.thaw(); await anyio.sleep(3)
        print((tmp_path/"server.log").read_text()[:12000])
        print("=====uploads")
        (tmp_path/"server.log").write_text("")
        redis_server.kill(); i = await upload(client, 2); await anyio.sleep(3); redis_server.start()
        t=anyio.current_time()
        await all_complete(client,[i]); print("took", anyio.current_time()-t)
        t=anyio.current_time(); await w.stop(); print("stop took", anyio.current_time()-t)
        import re
        for line in (tmp_path/"server.log").read_text().splitlines():
            import json
            d=json.loads(line); print(d["at"][14:23], d["event"], d.get("error",{}).get("code"), {k:v for k,v in d.items() if k not in("at","event","error","correlation_id")})
