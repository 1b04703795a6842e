/* Reads every message in one context, with the functions that soapcpp2 wrote, and ends it with soap_end. */
#include "soapH.h"
#include "Call.nsmap"

#include "found.h"

struct source {
    const char *message;
    size_t len, piece;
};

static size_t receive(struct soap *soap, char *buffer, size_t room) {
    struct source *source = soap->user;
    size_t len = source->len;
    if (len > room) len = room;
    if (len > source->piece) len = source->piece;
    memcpy(buffer, source->message, len);
    source->message += len;
    source->len -= len;
    return len;
}

static int end(struct soap *soap) {
    return soap_body_end_in(soap) == SOAP_OK && soap_envelope_end_in(soap) == SOAP_OK &&
           soap_end_recv(soap) == SOAP_OK;
}

static int read_request(struct soap *soap, struct texts *texts) {
    struct m__GetCallInfo request;
    soap_default_m__GetCallInfo(soap, &request);
    if (!soap_get_m__GetCallInfo(soap, &request, "m:GetCallInfo", NULL) || !end(soap)) return 0;
    if (!request.m__CallId) return 0;
    texts_add(texts, CALL_ID, request.m__CallId, strlen(request.m__CallId));
    return 1;
}

static int read_response(struct soap *soap, struct texts *texts) {
    struct m__GetCallInfoResponse response;
    const char *word;
    soap_default_m__GetCallInfoResponse(soap, &response);
    if (!soap_get_m__GetCallInfoResponse(soap, &response, "m:GetCallInfoResponse", NULL) || !end(soap)) return 0;
    if (!response.m__GetCallInfoResponse_) return 0;
    word = soap_m__State2s(soap, response.m__GetCallInfoResponse_->m__CallState);
    texts_add(texts, STATE, word, strlen(word));
    word = soap_m__Cause2s(soap, response.m__GetCallInfoResponse_->m__EventCause);
    texts_add(texts, CAUSE, word, strlen(word));
    return 1;
}

static int read_message(struct soap *soap, struct texts *texts) {
    if (soap_begin_recv(soap) || soap_envelope_begin_in(soap) || soap_recv_header(soap) ||
        soap_body_begin_in(soap) || soap_peek_element(soap))
        return 0;
    if (soap_match_tag(soap, soap->tag, "m:GetCallInfo") == SOAP_OK) return read_request(soap, texts);
    return read_response(soap, texts);
}

const char *gsoap_version(void) {
    static char version[16];
    snprintf(version, sizeof version, "%d.%d.%d", GSOAP_VERSION / 100000,
             GSOAP_VERSION / 1000 % 100, GSOAP_VERSION % 1000);
    return version;
}

int gsoap_read_pieces(const char *message, size_t len, size_t piece, struct texts *texts) {
    static _Thread_local struct soap *soap;
    struct source source = {message, len, piece};
    int found;
    if (!soap) soap = soap_new1(SOAP_XML_STRICT | SOAP_C_UTFSTRING);
    texts_clear(texts);
    soap->user = &source;
    soap->frecv = receive;
    found = read_message(soap, texts);
    soap_destroy(soap);
    soap_end(soap);
    return found && texts_complete(texts);
}

int gsoap_read(const char *message, size_t len, struct texts *texts) {
    return gsoap_read_pieces(message, len, (size_t)-1, texts);
}
