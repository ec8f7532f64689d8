#!/usr/bin/env python3
"""gguf-meta.py IN OUT [key=type:value ...]   copy a GGUF with metadata set or added (types: str, u32). Standard library only.
e.g. gguf-meta.py a.gguf b.gguf general.name=str:B tokenizer.ggml.fim_pre_token_id=u32:8"""

import struct
import sys


def main():
    src, dst, sets = sys.argv[1], sys.argv[2], {}
    for a in sys.argv[3:]:
        k, v = a.split("=", 1)
        t, v = v.split(":", 1)
        kb = k.encode()
        val = struct.pack("<IQ", 8, len(v.encode())) + v.encode() if t == "str" else struct.pack("<II", 4, int(v))
        sets[k] = struct.pack("<Q", len(kb)) + kb + val
    b = open(src, "rb").read()
    p = 0

    def rd(f):
        nonlocal p
        r = struct.unpack_from("<" + f, b, p)
        p += struct.calcsize("<" + f)
        return r[0]

    def st():
        nonlocal p
        n = rd("Q")
        p += n
        return b[p - n : p]

    SZ = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

    def skip(t):
        nonlocal p
        if t == 8:
            st()
        elif t == 9:
            et, n = rd("I"), rd("Q")
            if et in SZ:
                p += SZ[et] * n
            else:
                for _ in range(n):
                    skip(et)
        else:
            p += SZ[t]

    assert b[:4] == b"GGUF" and struct.unpack_from("<I", b, 4)[0] in (2, 3), "not a GGUF v2/v3"
    p = 8
    nt, nk = rd("Q"), rd("Q")
    kv, align = [], 32
    for _ in range(nk):
        s = p
        k = st().decode()
        t = rd("I")
        v0 = p
        skip(t)
        if k == "general.alignment":
            align = struct.unpack_from("<I", b, v0)[0]
        if k not in sets:
            kv.append(b[s:p])
    kv += sets.values()
    t0 = p
    for _ in range(nt):
        st()
        nd = rd("I")
        p += 8 * nd + 4 + 8
    infos = b[t0:p]
    data = b[-(-p // align) * align :]
    head = b[:8] + struct.pack("<QQ", nt, len(kv)) + b"".join(kv) + infos
    with open(dst, "wb") as f:
        f.write(head)
        f.write(b"\0" * (-len(head) % align))
        f.write(data)


main()
