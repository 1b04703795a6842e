//gsoap m service name: Call
//gsoap m service namespace: http://schemas.microsoft.com/exchange/services/2006/messages
//gsoap m schema elementForm: qualified
// For soapcpp2, which writes the parser.
enum m__State {
    m__State__Idle, m__State__Connecting, m__State__Alerted, m__State__Connected, m__State__Disconnected,
    m__State__Incoming, m__State__Transferring, m__State__Forwarding
};
enum m__Cause { m__Cause__None, m__Cause__UserBusy, m__Cause__NoAnswer, m__Cause__Unavailable, m__Cause__Other };
struct m__Info {
    enum m__State m__CallState 1;
    enum m__Cause m__EventCause 1;
};
struct m__GetCallInfoResponse {
    struct m__Info *m__GetCallInfoResponse_ 1;
};
int m__GetCallInfo(char *m__CallId 1, struct m__GetCallInfoResponse *out);
