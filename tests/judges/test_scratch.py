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
                    print("=====", seed, case.caller.agency, case.caller.roles, case.caller.unit, case.caller.cases, case.purpose, case.query)
                    for f in found: print(f[:1800])
    print(n, bad, time.time() - start, kinds)
