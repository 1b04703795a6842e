/* Reads by load_buffer_inplace over a copy, with the default settings: references and line ends are translated. */
#include <pugixml.hpp>
#include <vector>

#include "found.h"

using pugi::xml_node;

static bool is_local(xml_node node, const char *wanted) {
    const char *name = node.name(), *colon = strchr(name, ':');
    return strcmp(colon ? colon + 1 : name, wanted) == 0;
}

static xml_node child(xml_node node, const char *wanted) {
    for (xml_node c : node)
        if (is_local(c, wanted)) return c;
    return xml_node();
}

static void add(texts *texts, int slot, xml_node node) {
    const char *text = node.child_value();
    texts_add(texts, slot, text, strlen(text));
}

extern "C" const char *pugixml_version() {
    static char version[16];
    snprintf(version, sizeof version, "%d.%d", PUGIXML_VERSION / 1000, PUGIXML_VERSION % 1000 / 10);
    return version;
}

extern "C" int pugixml_read(const char *message, size_t len, texts *texts) {
    static thread_local std::vector<char> copy;
    pugi::xml_document document;
    texts_clear(texts);
    copy.assign(message, message + len);
    if (!document.load_buffer_inplace(copy.data(), len, pugi::parse_default, pugi::encoding_utf8)) return 0;
    xml_node root = document.document_element();
    if (!is_local(root, "Envelope")) return 0;
    xml_node body = child(root, "Body");
    if (xml_node request = child(body, "GetCallInfo")) {
        add(texts, CALL_ID, child(request, "CallId"));
    } else {
        xml_node inner = child(child(body, "GetCallInfoResponse"), "GetCallInfoResponse");
        add(texts, STATE, child(inner, "CallState"));
        add(texts, CAUSE, child(inner, "EventCause"));
    }
    return texts_complete(texts);
}
