import os, time, traceback
from random import Random
from tests.judges.trial import trials, smaller
def test_scratch(court):
    start = time.time(); n = bad = 0
    import collections
    kinds = collections.Counter()
    lo, hi = map(int, os.environ.get("SEEDS", "0:10").split(":"))
    for seed in range(lo, hi):
        for case in trials(court.shipped, Random(seed), 3, 4):
            n += 1
            try:
                found = court.differences(case)
            except Exception:
                found = [traceback.format_exc()[-1500:]]
            if found:
                bad += 1
                kinds[",".join(f.split(":")[0][:30] for f in found)] += 1
                if bad <= int(os.environ.get("SHOW", "3")):
                    try:
                        case = smaller(court, case); found = court.differences(case)
                    except Exception: pass
                    from dataclasses import fields
                    for kind in case.world.__slots__:
                        for row in getattr(case.world, kind):
                            print("   ", type(row).__name__, {f.name: str(getattr(row, f.name)) for f in fields(row) if getattr(row, f.name) not in (None, ())})
                    from tests.judges.rules import Judge
                    import datetime as dt
                    j = Judge(case.world, case.policy, case.caller, case.purpose, dt.datetime.now(dt.UTC))
                    for e in ("Victim", "ReturnCase"):
                        for g in j.live(e): print("     G", e, g.clause, g.grantee.side, sorted(map(str, g.classes)), " ".join(map(str, g.when)))
                    print("=====", seed, case.caller.agency, case.caller.roles, case.caller.unit, case.caller.cases, case.purpose, case.query)
                    for f in found: print(f[:1800])
    print(n, bad, time.time() - start, kinds)
