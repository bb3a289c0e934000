"""Door, engine and database together: seven hops under one trace, and no word of the request."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx2

from service.telemetry import HOPS
from tests.door.test_serving import serving, token, url_of

CANARY = "CANARY8d21"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_request_to_serve_passes_seven_hops_and_leaves_no_word(
    tmp_path: Path, service_dsn: str
) -> None:
    folder = tmp_path / "s"
    question = {
        "query": "query " + CANARY + "($n: String!) { victims(filter: { familyName: { eq: $n } })"
        " { totalCount } agreements { totalCount } returnCases { totalCount } }",
        "variables": {"n": CANARY},
    }
    with serving(
        folder, SAPHAN_DATABASE_URL=url_of(service_dsn), SAPHAN_TRACES="console"
    ) as server:
        url = server.announced()
        assert server.becomes(200)
        headers = {
            "authorization": f"Bearer {token(folder)}",
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
        }
        answer = httpx2.post(f"{url}/graphql", json=question, headers=headers, timeout=20)
        assert answer.status_code == 200
        assert server.stop() == 0
        # the threads that read the server's streams end with it, a moment later
        time.sleep(0.5)
        said = "".join(server.errors)
    assert CANARY not in said
    assert "familyName" not in said
    assert said.count(f'"trace_id": "0x{TRACE}"') >= len(HOPS)
    for hop in HOPS:
        assert json.dumps(hop) in said, hop
