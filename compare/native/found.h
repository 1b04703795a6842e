/* The C and C++ peers share this: the storage for the values, and the way to them. */
#pragma once
#include <stddef.h>
#include <string.h>

#define SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"

enum { CALL_ID, STATE, CAUSE, TEXTS };
enum { ROOM = 1024 };

/* src/peers/native.rs has this type, too. */
struct texts {
    size_t len[TEXTS];
    char text[TEXTS][ROOM];
};

static inline void texts_clear(struct texts *texts) {
    memset(texts->len, 0, sizeof texts->len);
}

static inline void texts_add(struct texts *texts, int slot, const char *text, size_t len) {
    if (len <= ROOM - texts->len[slot]) {
        memcpy(texts->text[slot] + texts->len[slot], text, len);
        texts->len[slot] += len;
    }
}

static inline int texts_complete(const struct texts *texts) {
    return texts->len[CALL_ID] ? !texts->len[STATE] && !texts->len[CAUSE] : texts->len[STATE] && texts->len[CAUSE];
}

/* This does the work of src/peers/walk.rs, for peers that report events. */
struct walk {
    struct texts *texts;
    size_t open, path;
    int request, value, refused;
};

static inline void walk_begin(struct walk *walk, struct texts *texts) {
    struct walk fresh = {0};
    fresh.texts = texts;
    fresh.value = -1;
    texts_clear(texts);
    *walk = fresh;
}

static inline int is_name(const char *name, size_t len, const char *wanted) {
    return len == strlen(wanted) && memcmp(name, wanted, len) == 0;
}

static inline void walk_start(struct walk *walk, const char *uri, size_t uri_len, const char *local, size_t len) {
    size_t at = walk->open++;
    if (at != walk->path) return;
    int soap = is_name(uri, uri_len, SOAP), messages = !soap && is_name(uri, uri_len, MESSAGES);
    int value = -1, on = 0;
    switch (at) {
    case 0: on = soap && is_name(local, len, "Envelope"); break;
    case 1: on = soap && is_name(local, len, "Body"); break;
    case 2:
        walk->request = messages && is_name(local, len, "GetCallInfo");
        on = walk->request || (messages && is_name(local, len, "GetCallInfoResponse"));
        break;
    case 3:
        on = messages && is_name(local, len, walk->request ? "CallId" : "GetCallInfoResponse");
        if (walk->request) value = CALL_ID;
        break;
    case 4:
        if (messages && is_name(local, len, "CallState")) value = STATE;
        if (messages && is_name(local, len, "EventCause")) value = CAUSE;
        on = value >= 0;
        break;
    }
    if (on) {
        walk->path++;
        walk->value = value;
    } else if (at == 0 || at == 2) {
        walk->refused = 1;
    }
}

static inline void walk_text(struct walk *walk, const char *text, size_t len) {
    if (walk->value >= 0 && walk->open == walk->path) texts_add(walk->texts, walk->value, text, len);
}

static inline void walk_end(struct walk *walk) {
    walk->open--;
    if (walk->path > walk->open) {
        walk->path = walk->open;
        walk->value = -1;
    }
}

static inline int walk_finish(const struct walk *walk) {
    return !walk->refused && walk->open == 0 && texts_complete(walk->texts);
}
