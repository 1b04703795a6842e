/* Reads by parse_fastest: nothing is copied, terminated or translated, and tags are not matched. */
#include <rapidxml/rapidxml.hpp>

#include "found.h"

using namespace rapidxml;

static bool is_local(const xml_node<> *node, const char *wanted) {
    const char *name = node->name();
    size_t len = node->name_size();
    if (const void *colon = memchr(name, ':', len)) {
        const char *local = static_cast<const char *>(colon) + 1;
        len -= local - name;
        name = local;
    }
    return is_name(name, len, wanted);
}

static const xml_node<> *child(const xml_node<> *node, const char *wanted) {
    for (const xml_node<> *c = node ? node->first_node() : nullptr; c; c = c->next_sibling())
        if (is_local(c, wanted)) return c;
    return nullptr;
}

static void add(texts *texts, int slot, const xml_node<> *node) {
    if (node) texts_add(texts, slot, node->value(), node->value_size());
}

extern "C" const char *rapidxml_version() { return "1.13"; }

extern "C" int rapidxml_read(const char *message, size_t, texts *texts) {
    static thread_local xml_document<> document;
    texts_clear(texts);
    try {
        document.clear();
        document.parse<parse_fastest>(const_cast<char *>(message));
    } catch (const parse_error &) {
        return 0;
    }
    const xml_node<> *root = document.first_node();
    if (!root || !is_local(root, "Envelope")) return 0;
    const xml_node<> *body = child(root, "Body");
    if (const xml_node<> *request = child(body, "GetCallInfo")) {
        add(texts, CALL_ID, child(request, "CallId"));
    } else {
        const xml_node<> *inner = child(child(body, "GetCallInfoResponse"), "GetCallInfoResponse");
        add(texts, STATE, child(inner, "CallState"));
        add(texts, CAUSE, child(inner, "EventCause"));
    }
    return texts_complete(texts);
}
