"""Calls through the gateway with zeep, in SOAP 1.1 and 1.2, over HTTP/1.1 and HTTP/2, and checks the state, the cause and
the faults that zeep reads."""
import asyncio
import sys

import httpx
import zeep
from zeep.transports import AsyncTransport, Transport

WSDL = sys.argv[1] + "?wsdl"
DOCUMENTED = ("MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=")


def detail_of(fault):
    detail = getattr(fault, "detail", None)
    return "".join(detail.itertext()).strip() if detail is not None else ""


def check(what, call, client_code):
    """Checks responses and faults. `call` returns a response, or raises a fault."""
    receiver = "Server" if client_code == "Client" else "Receiver"
    for call_id, state, cause in [
        (DOCUMENTED, "Connected", "None"),
        ("mock:state:Disconnected:UserBusy", "Disconnected", "UserBusy"),
        ("mock:state:Disconnected:NoAnswer", "Disconnected", "NoAnswer"),
        ("mock:state:Connecting:None", "Connecting", "None"),
        ("mock:chunked", "Connected", "None"),
        ("mock:v12", "Connected", "None"),
    ]:
        info = call(call_id)
        assert (info.CallState, info.EventCause) == (state, cause), (what, call_id, info)
    for call_id, code, words in [
        ("caf\u00e9 & <co> \u260e", "InvalidCallIdException", "The call identifier isn't valid."),
        ("mock:fault", client_code, "The UM server refused the request."),
        ("mock:broken", receiver, "cannot be used"),
    ]:
        try:
            call(call_id)
        except zeep.exceptions.Fault as fault:
            codes = [str(fault.code)] + [str(code) for code in fault.subcodes or []]
            assert any(code in one for one in codes), (what, call_id, codes)
            assert words in fault.message, (what, call_id, fault.message)
            if code == "InvalidCallIdException":
                assert detail_of(fault) == code, (what, detail_of(fault))
        else:
            raise AssertionError((what, call_id, "no fault"))
    print(f"zeep {zeep.__version__} {what}: good")


versions = set()


async def note_async(response):
    versions.add(response.http_version)


for port, client_code in [("UnifiedMessagingSoap11", "Client"), ("UnifiedMessagingSoap12", "Sender")]:
    client = zeep.Client(WSDL, port_name=port, transport=Transport(timeout=10))
    check(f"{port}, HTTP/1.1", lambda call_id: client.service.GetCallInfo(CallId=call_id), client_code)

    with asyncio.Runner() as runner:
        http2 = httpx.AsyncClient(http1=False, http2=True, timeout=10, event_hooks={"response": [note_async]})
        wsdl = httpx.Client(
            http1=False, http2=True, event_hooks={"response": [lambda response: versions.add(response.http_version)]}
        )
        transport = AsyncTransport(client=http2, wsdl_client=wsdl)
        client2 = zeep.AsyncClient(WSDL, port_name=port, transport=transport)
        check(
            f"{port}, HTTP/2",
            lambda call_id: runner.run(client2.service.GetCallInfo(CallId=call_id)),
            client_code,
        )
        runner.run(http2.aclose())

assert versions == {"HTTP/2"}, versions
