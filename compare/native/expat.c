/* Reads with namespaces, by one parser that is reset for every message. */
#include <expat.h>

#include "found.h"

static void split(const char *name, const char **local, size_t *uri) {
    const char *bar = strrchr(name, '|');
    *uri = bar ? (size_t)(bar - name) : 0;
    *local = bar ? bar + 1 : name;
}

static void start(void *data, const XML_Char *name, const XML_Char **attributes) {
    const char *local;
    size_t uri;
    (void)attributes;
    split(name, &local, &uri);
    walk_start(data, name, uri, local, strlen(local));
}

static void end(void *data, const XML_Char *name) {
    (void)name;
    walk_end(data);
}

static void text(void *data, const XML_Char *text, int len) {
    walk_text(data, text, (size_t)len);
}

const char *expat_version(void) {
    return XML_ExpatVersion() + strlen("expat_");
}

int expat_read_pieces(const char *message, size_t len, size_t piece, struct texts *texts) {
    static _Thread_local XML_Parser parser;
    struct walk walk;
    if (!parser) parser = XML_ParserCreateNS("UTF-8", '|');
    else XML_ParserReset(parser, "UTF-8");
    XML_SetHashSalt(parser, 1); /* otherwise expat asks the system for random bytes at every message */
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, text);
    walk_begin(&walk, texts);
    XML_SetUserData(parser, &walk);
    while (len > piece) {
        if (XML_Parse(parser, message, (int)piece, 0) != XML_STATUS_OK) return 0;
        message += piece;
        len -= piece;
    }
    if (XML_Parse(parser, message, (int)len, 1) != XML_STATUS_OK) return 0;
    return walk_finish(&walk);
}

int expat_read(const char *message, size_t len, struct texts *texts) {
    return expat_read_pieces(message, len, (size_t)-1, texts);
}
