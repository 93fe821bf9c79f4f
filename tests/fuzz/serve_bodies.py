"""Bodies for calls: examples changed here and there, and JSON that is none."""

import copy
import json

INTEGERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -2**63, 2**64 - 1, 2**64, 10**30, -10**30, 1000, 31_622_400_000]
TEXTS = ["", " ", "a" * 300, "a" * 20_000, "' OR '1'='1", "'; DROP TABLE cache; --", "\" OR 1=1 --", "$1", "$(id)", "`id`",
         "../../../../etc/passwd", "file:///etc/passwd", "/etc/passwd\x00.txt", "\x00", "a\x00b", "\ud800", "\udfff\ud800",
         "\u202e\u2066", "\ufeff", "\uffff", "\U0001f4a9" * 50, "%s%n%x", "{{7*7}}", "${jndi:ldap://x/y}", "<script>alert(1)</script>",
         "\r\nSet-Cookie: a=b", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-02-30T25:61:61Z", "null", "true",
         "* * * * *", "0 0 30 2 *", "*/0 * * * *", "Europe/Berlin", "../UTC", "1e999", "-0", "NaN", "%", "_", "\\", "a.b.c", "a[0]"]
VALUES = [None, True, False, 1.5, 1e308, -0.0, [], {}, [[]], [None] * 40, {"": ""}, {"a": {"b": {"c": None}}}]
# Waiting is not what is looked at here, and takes long.
WAITS = ("wait_ms",)
LONGEST_WAIT = 20
# Characters. More only takes time here: bodies beyond the server's bound are made elsewhere.
LARGE = 5_000
LARGEST = 100_000


def places(value, path=()):
    """The paths of all values within, the whole included."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def strings(value):
    return [path for path in places(value) if path and isinstance(at(value, path), str)]


def at(value, path):
    for key in path:
        value = value[key]
    return value


def changed(value, path, new):
    """A copy with another value at the path."""
    if not path:
        return new
    value = copy.deepcopy(value)
    at(value, path[:-1])[path[-1]] = new
    return value


def any_value(random):
    return random.choice([lambda: random.choice(INTEGERS), lambda: random.choice(TEXTS), lambda: random.choice(VALUES)])()


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def confused(random, example):
    """Well-formed, and wrong in one to three places, or none."""
    body = copy.deepcopy(example)
    for _ in range(random.choice([0, 1, 1, 1, 1, 2, 3])):
        size = len(json.dumps(body))
        if size > LARGE:
            break
        path = random.choice(list(places(body)))
        kind = random.randrange(10)
        parent = at(body, path[:-1]) if path else None
        if kind < 5:
            body = changed(body, path, any_value(random))
        elif kind < 7 and strings(body):
            body = changed(body, random.choice(strings(body)), random.choice(TEXTS))
        elif kind == 7 and isinstance(parent, dict):
            del parent[path[-1]]
        elif kind == 8 and isinstance(parent, dict):
            parent[random.choice(["unknown", "", "tenant", "__proto__", path[-1] + "_base64", "a" * 3000])] = any_value(random)
        elif isinstance(at(body, path), list):
            at(body, path).extend(copy.deepcopy(at(body, path)) * min(random.choice([1, 40, 1000]), LARGEST // size))
        else:
            body = changed(body, path, nested(random.choice([3, 62, 63, 64, 65, 150])))
    for path in list(places(body)):
        value = at(body, path)
        if path and path[-1] in WAITS and isinstance(value, (int, float)) and value > LONGEST_WAIT:
            body = changed(body, path, LONGEST_WAIT)
    return json.dumps(body).encode()


def broken(random, example):
    """Text that is nearly JSON, or JSON of the kinds that readers trip over."""
    text = json.dumps(example).encode()
    middle = random.randrange(len(text))
    first = next(iter(example)) if example else "a"
    number = random.choice([b"1e999999", b"-1e999999", b"1e-999999", b"9" * 5000, b"0." + b"9" * 5000, b"01", b"+1", b".5", b"1.",
                            b"0x10", b"NaN", b"Infinity", b"-", b"1e", b"- 1"])
    name = json.dumps(first).encode()
    return random.choice([
        lambda: b"[" * random.choice([65, 10_000, 60_000]),
        lambda: b'{"a":' * random.choice([65, 10_000]),
        lambda: b"[" * 65 + b"]" * 65,
        lambda: b"{" + name + b": " + number + b"}",
        lambda: b"{" + name + b": 1, " + text[1:],
        lambda: text[:-1] + b", " + name + b': "twice"}',
        lambda: text[:middle] + random.choice([b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\n"]) + text[middle:],
        lambda: text[:middle],
        lambda: text + random.choice([b"x", text, b"\x00", b" \n\t "]),
        lambda: b"\xef\xbb\xbf" + text,
        lambda: text.decode().encode("utf-16"),
        lambda: b"// comment\n" + text,
        lambda: text.replace(b'"', b"'"),
        lambda: b'"' + b"\\ud800" * 100 + b'"',
        lambda: b'{"' + b"\\u0000" * 100 + b'": 1}',
        lambda: random.choice([b"", b" ", b"null", b"true", b"7", b'"x"', b"[]", b"{}", b"{", b"nul", b"\x00"]),
        lambda: bytes(random.choice(text) for _ in range(200)),
        lambda: b"{" + b",".join(b'"k%d": 1' % i for i in range(4000)) + b"}",
    ])()
