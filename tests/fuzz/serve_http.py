"""HTTP that no client sends: whole connections as bytes, each with what may be answered."""

# What a server could be talked into taking for a request of its own.
HIDDEN = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"

METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"PRI", b"get",
           b"G\x00T", b"GET\t", b"\xff\xfe", b"", b"A" * 5000, b"POST POST", b"M-SEARCH", b"$%&"]
TARGETS = [b"/", b"*", b"", b"//", b"/v1/", b"/v1/cache/get/", b"/v1/cache/../../../../etc/passwd", b"/../../etc/passwd",
           b"/%2e%2e/%2e%2e/etc/passwd", b"/..%2f..%2fetc%2fpasswd", b"/%00", b"/v1/cache/get%00", b"/livez#x", b"/livez?",
           b"/metrics?x=" + b"y" * 3000, b"http://169.254.169.254/latest", b"http://127.0.0.1/livez", b"/v1/cache/get?key=a",
           b"/\xff\xfe", b"/" + b"a" * 7000, b"/v1/CACHE/get", b"localhost:22", b"/livez\x0b", b"/v1/{primitive}/{call}",
           b"/%s%s%n", b"/livez /livez", b"\\..\\..\\etc\\passwd", b"/.git/config", b"/detoy.db"]
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.2", b"HTTP/11", b"http/1.1", b"HTTP/1.1 x", b"",
            b"HTTP/1.\x00", b"HTTP/9999999999.1"]
LENGTHS = [b"-1", b"+5", b"5, 5", b"5, 6", b"0x5", b"5 5", b"", b" ", b"99999999999999999999", b"18446744073709551615",
           b"18446744073709551616", b"1e3", b"5;5", b"\x00", b"05", b"5.0"]
CHUNK_SIZES = [b"-1", b"ffffffffffffffff", b"fffffffffffffffff", b"10000000000000000", b"zz", b"", b" 5", b"5 ", b"0x5", b"+5",
               b"5;" + b"x" * 6000, b"5;a=\"\x00\"", b"00000000000000000005", b"5\x00", b"7fffffffffffffff", b"\xff"]
ENCODINGS = [b"chunked", b"Chunked", b"gzip", b"identity", b"chunked, gzip", b"gzip, chunked", b"chunked, chunked", b"xchunked",
             b"\x0bchunked", b"chunked;q=1", b"", b"chunked\x00", b"cow"]


def request(method=b"POST", target=b"/v1/cache/get", version=b"HTTP/1.1", headers=(), body=b"", host=b"Host: x"):
    lines = [b" ".join((method, target, version)), *([host] if host else []), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def smuggled(random):
    """A body whose end two readers may see at different places. Only one request may be seen, or none."""
    hidden = b"0\r\n\r\n" + HIDDEN
    length = b"Content-Length: " + random.choice([b"5", b"0", str(len(hidden)).encode()])
    encoding = random.choice([b"Transfer-Encoding: ", b"Transfer-Encoding : ", b"transfer-encoding:\t", b"Transfer-Encoding\n:",
                              b" Transfer-Encoding: "]) + random.choice(ENCODINGS)
    headers = [length, encoding]
    if random.random() < 0.3:
        headers.append(b"Transfer-Encoding: " + random.choice(ENCODINGS))
    random.shuffle(headers)
    return request(headers=headers, body=hidden), 1


def chunked(random):
    sizes = [random.choice(CHUNK_SIZES) for _ in range(random.randrange(1, 3))]
    ending = random.choice([b"\r\n", b"\n", b"\r", b""])
    body = b"".join(size + ending + b"hello" + random.choice([b"\r\n", b"", b"\n"]) for size in sizes)
    trailer = random.choice([b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n", b"", b"0\n\n"])
    return request(headers=[b"Transfer-Encoding: chunked"], body=body + trailer), 2


def lengths(random):
    headers = [b"Content-Length: " + random.choice(LENGTHS) for _ in range(random.randrange(1, 3))]
    return request(headers=headers, body=b"hello"), 2


def start_line(random):
    return request(random.choice(METHODS), random.choice(TARGETS), random.choice(VERSIONS)), 2


def headers(random):
    choices = [b"X: " + b"y" * 20_000, b"X" * 20_000 + b": y", b"no colon", b": no name", b"X: a\x00b", b"X\x00: a", b"X: a\rb",
               b"X: a\nY: b", b" X: folded", b"X: a\r\n folded", b"Host: y", b"Expect: 100-continue", b"Expect: 200-ok",
               b"Connection: close, keep-alive", b"Connection: upgrade\r\nUpgrade: h2c", b"Connection: \x00", b"Connection: ,,,",
               b"Authorization: Bearer", b"Authorization: Bearer " + b"\xff" * 40, b"Authorization: Basic eDp5",
               b"Content-Type: application/json\x00", b"traceparent: 00-" + b"0" * 51, b"traceparent: \xff", b"X: \xf0\x28\x8c"]
    chosen = [random.choice(choices) for _ in range(random.randrange(1, 4))]
    if random.random() < 0.1:
        chosen += [b"X%d: y" % i for i in range(3000)]
    host = random.choice([b"Host: x", b"", b"Host:", b"Host: a b", b"Host: \xff"])
    return request(b"GET", b"/livez", headers=chosen, host=host), 2


def line_endings(random):
    ending = random.choice([b"\n", b"\r", b"\r\r\n", b"\n\r", b"\x00", b"\r\n "])
    return request(headers=[b"Content-Length: 5"], body=b"hello").replace(b"\r\n", ending), 2


def pipelined(random):
    count = random.randrange(1, 30)
    good = [request(b"GET", random.choice([b"/livez", b"/nowhere", b"/readyz"])) for _ in range(count)]
    if random.random() < 0.5:
        bad = random.choice([smuggled, chunked, lengths, start_line, headers])(random)[0]
        good.insert(random.randrange(count + 1), bad)
    return b"".join(good), count + 3


def mutated(random):
    data = bytearray(request(headers=[b"Content-Type: application/json", b"Content-Length: 12"], body=b'{"key": "a"}') * 2)
    for _ in range(random.randrange(1, 8)):
        at = random.randrange(len(data))
        random.choice([
            lambda: data.__setitem__(at, random.randrange(256)),
            lambda: data.insert(at, random.choice(b"\x00\r\n :,;\xff/")),
            lambda: data.__delitem__(slice(at, at + random.randrange(1, 9))),
            lambda: data.extend(data[at:at + 40]),
        ])()
    return bytes(data), 8


def noise(random):
    return random.choice([
        lambda: random.randbytes(random.randrange(1, 3000)),
        lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
        lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(50),
        lambda: b"\r\n" * random.randrange(1, 9000),
        lambda: b"\x00" * 9000,
        lambda: b"",
    ])(), 2


SHAPES = [smuggled, smuggled, chunked, lengths, start_line, headers, line_endings, pipelined, mutated, noise]
