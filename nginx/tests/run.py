#!/usr/bin/env python3
"""Tests the module in a real nginx. Needs the module (nginx/build) and the lines of `inspect --json`.

    run.py EXPECTED            every test
    run.py EXPECTED --memcheck all but the reload and the configurations, with nginx under valgrind
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import server
from server import Client, Nginx, Upstream, chunked, free_port, head

ROOT = os.path.join(server.HERE, "..", "..")
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
TYPE_11, TYPE_12 = "text/xml; charset=utf-8", "application/soap+xml; charset=utf-8"
SECRET = "SECRET-CALL-ID"
checks = 0


def check(condition, *said):
    global checks
    checks += 1
    if not condition:
        raise AssertionError(" ".join(str(s) for s in said))


def envelope(body, soap=SOAP_11, header=""):
    return f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def request(call_id=SECRET, soap=SOAP_11, header=""):
    return envelope(f'<GetCallInfo xmlns="{MESSAGES}"><CallId>{call_id}</CallId></GetCallInfo>', soap, header)


def large(size, call_id=SECRET):
    """Returns a good message with a header block of that size."""
    return request(call_id, header=f'<s:Header><a xmlns="urn:a">{"x" * size}</a></s:Header>')


# Every location shows the module's variables in headers of the response.
TELL = """
    add_header X-Operation $umsoap_operation always;
    add_header X-Call-Id $umsoap_call_id always;
    add_header X-Version $umsoap_soap_version always;
    add_header X-Error $umsoap_error always;
    add_header X-Offset $umsoap_error_offset always;
"""
ANY = "umsoap on; umsoap_operations any;"


def conf(port, upstream, more=""):
    to = f"proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1;"
    return f"""
        client_max_body_size 4m;
        {TELL}
        server {{
            listen 127.0.0.1:{port};
            location /any {{ {ANY} {to} }}
            location /parse {{ {ANY} umsoap_shapes off; {to} }}
            location /file {{ {ANY} client_body_in_file_only clean; {to} }}
            location /small {{ {ANY} client_body_buffer_size 64; {to} }}
            location /stream {{ {ANY} proxy_request_buffering off; {to} }}
            location /stream10 {{ {ANY} proxy_request_buffering off; proxy_pass http://127.0.0.1:{upstream}; }}
            location /default {{ umsoap on; {to} }}
            location /listed {{ umsoap on; umsoap_operations GetCallInfo Disconnect; {to} }}
            location /stream-default {{ umsoap on; proxy_request_buffering off; {to} }}
            location /off {{ {to} }}
            location /actor {{ umsoap on; umsoap_actor urn:example:gw; umsoap_understood urn:t Id; {to} }}
            location /between {{ umsoap on; umsoap_role intermediary; {to} }}
            location /short {{ umsoap on; umsoap_max_body 1k; {to} }}
            location /many {{ umsoap on; umsoap_max_body 4m; {to} }}
            {more}
        }}
    """


fresh_number = 0


def fresh(path):
    """Returns the path as a target of its own, which tells the requests of an upstream apart."""
    global fresh_number
    fresh_number += 1
    return f"{path}?{fresh_number}"


class Golden:
    def __init__(self, line):
        self.said = json.loads(line)
        with open(os.path.join(ROOT, self.said["file"]), "rb") as file:
            self.body = file.read()

    def refused(self):
        return self.said["outcome"] == "error"

    def operation(self):
        """Returns the local name of the body entry."""
        return self.said.get("operation", "Fault").rpartition("}")[2]

    def call_id(self):
        return self.said.get("fields", {}).get("CallId")


def verdict(golden, answer, seen, hint="1.1", way=""):
    """Compares an answer with the line of `inspect` for the message."""
    status, headers, body = answer
    where = (way, golden.said, status, headers, body)
    if golden.refused():
        check(headers["x-error"] == golden.said["kind"], where)
        check(headers["x-offset"] == str(golden.said["offset"]), where)
        check(headers.get("x-version") == golden.said.get("soap"), where)
        check("x-call-id" not in headers and "x-operation" not in headers, where)
        version = "1.1" if golden.said["kind"] == "VersionMismatch" else golden.said.get("soap", hint)
        check(headers["content-type"] == (TYPE_11 if version == "1.1" else TYPE_12), where)
        check((SOAP_11 if version == "1.1" else SOAP_12).encode() in body and b":Fault>" in body, where)
        check(status == (400 if version == "1.2" and b"Sender" in body else 500), where)
        check(not any(s.whole for s in seen), where, "an upstream saw it whole")
    else:
        check(status == 200 and body == b"up", where)
        check("x-error" not in headers and "x-offset" not in headers, where)
        check(headers["x-version"] == golden.said["soap"], where)
        check(headers["x-operation"] == golden.operation(), where)
        call_id = golden.call_id()
        check((call_id is None) == ("x-call-id" not in headers), where)
        if call_id is not None:
            # No character of a value may end a header.
            shown = re.sub(r"[\x00-\x1f\x7f\\]", lambda c: f"\\x{ord(c[0]):02X}", call_id)
            check(headers["x-call-id"] == shown.encode().decode("latin-1").strip(), where, repr(shown))
        check(len(seen) == 1 and seen[0].whole and seen[0].body == golden.body, where)


def test_golden(goldens, port, up, memcheck=False):
    """Sends every golden document in every way in which a body can come."""
    for golden in goldens:
        body = golden.body
        whole = lambda path: [head(path, len(body)) + body]
        ways = [
            ("/any", whole), ("/parse", whole), ("/stream", whole),
            ("/file", lambda path: [head(path, len(body)), body]),
            ("/small", lambda path: [head(path, len(body)), body]),
            ("/any", lambda path: [head(path), chunked(body, 7)]),
            ("/stream", lambda path: [head(path), chunked(body, 100)]),
            ("/stream10", lambda path: [head(path), chunked(body, 100)]),
        ]
        for cut in range(1, len(body), max(1, len(body) // (2 if memcheck else 5))):
            for path in ("/any", "/stream"):
                ways.append((path, lambda path, cut=cut: [head(path, len(body)), body[:cut], body[cut:]]))
        for path, pieces in ways:
            target = fresh(path)
            with Client(port) as client:
                try:
                    client.send(*pieces(target), pause=0.0005)
                except OSError:
                    pass  # The message was refused before the last piece.
                answer = client.response()
            # An upstream may still be reading a request that nginx has broken off.
            verdict(golden, answer, up.of(target, 0 if golden.refused() else 1), way=path)
    # The Content-Type names the version where the message does not tell it.
    for golden in goldens[:: 10 if memcheck else 1]:
        if golden.refused():
            with Client(port) as client:
                client.send(head("/any", len(golden.body), TYPE_12) + golden.body)
                verdict(golden, client.response(), [], hint="1.2")


def test_one_byte_at_a_time(port, up):
    for body, ok in [(request(), True), (request("a<b"), False), (request("&#97;&amp;", SOAP_12), True)]:
        for path in ("/any", "/stream", "/file"):
            for in_chunks in (False, True):
                target = fresh(path)
                framed = [head(target, None if in_chunks else len(body))]
                framed += [b"1\r\n%c\r\n" % byte if in_chunks else b"%c" % byte for byte in body]
                framed += [b"0\r\n\r\n"] if in_chunks else []
                with Client(port) as client:
                    try:
                        client.send(*framed)
                    except OSError:
                        check(not ok)
                    status, headers, _ = client.response()
                check((status == 200) == ok, path, status, headers)
                if ok:
                    seen = up.of(target)
                    check(len(seen) == 1 and seen[0].body == body and seen[0].whole)
                    check(headers["x-call-id"] == (SECRET if b"SECRET" in body else "a&"), headers)


def ask(port, path, body, media_type=TYPE_11, method="POST", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=server.PATIENCE)
    fields = dict(headers or {})
    if media_type is not None:
        fields["Content-Type"] = media_type
    connection.request(method, path, body, fields)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, data


def test_policy(port, up):
    """Tests which requests pass by default, and for which heads a request is refused."""
    response = envelope(f'<GetCallInfoResponse xmlns="{MESSAGES}"><CallState>Idle</CallState><EventCause>None</EventCause>'
                        '</GetCallInfoResponse>')
    fault = envelope("<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault>")
    other = envelope('<FindItem xmlns="urn:x"/>')
    foreign = envelope('<GetCallInfo xmlns="urn:x"><CallId>x</CallId></GetCallInfo>')
    for path in ("/default", "/stream-default"):
        target = fresh(path)
        status, headers, _ = ask(port, target, request())
        check(status == 200 and headers["x-operation"] == "GetCallInfo" and len(up.of(target)) == 1)
        for body, rule, operation in [(response, "Reply", "GetCallInfoResponse"), (fault, "Fault", "Fault"),
                                      (other, "Operation", "FindItem"), (foreign, "Operation", "GetCallInfo")]:
            target = fresh(path)
            status, headers, text = ask(port, target, body)
            check(status == 500 and headers["x-error"] == rule and headers["x-operation"] == operation, status, headers)
            check(b"Fault" in text and "x-offset" not in headers)
            check(not any(seen.whole for seen in up.of(target, 0)))
        status, headers, text = ask(port, path, request(soap=SOAP_12).replace(b"GetCallInfo", b"Find"), TYPE_12)
        check(status == 400 and headers["content-type"] == TYPE_12 and SOAP_12.encode() in text)

    # Two operations are named. A third operation is refused, though the library reads it.
    for operation, status in (("GetCallInfo", 200), ("Disconnect", 200), ("PlayOnPhone", 500)):
        child = "<CallId>a&amp;b</CallId>" if status == 200 else "<entryId>A</entryId><DialString>1</DialString>"
        body = envelope(f'<{operation} xmlns="{MESSAGES}">{child}</{operation}>')
        got, headers, _ = ask(port, "/listed", body)
        check(got == status and headers["x-operation"] == operation, got, headers)
        check(headers.get("x-call-id") == ("a&b" if status == 200 else None), headers)
        check(headers.get("x-error") == (None if status == 200 else "Operation"), headers)
    for media_type, rule in [("text/plain", "ContentType"), (None, "ContentType"), ("", "ContentType"),
                             ("application/xml", "ContentType"), ("text/xml2", "ContentType"),
                             ("text/xml; charset=iso-8859-1", "ContentType"), ("text/xml; charset=utf-16", "ContentType"),
                             ("text/xml; charset=utf-8; charset=utf-8", "ContentType"),
                             ('text/xml; charset="utf-8', "ContentType"), ('text/xml; charset="utf-8" x', "ContentType"),
                             ("text/xml; charset", "ContentType"), ('text/xml; charset="ut\\f-8"', "ContentType"),
                             ("application/soap+xml; action=a; action=b", "ContentType"),
                             ('multipart/related; type="text/xml"', "ContentType"), ("application/json", "ContentType")]:
        status, headers, text = ask(port, "/any", request(), media_type)
        check(status == 415 and headers["x-error"] == rule and b"Fault" in text, media_type, status, headers)
        version = TYPE_12 if (media_type or "").startswith("application/soap") else TYPE_11
        check(headers["content-type"] == version, headers)
    for media_type in ["text/xml", "text/xml;charset=utf-8", "text/xml; charset=UTF-8", 'TEXT/XML ; Charset = "Utf-8" ;',
                       'application/soap+xml; charset=utf-8; action="urn:a;b"',
                       "application/soap+xml;action=http://x/y;charset=utf-8", 'application/soap+xml; action=""',
                       'text/xml; type="x"']:
        check(ask(port, "/any", request(), media_type)[0] == 200, media_type)
    status, headers, _ = ask(port, "/any", request(), headers={"Content-Encoding": "gzip"})
    check(status == 415 and headers["x-error"] == "ContentEncoding")
    check(ask(port, "/any", request(), headers={"Content-Encoding": "identity"})[0] == 200)
    body = request()
    with Client(port) as client:
        client.send(head("/any", len(body), more=b"Content-Type: text/xml\r\n") + body)
        status, headers, _ = client.response()
        check(status == 400 and headers["x-error"] == "RepeatedContentType")

    for method in ("GET", "HEAD", "OPTIONS"):
        check(ask(port, "/any?wsdl", None, None, method)[0] == 200, method)
        check(len(up.of("/any?wsdl")) == 1)
    time.sleep(0.1)
    up.take()
    for method in ("PUT", "DELETE", "PATCH"):
        status, headers, text = ask(port, "/any", request(), TYPE_11, method)
        check(status == 405 and headers["x-error"] == "Method" and "POST" in headers["allow"] and b"Fault" in text)
    for path in ("/any", "/stream"):
        status, headers, _ = ask(port, path, b"")
        check(status == 500 and headers["x-error"] == "UnexpectedEnd" and headers["x-offset"] == "0", status, headers)
    check(not up.take())
    check(ask(port, "/off", b"<not xml", "text/plain")[0] == 200 and len(up.of("/off")) == 1)


def test_roles(port, up):
    block = '<s:Header><t:Id xmlns:t="urn:{}" s:mustUnderstand="1" {}/></s:Header>'
    plain, understood = block.format("u", ""), block.format("t", "")
    mine = block.format("u", 's:actor="urn:example:gw"')
    for path, header, passes in [("/default", plain, False), ("/default", understood, False), ("/default", mine, True),
                                 ("/actor", plain, False), ("/actor", understood, True), ("/actor", mine, False),
                                 ("/between", plain, True)]:
        status, headers, text = ask(port, path, request(header=header))
        check((status == 200) == passes, path, header, status, headers)
        if not passes:
            check(headers["x-error"] == "MustUnderstand" and b"MustUnderstand" in text)
            check((b"urn:example:gw" in text) == (path == "/actor"))
    status, headers, text = ask(port, "/actor", request(soap=SOAP_12, header=block.format("u", "")), TYPE_12)
    check(status == 500 and b"NotUnderstood" in text and b'"urn:u"' in text, status, text)


def test_limits(port, up):
    fits = request(header=f'<s:Header><a xmlns="urn:a">{"x" * (1024 - len(large(0)))}</a></s:Header>')
    check(len(fits) == 1024 and ask(port, "/short", fits)[0] == 200)
    for body in (large(1024 - len(large(0)) + 1), large(100000)):
        status, headers, text = ask(port, "/short", body)
        check(status == 500 and headers["x-error"] == "MessageTooLong" and headers["x-offset"] == "1024", headers)
        check(b"Fault" in text)
    # Longer messages than the library's default pass only where the configuration says so.
    body = large(2_000_000)
    status, headers, _ = ask(port, "/default", body)
    check(headers["x-error"] == "MessageTooLong" and headers["x-offset"] == "1048576")
    check(ask(port, "/many", body)[0] == 200 and up.of("/many")[0].body == body)
    check(ask(port, "/many", large(5_000_000))[0] == 413)  # by client_max_body_size, a limit of nginx itself


def test_large(port, up):
    """Tests bodies that nginx keeps in temporary files."""
    for size in (20_000, 300_000, 900_000):
        for path in ("/any", "/small", "/file", "/stream"):
            body, target = large(size), fresh(path)
            status, headers, _ = ask(port, target, body)
            check(status == 200 and headers["x-call-id"] == SECRET, path, size, status)
            seen = up.of(target)
            check(len(seen) == 1 and seen[0].body == body and seen[0].whole)
            bad = body[:-10] + b"<" + body[-10:]
            target = fresh(path)
            with Client(port) as client:
                client.send(head(target, len(bad)) + bad)
                status, headers, _ = client.response()
            check(status == 500 and headers["x-offset"], path, size, status)
            check(not any(seen.whole for seen in up.of(target, 0)))


def test_connections(port, up):
    """Tests pipelined and kept connections. A refusal does not end the connection."""
    good, bad = request(), request("<")
    with Client(port) as client:
        client.send(b"".join(head("/any", len(body)) + body for body in (good, bad, good, bad, good)))
        check([client.response()[0] for _ in range(5)] == [200, 500, 200, 500, 200])
        for round in range(20):
            body = bad if round % 3 == 0 else good
            client.send(head("/any") + chunked(body, 50))
            check((client.response()[0] == 200) == (body is good))
        client.send(head("/any", len(good), "text/plain") + good + head("/any", len(good)) + good)
        check([client.response()[0] for _ in range(2)] == [415, 200])
    # Unbuffered, the fault comes, and nginx closes the connection.
    with Client(port) as client:
        client.send(head("/stream", len(bad)) + bad)
        status, headers, _ = client.response()
        check(status == 500 and headers["connection"] == "close")
        check(client.response()[0] == 0)


def test_expect(port, up):
    body = request()
    for path in ("/any", "/stream"):
        with Client(port) as client:
            client.send(head(path, len(body), more=b"Expect: 100-continue\r\n"))
            check(client.response()[0] == 100)
            client.send(body)
            check(client.response()[0] == 200)


def test_unbuffered(port, up, nginx):
    """A bad message ends the exchange with the upstream. The client gets the fault if no answer has begun."""
    good, bad = large(50_000), large(50_000)[:-9] + b"<" + b"x" * 8
    for framing in (len(bad), None):
        target = fresh("/stream")
        with Client(port) as client:
            frame = (lambda piece: piece) if framing else (lambda piece: b"%x\r\n%s\r\n" % (len(piece), piece))
            client.send(head(target, framing), frame(bad[:20_000]), pause=0.05)
            time.sleep(0.1)
            try:
                client.send(frame(bad[20_000:]))
            except OSError:
                pass
            status, headers, text = client.response()
        check(status == 500 and headers["content-type"] == TYPE_11 and b"Fault" in text, status, headers, text)
        check(headers["x-error"] and headers["x-offset"] and int(headers["content-length"]) == len(text))
        seen = up.of(target)
        check(len(seen) == 1 and not seen[0].whole and bad.startswith(seen[0].body) and len(seen[0].body) > 0)
    target = fresh("/stream")
    with Client(port) as client:
        client.send(head(target, len(good)), good[:30_000], good[30_000:], pause=0.05)
        check(client.response()[0] == 200)
    seen = up.of(target)
    check(seen[0].whole and seen[0].body == good)
    # In 1.2, the status is the fault's.
    with Client(port) as client:
        bad = request("<", SOAP_12)
        client.send(head("/stream", len(bad), TYPE_12) + bad)
        status, headers, text = client.response()
        check(status == 400 and headers["content-type"] == TYPE_12 and SOAP_12.encode() in text, status, headers)
    # After an answer has begun, the connection is closed.
    with Client(port) as client:
        client.send(head("/early", len(good)), good[:30_000], pause=0.05)
        line = client.file.readline()
        check(b" 200 " in line, line)
        client.send(b"<" * (len(good) - 30_000))
        rest = client.file.read()
        check(rest.endswith(b"begun") and b"Fault" not in rest, rest[-100:])


def test_redirects(port, up, nginx):
    """Tests internal redirects and subrequests."""
    for size in (0, 100_000):
        good = large(size)
        bad = good[:-9] + b"<" + good[-9:]
        # The redirect leads from a location whose upstream is down to another location. The variables stay.
        up.take()
        status, headers, _ = ask(port, "/down", good)
        check(status == 200 and headers["x-call-id"] == SECRET and headers["x-operation"] == "GetCallInfo", status, headers)
        check(up.wait()[0].body == good)
        # The redirect leads from a location without the module, which has read the body, to a location with it.
        status, headers, _ = ask(port, "/late", good)
        check(status == 200 and headers["x-call-id"] == SECRET, size, status, headers)
        check(up.wait()[0].body == good)
        status, headers, text = ask(port, "/late", bad)
        check(status == 500 and b"Fault" in text and headers["x-offset"], size, status, headers)
        # The redirect comes from a location with other rules.
        status, headers, text = ask(port, "/strict-later", envelope("<x/>"))
        check(status == 500 and headers["x-error"] == "Operation", status, headers)
        check(not up.take())
        # A mirror sees checked messages only.
        status, _, _ = ask(port, "/mirrored", good)
        check(status == 200)
        seen = up.wait(2)
        check(sorted(s.path for s in seen) == ["/mirror", "/mirrored"] and all(s.body == good for s in seen),
              [(s.path, len(s.body)) for s in seen])
        check(ask(port, "/mirrored", bad)[0] == 500)
        time.sleep(0.05)
        check(not up.take())
        # A subrequest for authorisation passes unchecked. The message itself is checked.
        check(ask(port, "/authorised", good)[0] == 200 and len(up.wait(2)) == 2)
        check(ask(port, "/authorised", bad)[0] == 500)
        check([s.path for s in up.take()] == ["/authorise"])
        # An error page of the operator does not replace the fault.
        for path in ("/pages", "/stream-pages"):
            status, headers, text = ask(port, path, request("<"))
            check(status == 500 and b"Fault" in text and b"operator" not in text, path, status, text)


def test_routing(port, ups):
    """Checks that one call goes to one server, however its CallId is written."""
    forms = ["a&amp;b", "a&#38;b", "a&#x26;b", "<![CDATA[a&b]]>", "a<!-- -->&amp;b"]
    for number in range(16):
        for up in ups:
            up.take()
        servers = set()
        for soap, media_type in ((SOAP_11, TYPE_11), (SOAP_12, TYPE_12)):
            for form in forms:
                status, _, body = ask(port, "/routed", request(f"{form}{number}", soap), media_type)
                check(status == 200)
                servers.add(body)
        check(len(servers) == 1, number, servers)
    used = {ask(port, "/routed", request(f"call-{number}"))[2] for number in range(64)}
    check(len(used) == len(ups), used)


def test_http2(port, up):
    """Tests HTTP/2 without TLS, by curl."""
    for path in ("/any", "/stream", "/file"):
        for body, status in ((request(), "200"), (request("<"), "500"), (large(200_000), "200"), (b"", "500")):
            target = fresh(path)
            done = subprocess.run(
                ["curl", "-s", "--http2-prior-knowledge", "-o", "-", "-w", "\n%{http_code} %{http_version}", "-H",
                 "Content-Type: text/xml", "--data-binary", "@-", f"http://127.0.0.1:{port}{target}"],
                input=body, capture_output=True, timeout=server.PATIENCE)
            text, _, said = done.stdout.rpartition(b"\n")
            check(said.decode() == f"{status} 2", path, len(body), done.stdout, done.stderr)
            if status == "200":
                check(up.of(target)[0].body == body)
            else:
                check(b"Fault" in text, text)
                check(not any(seen.whole for seen in up.of(target, 0)))


class Load:
    """Threads that send messages all the time, and count wrong answers."""

    def __init__(self, port, path="/any"):
        self.port, self.path, self.stop, self.sent, self.wrong = port, path, False, 0, []
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def work(self):
        good, bad = request(), request("<")
        while not self.stop:
            try:
                for body, status in ((good, 200), (bad, 500), (good, 200)):
                    # Each message has a connection. A worker that ends may close a kept connection, as HTTP allows.
                    got = ask(self.port, self.path, body)[0]
                    self.sent += 1
                    if got != status:
                        self.wrong.append(got)
            except OSError as error:
                self.wrong.append(error)

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join(server.PATIENCE)
        return self.sent, self.wrong


def test_reload_and_upgrade(port, up, nginx):
    """Tests a reload, and a new binary that replaces the old one, under load, with two workers."""
    load = Load(port)
    time.sleep(0.5)
    for _ in range(3):
        os.kill(nginx.pid(), signal.SIGHUP)
        time.sleep(0.5)
    old = nginx.pid()
    os.kill(old, signal.SIGUSR2)
    end = time.monotonic() + server.PATIENCE
    while not (os.path.exists(f"{nginx.folder}/pid.oldbin") and os.path.exists(f"{nginx.folder}/pid")):
        check(time.monotonic() < end, "no new binary: " + nginx.error_log()[-2000:])
        time.sleep(0.02)
    time.sleep(0.5)
    os.kill(old, signal.SIGQUIT)
    check(server.wait_for_end(old), "the old process does not end")
    time.sleep(0.5)
    sent, wrong = load.end()
    check(nginx.pid() != old and sent > 50 and not wrong, sent, wrong[:5])
    check(ask(port, "/any", request())[0] == 200)
    log = nginx.error_log()
    check("exited on signal" not in log and "[alert]" not in log and "[emerg]" not in log, log[-2000:])
    return sent


def test_configuration():
    """Checks that nginx refuses wrong values at its start, with a sentence."""
    for line, said in [("umsoap maybe;", "must be"), ("umsoap_operations FindItem;", "is no operation"),
                       ("umsoap_operations GetCallInfo any;", "is no operation"), ("umsoap_operations;", "number of arguments"),
                       ("umsoap_operations GetCallInfoResponse;", "is no operation"),
                       ("umsoap_operations any; umsoap_operations any;", "is duplicate"),
                       ("umsoap_role third;", "invalid value"), ("umsoap_understood urn:t;", "number of arguments"),
                       ('umsoap_understood "" Id;', "wants a namespace name"), ("umsoap on; umsoap_max_body 5g;", "umsoap_max_body"),
                       ("umsoap on; umsoap_max_body 0;", "umsoap_max_body"), ("umsoap on; umsoap_actor \xff;", "UTF-8")]:
        nginx = Nginx(f"server {{ listen 127.0.0.1:{free_port()}; {line} }}".encode("latin-1").decode("latin-1"))
        if "\xff" in line:
            with open(f"{nginx.folder}/nginx.conf", encoding="utf-8") as conf:
                text = conf.read()
            with open(f"{nginx.folder}/nginx.conf", "wb") as conf:
                conf.write(text.encode("latin-1"))
        code, text = nginx.check()
        check(code != 0 and said in text, line, code, text)
        nginx.remove()
    nginx = Nginx(f"umsoap on; server {{ listen 127.0.0.1:{free_port()}; umsoap off; location / {{ umsoap_role ultimate; }} "
                  "location /x { umsoap on; umsoap_operations GetCallInfo; umsoap_understood urn:t Id; } }")
    code, text = nginx.check()
    check(code == 0, text)
    nginx.remove()


def more(port2, port, up, early, ups):
    """Returns the locations and servers of single tests."""
    to = f"proxy_http_version 1.1; proxy_pass http://127.0.0.1:{up}"
    dead = free_port()
    return f"""
            location /early {{ {ANY} proxy_request_buffering off; proxy_buffering off; postpone_output 0; proxy_http_version 1.1; proxy_pass http://127.0.0.1:{early}; }}
            location /down {{ {ANY} proxy_pass http://127.0.0.1:{dead}; error_page 502 = @behind; }}
            location @behind {{ {ANY} {to}; }}
            location /late {{ proxy_pass http://127.0.0.1:{dead}; error_page 502 = @checked; }}
            location @checked {{ {ANY} {to}; }}
            location /strict-later {{ {ANY} proxy_pass http://127.0.0.1:{dead}; error_page 502 = @strict; }}
            location @strict {{ umsoap on; {to}; }}
            location /mirrored {{ {ANY} mirror /mirror; {to}; }}
            location = /mirror {{ internal; {to}; }}
            location /authorised {{ {ANY} auth_request /authorise; {to}; }}
            location = /authorise {{ internal; {ANY} proxy_pass_request_body off; proxy_set_header Content-Length ""; {to}; }}
            location /pages {{ {ANY} error_page 500 /operator; {to}; }}
            location /stream-pages {{ {ANY} proxy_request_buffering off; error_page 500 /operator; {to}; }}
            location /operator {{ return 500 "operator"; }}
            location /routed {{ umsoap on; proxy_pass http://ring; }}
        }}
        upstream ring {{ hash $umsoap_call_id consistent; {" ".join(f"server 127.0.0.1:{u};" for u in ups)} }}
        server {{
            listen 127.0.0.1:{port2} http2;
            location /any {{ {ANY} {to}; }}
            location /file {{ {ANY} client_body_in_file_only clean; {to}; }}
            location /stream {{ {ANY} proxy_request_buffering off; {to}; }}
    """


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        goldens = [Golden(line) for line in lines]
    assert len(goldens) > 250, "not all golden documents"
    up, early = Upstream("up"), Upstream("early", early=True)
    ups = [Upstream(f"server {n}") for n in range(3)]
    memcheck = "--memcheck" in sys.argv
    port, port2 = free_port(), free_port()
    start = time.monotonic()

    def told(name):
        print(f"{name}: {checks} checks, {time.monotonic() - start:.1f} s", flush=True)

    nginx = Nginx(conf(port, up.port, more(port2, port, up.port, early.port, [u.port for u in ups])),
                  workers=2, valgrind=memcheck)
    try:
        nginx.start(port)
        test_golden(goldens, port, up, memcheck)
        told("golden documents")
        for test, arguments in [
            (test_one_byte_at_a_time, (port, up)), (test_policy, (port, up)), (test_roles, (port, up)),
            (test_limits, (port, up)), (test_large, (port, up)), (test_connections, (port, up)),
            (test_expect, (port, up)), (test_unbuffered, (port, up, nginx)), (test_redirects, (port, up, nginx)),
            (test_routing, (port, ups)), (test_http2, (port2, up)),
        ]:
            time.sleep(0.2)
            up.take()  # The last test may have left requests unread.
            test(*arguments)
            told(test.__name__[5:].replace("_", " "))
        if not memcheck:
            sent = test_reload_and_upgrade(port, up, nginx)
            told(f"reload and upgrade under load, {sent} requests")
            test_configuration()
            told("configuration")
        nginx.stop()
        log = nginx.error_log()
        check(SECRET not in log, "a CallId is in the error log")
        check("umsoap: refused" in log)
        for bad in ("[alert]", "[emerg]", "[crit]", "exited on signal"):
            check(bad not in log, [line for line in log.splitlines() if bad in line][:5])
        if memcheck:
            with open(f"{nginx.folder}/valgrind.log") as said:
                summary = said.read()
            check("ERROR SUMMARY: 0 errors" in summary, summary[-4000:])
            print(summary[summary.rindex("ERROR SUMMARY"):].strip())
    except BaseException:
        print(nginx.error_log()[-3000:], file=sys.stderr)
        raise
    finally:
        nginx.remove()
    print(f"nginx: {checks} checks")


if __name__ == "__main__":
    main()
