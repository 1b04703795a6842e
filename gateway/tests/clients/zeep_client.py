"""zeep calls through the gateway in SOAP 1.1 and 1.2 and reads state, cause and fault."""
import sys

import zeep
from zeep.transports import Transport

WSDL = sys.argv[1] + "?wsdl"
DOCUMENTED = ("MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=")


def detail_of(fault):
    detail = getattr(fault, "detail", None)
    return "".join(detail.itertext()).strip() if detail is not None else ""


for port, client_code in [("UnifiedMessagingSoap11", "Client"), ("UnifiedMessagingSoap12", "Sender")]:
    client = zeep.Client(WSDL, port_name=port, transport=Transport(timeout=10))
    for call, state, cause in [
        (DOCUMENTED, "Connected", "None"),
        ("mock:state:Disconnected:UserBusy", "Disconnected", "UserBusy"),
        ("mock:state:Disconnected:NoAnswer", "Disconnected", "NoAnswer"),
        ("mock:state:Connecting:None", "Connecting", "None"),
        ("mock:chunked", "Connected", "None"),
        ("mock:v12", "Connected", "None"),
    ]:
        info = client.service.GetCallInfo(CallId=call)
        assert (info.CallState, info.EventCause) == (state, cause), (port, call, info)
    for call, code, words in [
        ("caf\u00e9 & <co> \u260e", "InvalidCallIdException", "The call identifier isn't valid."),
        ("mock:fault", client_code, "The UM server refused the request."),
        ("mock:broken", "Server" if port.endswith("11") else "Receiver", "cannot be used"),
    ]:
        try:
            client.service.GetCallInfo(CallId=call)
        except zeep.exceptions.Fault as fault:
            codes = [str(fault.code)] + [str(code) for code in fault.subcodes or []]
            assert any(code in one for one in codes), (port, call, codes)
            assert words in fault.message, (port, call, fault.message)
            if code == "InvalidCallIdException":
                assert detail_of(fault) == code, (port, detail_of(fault))
        else:
            raise AssertionError((port, call, "no fault"))
    print(f"zeep {zeep.__version__} {port}: good")
