# Evaluates SPF with pyspf over zones that are given. Standard input: a list in JSON; standard output: the results.
import json
import sys

import spf

zone = {}


def look_up(name, qtype, strict=True, timeout=30):
    found = zone.get(f"{name.lower().rstrip('.')} {qtype}", [])
    if found == "fails":
        raise spf.TempError("DNS")
    if qtype == "TXT":
        return [((name, qtype), [text.encode()]) for text in found]
    if qtype == "MX":
        return [((name, qtype), (one["preference"], one["exchange"])) for one in found]
    if qtype == "AAAA":
        import ipaddress

        return [((name, qtype), ipaddress.ip_address(one).packed) for one in found]
    return [((name, qtype), one) for one in found]


spf.DNSLookup = look_up
results = []
for case in json.load(sys.stdin):
    zone = case["zone"]
    result, explanation = spf.check2(i=case["address"], s=case["sender"], h=case["helo"])
    results.append([result, explanation])
json.dump(results, sys.stdout)
