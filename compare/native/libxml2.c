/* Reads by the push parser with SAX2 handlers, in one context for all messages. */
#include <libxml/parser.h>

#include "found.h"

static void start(void *data, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                  const xmlChar **declarations, int attributes, int defaulted, const xmlChar **values) {
    const char *name = (const char *)local, *space = uri ? (const char *)uri : "";
    (void)prefix, (void)namespaces, (void)declarations, (void)attributes, (void)defaulted, (void)values;
    walk_start(data, space, strlen(space), name, strlen(name));
}

static void end(void *data, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri) {
    (void)local, (void)prefix, (void)uri;
    walk_end(data);
}

static void text(void *data, const xmlChar *text, int len) {
    walk_text(data, (const char *)text, (size_t)len);
}

static void silent(void *data, xmlErrorPtr error) {
    (void)data, (void)error;
}

const char *libxml2_version(void) {
    return LIBXML_DOTTED_VERSION;
}

int libxml2_read_pieces(const char *message, size_t len, size_t piece, struct texts *texts) {
    static _Thread_local xmlParserCtxtPtr context;
    static _Thread_local struct walk walk;
    /* libxml2 sees a byte order mark only in the first four bytes that it is given. */
    size_t first = len >= 4 && piece >= 4 ? 4 : 0;
    if (!context) {
        xmlSAXHandler sax = {0};
        sax.initialized = XML_SAX2_MAGIC;
        sax.startElementNs = start;
        sax.endElementNs = end;
        sax.characters = text;
        sax.cdataBlock = text;
        sax.serror = silent;
        context = xmlCreatePushParserCtxt(&sax, &walk, message, (int)first, NULL);
        xmlCtxtUseOptions(context, XML_PARSE_NONET);
    } else {
        xmlCtxtResetPush(context, message, (int)first, NULL, NULL);
    }
    walk_begin(&walk, texts);
    context->userData = &walk;
    while (len > piece) {
        if (xmlParseChunk(context, message + first, (int)(piece - first), 0)) return 0;
        message += piece;
        len -= piece;
        first = 0;
    }
    if (xmlParseChunk(context, message + first, (int)(len - first), 1)) return 0;
    return context->wellFormed && context->nsWellFormed && walk_finish(&walk);
}

int libxml2_read(const char *message, size_t len, struct texts *texts) {
    return libxml2_read_pieces(message, len, (size_t)-1, texts);
}
