/*
 * Checks SOAP messages of Exchange's Unified Messaging web service before an upstream sees them.
 *
 * A filter of request bodies feeds every byte to the library as it comes. Where nginx buffers the body, a handler of the
 * precontent phase reads the body first and answers a bad message itself. Where the proxy does not buffer, the proxy reads
 * the body. For a bad message, the filter then ends the exchange with the upstream by an error, and a filter of responses
 * replaces nginx's error page by the fault. The last piece of a message never reaches an upstream before the verdict.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <umsoap.h>


/* The worker keeps decoders of 12 KiB for many requests. In nginx's pools each request would take memory of its own. */
typedef struct ngx_http_umsoap_node_s  ngx_http_umsoap_node_t;

struct ngx_http_umsoap_node_s {
    ngx_http_umsoap_node_t      *next;
    umsoap_decoder               decoder;
};


typedef struct {
    ngx_http_umsoap_node_t      *free;        /* decoders of this worker that no request uses */
    umsoap_shapes               *shapes;      /* the shapes of this worker */
} ngx_http_umsoap_main_conf_t;


typedef struct {
    ngx_flag_t                   enable;
    ngx_flag_t                   shapes;
    ngx_uint_t                   role;
    size_t                       max_body;
    ngx_str_t                    actor;
    ngx_array_t                 *operations;  /* of ngx_str_t; NULL means GetCallInfo alone */
    ngx_uint_t                   any;         /* every accepted message passes */
    ngx_array_t                 *understood;  /* of umsoap_str, in pairs */

    umsoap_options              *options;
    unsigned                     usual:1;     /* all options but max_body have their defaults */
} ngx_http_umsoap_loc_conf_t;


typedef struct {
    ngx_http_request_t          *request;
    ngx_http_umsoap_loc_conf_t  *conf;
    ngx_http_umsoap_node_t      *node;        /* NULL while no decoder was needed */

    ngx_str_t                    call_id;
    ngx_str_t                    operation;
    ngx_str_t                    rule;        /* empty if the message is accepted */
    ngx_str_t                    answer;      /* the fault */
    ngx_str_t                    media_type;
    off_t                        offset;      /* -1 if the rule has no place in the message */
    ngx_uint_t                   status;
    uint8_t                      hint;        /* the version that the Content-Type names */
    uint8_t                      version;

    unsigned                     reading:1;   /* the handler reads the body */
    unsigned                     deferred:1;  /* the proxy reads the body */
    unsigned                     decided:1;
    unsigned                     broken:1;    /* the exchange with the upstream was ended by an error */
    unsigned                     replaced:1;  /* the fault replaces nginx's error page */
    unsigned                     sent:1;
    unsigned                     escaped:1;   /* call_id has the form that the variable shows */
} ngx_http_umsoap_ctx_t;


/* Says which variable a handler is asked for. */
enum {
    NGX_HTTP_UMSOAP_OPERATION,
    NGX_HTTP_UMSOAP_CALL_ID,
    NGX_HTTP_UMSOAP_VERSION,
    NGX_HTTP_UMSOAP_ERROR,
    NGX_HTTP_UMSOAP_OFFSET
};


static ngx_int_t ngx_http_umsoap_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_umsoap_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_umsoap_init_process(ngx_cycle_t *cycle);
static void ngx_http_umsoap_exit_process(ngx_cycle_t *cycle);
static void *ngx_http_umsoap_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_umsoap_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_umsoap_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static char *ngx_http_umsoap_operations(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_umsoap_understood(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* The proxy's configuration says whether it buffers request bodies. nginx may be built without the proxy. */
extern ngx_module_t  ngx_http_proxy_module __attribute__((weak));


static ngx_http_request_body_filter_pt  ngx_http_next_request_body_filter;
static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt  ngx_http_next_body_filter;


static ngx_conf_enum_t  ngx_http_umsoap_roles[] = {
    { ngx_string("ultimate"), UMSOAP_ULTIMATE_RECEIVER },
    { ngx_string("intermediary"), UMSOAP_INTERMEDIARY },
    { ngx_null_string, 0 }
};


#define NGX_HTTP_UMSOAP_ANYWHERE  NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF


static ngx_command_t  ngx_http_umsoap_commands[] = {

    { ngx_string("umsoap"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_umsoap_loc_conf_t, enable),
      NULL },

    { ngx_string("umsoap_shapes"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_umsoap_loc_conf_t, shapes),
      NULL },

    { ngx_string("umsoap_operations"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_umsoap_operations,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("umsoap_understood"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_TAKE2,
      ngx_http_umsoap_understood,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("umsoap_role"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_umsoap_loc_conf_t, role),
      &ngx_http_umsoap_roles },

    { ngx_string("umsoap_actor"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_umsoap_loc_conf_t, actor),
      NULL },

    { ngx_string("umsoap_max_body"),
      NGX_HTTP_UMSOAP_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_umsoap_loc_conf_t, max_body),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_umsoap_module_ctx = {
    ngx_http_umsoap_add_variables,         /* preconfiguration */
    ngx_http_umsoap_init,                  /* postconfiguration */

    ngx_http_umsoap_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_umsoap_create_loc_conf,       /* create location configuration */
    ngx_http_umsoap_merge_loc_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_umsoap_module = {
    NGX_MODULE_V1,
    &ngx_http_umsoap_module_ctx,           /* module context */
    ngx_http_umsoap_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_umsoap_init_process,          /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_umsoap_exit_process,          /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static umsoap_str
ngx_http_umsoap_str(const ngx_str_t *s)
{
    umsoap_str  string;

    string.data = s->len ? (const char *) s->data : NULL;
    string.length = s->len;

    return string;
}


static ngx_int_t
ngx_http_umsoap_copy(ngx_http_request_t *r, ngx_str_t *to, const void *data, size_t length)
{
    to->data = ngx_pnalloc(r->pool, length ? length : 1);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(to->data, data, length);
    to->len = length;

    return NGX_OK;
}


/* Writes the control characters and backslashes of a value as \xNN. A CallId may hold CR and LF. In a configuration that puts
   the variable into a header, the client could write headers. The backslash is escaped, so that different values stay
   different. */
static ngx_int_t
ngx_http_umsoap_escape(ngx_http_request_t *r, ngx_str_t *value)
{
    size_t         i, n, length;
    u_char        *p;
    const u_char  *data;

    data = value->data;
    length = value->len;

    for (i = 0, n = 0; i < length; i++) {
        n += data[i] < 0x20 || data[i] == 0x7f || data[i] == '\\';
    }

    if (n == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, length + n * (sizeof("\\xNN") - 2));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (i = 0; i < length; i++) {
        if (data[i] < 0x20 || data[i] == 0x7f || data[i] == '\\') {
            p = ngx_sprintf(p, "\\x%02Xd", (ngx_uint_t) data[i]);

        } else {
            *p++ = data[i];
        }
    }

    value->len = p - value->data;

    return NGX_OK;
}


/* ---- Contexts and decoders ---- */


static void
ngx_http_umsoap_cleanup(void *data)
{
    ngx_http_umsoap_ctx_t        *ctx = data;
    ngx_http_umsoap_main_conf_t  *mcf;

    if (ctx->node) {
        mcf = ngx_http_get_module_main_conf(ctx->request, ngx_http_umsoap_module);
        ctx->node->next = mcf->free;
        mcf->free = ctx->node;
        ctx->node = NULL;
    }
}


static ngx_http_umsoap_ctx_t *
ngx_http_umsoap_create_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_umsoap_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_umsoap_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_umsoap_ctx_t));
    ctx->request = r;
    ctx->offset = -1;
    cln->handler = ngx_http_umsoap_cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_umsoap_module);

    return ctx;
}


/* An internal redirect clears the contexts of a request. The cleanup handlers still know this context. */
static ngx_http_umsoap_ctx_t *
ngx_http_umsoap_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_umsoap_module);

    if (ctx == NULL && (r->internal || r->filter_finalize)) {
        for (cln = r->pool->cleanup; cln; cln = cln->next) {
            if (cln->handler == ngx_http_umsoap_cleanup) {
                ctx = cln->data;
                ngx_http_set_ctx(r, ctx, ngx_http_umsoap_module);
                break;
            }
        }
    }

    return ctx;
}


/* Makes the request's decoder ready. Takes a free decoder of the worker if there is one. */
static ngx_int_t
ngx_http_umsoap_decoder(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx)
{
    ngx_http_umsoap_main_conf_t  *mcf;

    if (ctx->node == NULL) {
        mcf = ngx_http_get_module_main_conf(r, ngx_http_umsoap_module);

        if (mcf->free) {
            ctx->node = mcf->free;
            mcf->free = ctx->node->next;

        } else {
            ctx->node = ngx_alloc(sizeof(ngx_http_umsoap_node_t), r->connection->log);
            if (ctx->node == NULL) {
                return NGX_ERROR;
            }
        }
    }

    if (umsoap_decoder_init(&ctx->node->decoder, ctx->conf->options) != UMSOAP_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* ---- Verdicts ---- */


/* Refuses by a rule of this module, with a fault in that version. For a status of 0, the fault's own status is taken. */
static ngx_int_t
ngx_http_umsoap_refuse(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx, uint8_t version, ngx_uint_t status,
    const char *rule, const char *reason)
{
    size_t         size;
    umsoap_result  rc;
    umsoap_answer  answer;

    /* 1,024 bytes hold every fault without its actor, whose characters take 6 bytes at most. */
    size = 1024 + 6 * ctx->conf->actor.len;

    ctx->answer.data = ngx_pnalloc(r->pool, size);
    if (ctx->answer.data == NULL) {
        return NGX_ERROR;
    }

    rc = umsoap_write_fault(version, UMSOAP_CODE_SENDER, umsoap_str_of(reason), ngx_http_umsoap_str(&ctx->conf->actor),
                            ctx->answer.data, size, &answer);
    if (rc != UMSOAP_OK) {
        return NGX_ERROR;
    }

    ctx->answer.len = answer.length;
    ctx->media_type.data = (u_char *) answer.media_type;
    ctx->media_type.len = ngx_strlen(answer.media_type);
    ctx->status = status ? status : answer.http_status;
    ctx->rule.data = (u_char *) rule;
    ctx->rule.len = ngx_strlen(rule);
    ctx->decided = 1;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "umsoap: refused: %s", rule);

    return NGX_OK;
}


/* Refuses by a rule of the library. data is NULL if the decoder was fed with the message. */
static ngx_int_t
ngx_http_umsoap_broken(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx, const umsoap_error *error,
    const u_char *data, size_t length)
{
    size_t         size;
    umsoap_str     actor, name;
    umsoap_answer  answer;
    umsoap_result  rc;

    actor = ngx_http_umsoap_str(&ctx->conf->actor);
    size = 2048;

    for ( ;; ) {
        ctx->answer.data = ngx_pnalloc(r->pool, size);
        if (ctx->answer.data == NULL) {
            return NGX_ERROR;
        }

        rc = data ? umsoap_refuse(data, length, ctx->conf->options, ctx->hint, actor, ctx->answer.data, size, &answer)
                  : umsoap_decoder_refuse(&ctx->node->decoder, ctx->hint, actor, ctx->answer.data, size, &answer);

        if (rc != UMSOAP_SMALL) {
            break;
        }

        /* The library tells the exact need, so this happens once. */
        size = answer.length;
    }

    if (rc != UMSOAP_OK) {
        return NGX_ERROR;
    }

    name = umsoap_result_name(error->result);

    ctx->answer.len = answer.length;
    ctx->media_type.data = (u_char *) answer.media_type;
    ctx->media_type.len = ngx_strlen(answer.media_type);
    ctx->status = answer.http_status;
    ctx->version = error->version;
    ctx->rule.data = (u_char *) name.data;
    ctx->rule.len = name.length;
    ctx->offset = error->offset;
    ctx->decided = 1;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "umsoap: refused: %V at byte %O", &ctx->rule, ctx->offset);

    return NGX_OK;
}


/* Returns whether the message is a request that the configuration lets pass. */
static ngx_uint_t
ngx_http_umsoap_is_offered(ngx_http_umsoap_loc_conf_t *conf, const umsoap_message *m)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (conf->operations == NULL) {
        return m->kind == UMSOAP_GET_CALL_INFO;
    }

    /* In another namespace, the name means another operation. */
    if (m->kind == UMSOAP_OTHER || m->kind == UMSOAP_FAULT) {
        return 0;
    }

    name = conf->operations->elts;

    for (i = 0; i < conf->operations->nelts; i++) {
        if (name[i].len == m->operation.length && ngx_memcmp(name[i].data, m->operation.data, name[i].len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* Keeps the values of the variables for an accepted message. */
static ngx_int_t
ngx_http_umsoap_accepted(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx, const umsoap_message *m,
    const u_char *data, size_t length)
{
    size_t               index, n;
    u_char              *p;
    umsoap_text          call_id;
    const u_char        *value;
    umsoap_result        rc;
    static const char    id[] = "CallId";
    static umsoap_str    name = { id, sizeof(id) - 1 };

    ctx->version = m->version;

    if (m->kind == UMSOAP_OTHER) {
        if (ngx_http_umsoap_copy(r, &ctx->operation, m->operation.data, m->operation.length) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        /* The string belongs to the library. */
        ctx->operation.data = (u_char *) m->operation.data;
        ctx->operation.len = m->operation.length;
    }

    index = m->kind == UMSOAP_GET_CALL_INFO ? 0 : umsoap_field_index(m->kind, name);

    if (index < UMSOAP_FIELDS && m->fields[index].data) {
        call_id = m->fields[index];
        value = (const u_char *) call_id.data;
        n = call_id.length;

        if (!call_id.is_value) {
            /* A value is never longer than its written form. */
            p = ngx_pnalloc(r->pool, call_id.length);
            if (p == NULL) {
                return NGX_ERROR;
            }

            rc = data ? umsoap_value(data, length, ctx->conf->options, index, p, call_id.length, &n)
                      : umsoap_decoder_value(&ctx->node->decoder, index, p, call_id.length, &n);
            if (rc != UMSOAP_OK) {
                return NGX_ERROR;
            }

            value = p;
        }

        if (ngx_http_umsoap_copy(r, &ctx->call_id, value, n) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ctx->decided = 1;

    if (ctx->conf->any || ngx_http_umsoap_is_offered(ctx->conf, m)) {
        return NGX_OK;
    }

    if (m->kind == UMSOAP_FAULT) {
        return ngx_http_umsoap_refuse(r, ctx, m->version, 0, "Fault", "A fault is no request.");
    }

    if (m->kind != UMSOAP_OTHER && m->kind % 2) {
        return ngx_http_umsoap_refuse(r, ctx, m->version, 0, "Reply", "A reply is no request.");
    }

    return ngx_http_umsoap_refuse(r, ctx, m->version, 0, "Operation", "This operation is not offered here.");
}


/* Decides on a body in one piece. */
static ngx_int_t
ngx_http_umsoap_whole(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx, const u_char *data, size_t length)
{
    umsoap_error                  error;
    umsoap_result                 rc;
    umsoap_message                m;
    ngx_http_umsoap_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_umsoap_module);

    /* Shapes read with the default options, which allow a message of 1 MiB. */
    if (ctx->conf->shapes && ctx->conf->usual && mcf->shapes && length <= ctx->conf->max_body && length <= 1048576) {
        rc = umsoap_shapes_parse(mcf->shapes, data, length, &m, &error);

    } else {
        rc = umsoap_parse(data, length, ctx->conf->options, &m, &error);
    }

    if (rc == UMSOAP_OK) {
        return ngx_http_umsoap_accepted(r, ctx, &m, data, length);
    }

    return rc < UMSOAP_NULL ? ngx_http_umsoap_broken(r, ctx, &error, data, length) : NGX_ERROR;
}


/* Feeds a piece to the decoder, and decides once the message is refused or has ended. */
static ngx_int_t
ngx_http_umsoap_piece(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx, const u_char *data, size_t length,
    ngx_uint_t last)
{
    umsoap_error    error;
    umsoap_result   rc;
    umsoap_message  m;

    rc = umsoap_decoder_feed(&ctx->node->decoder, data, length);

    if (rc == UMSOAP_OK && !last) {
        return NGX_OK;
    }

    rc = umsoap_decoder_finish(&ctx->node->decoder, &m, &error);

    if (rc == UMSOAP_OK) {
        return ngx_http_umsoap_accepted(r, ctx, &m, NULL, 0);
    }

    return rc < UMSOAP_NULL ? ngx_http_umsoap_broken(r, ctx, &error, NULL, 0) : NGX_ERROR;
}


/* Decides on a body that was read before this location was entered, for example after an internal redirect. */
static ngx_int_t
ngx_http_umsoap_read_before(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx)
{
    off_t         offset;
    size_t        size;
    ssize_t       n;
    u_char       *buffer;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (ngx_http_umsoap_decoder(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    buffer = NULL;

    for (cl = r->request_body ? r->request_body->bufs : NULL; cl && !ctx->decided; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            if (ngx_http_umsoap_piece(r, ctx, b->pos, b->last - b->pos, 0) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        if (!b->in_file) {
            continue;
        }

        if (buffer == NULL) {
            buffer = ngx_palloc(r->pool, ngx_pagesize);
            if (buffer == NULL) {
                return NGX_ERROR;
            }
        }

        for (offset = b->file_pos; offset < b->file_last && !ctx->decided; offset += n) {
            size = (size_t) ngx_min(b->file_last - offset, (off_t) ngx_pagesize);

            n = ngx_read_file(b->file, buffer, size, offset);
            if (n <= 0) {
                return NGX_ERROR;
            }

            if (ngx_http_umsoap_piece(r, ctx, buffer, n, 0) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return ctx->decided ? NGX_OK : ngx_http_umsoap_piece(r, ctx, NULL, 0, 1);
}


/* ---- Bodies of requests ---- */


/* Sees every byte of a body as it comes, before nginx keeps it in memory or in a file. */
static ngx_int_t
ngx_http_umsoap_request_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    size_t                  size;
    ngx_int_t               rc;
    ngx_buf_t              *b;
    ngx_chain_t            *cl;
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_umsoap_module);

    if (ctx == NULL || !(ctx->reading || ctx->deferred)) {
        return ngx_http_next_request_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;
        size = ngx_buf_in_memory(b) ? b->last - b->pos : 0;

        if (!ctx->decided && (size || b->last_buf)) {
            if (ctx->node == NULL && b->last_buf) {
                /* The last chunk of an empty body has no address. */
                rc = ngx_http_umsoap_whole(r, ctx, size ? b->pos : (u_char *) "", size);

            } else {
                rc = ctx->node ? NGX_OK : ngx_http_umsoap_decoder(r, ctx);

                if (rc == NGX_OK) {
                    rc = ngx_http_umsoap_piece(r, ctx, b->pos, size, b->last_buf);
                }
            }

            if (rc != NGX_OK) {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }

        if (ctx->answer.len) {
            if (ctx->deferred) {
                /* Ends the exchange with the upstream. No error page of the operator may replace the fault. */
                r->error_page = 1;
                ctx->broken = 1;
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }

            /* The rest is read and dropped, so that the connection can be used again. */
            b->pos = b->last;
        }
    }

    return ngx_http_next_request_body_filter(r, in);
}


/* Returns whether the proxy will read the body piece by piece. The conditions are those of the proxy that this module can
   see. Other conditions may make the proxy buffer, and another module may handle the location. Then the whole body is read
   before anything is sent, and it goes through the filter, too. */
static ngx_uint_t
ngx_http_umsoap_is_unbuffered(ngx_http_request_t *r)
{
    ngx_http_upstream_conf_t  *ucf;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (&ngx_http_proxy_module == NULL || clcf->handler == NULL || r->request_body) {
        return 0;
    }

    /* The first member of the proxy's configuration is an upstream's. */
    ucf = ngx_http_get_module_loc_conf(r, ngx_http_proxy_module);

    return !ucf->request_buffering && ucf->pass_request_body;
}


static void
ngx_http_umsoap_body_handler(ngx_http_request_t *r)
{
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_umsoap_module);

    ctx->reading = 0;
    r->preserve_body = 1;

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* ---- Heads of requests ---- */


static ngx_uint_t
ngx_http_umsoap_is(const u_char *data, size_t length, const char *word)
{
    return length == ngx_strlen(word) && ngx_strncasecmp((u_char *) data, (u_char *) word, length) == 0;
}


static void
ngx_http_umsoap_trim(const u_char **data, const u_char **end)
{
    while (*data < *end && (**data == ' ' || **data == '\t')) {
        (*data)++;
    }

    while (*data < *end && ((*end)[-1] == ' ' || (*end)[-1] == '\t')) {
        (*end)--;
    }
}


/* Reads a Content-Type: text/xml or application/soap+xml, in UTF-8. A parameter that stands twice is refused, because two
   readers could take different values. */
static ngx_int_t
ngx_http_umsoap_media(const ngx_str_t *type)
{
    ngx_uint_t     charset, action;
    const u_char  *p, *end, *name, *name_end, *value, *value_end;

    /* Most clients send this. The code below would accept it, too. */
    if (ngx_http_umsoap_is(type->data, type->len, "text/xml; charset=utf-8")
        || ngx_http_umsoap_is(type->data, type->len, "text/xml"))
    {
        return NGX_OK;
    }

    p = type->data;
    end = type->data + type->len;
    charset = action = 0;

    value = p;
    value_end = ngx_strlchr((u_char *) p, (u_char *) end, ';');
    p = value_end ? value_end + 1 : end;
    value_end = value_end ? value_end : end;
    ngx_http_umsoap_trim(&value, &value_end);

    if (!ngx_http_umsoap_is(value, value_end - value, "text/xml")
        && !ngx_http_umsoap_is(value, value_end - value, "application/soap+xml"))
    {
        return NGX_DECLINED;
    }

    for ( ;; ) {
        name = p;
        name_end = end;
        ngx_http_umsoap_trim(&name, &name_end);

        if (name == name_end) {
            return NGX_OK;
        }

        name_end = ngx_strlchr((u_char *) p, (u_char *) end, '=');
        if (name_end == NULL) {
            return NGX_DECLINED;
        }

        p = name_end + 1;
        ngx_http_umsoap_trim(&name, &name_end);

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (p < end && *p == '"') {
            value = p + 1;
            value_end = ngx_strlchr((u_char *) value, (u_char *) end, '"');
            if (value_end == NULL) {
                return NGX_DECLINED;
            }

            for (p = value_end + 1; p < end && (*p == ' ' || *p == '\t'); p++) { /* void */ }

            if (p < end && *p++ != ';') {
                return NGX_DECLINED;
            }

        } else {
            value = p;
            value_end = ngx_strlchr((u_char *) p, (u_char *) end, ';');
            p = value_end ? value_end + 1 : end;
            value_end = value_end ? value_end : end;
            ngx_http_umsoap_trim(&value, &value_end);
        }

        if (ngx_strlchr((u_char *) value, (u_char *) value_end, '\\')
            || ngx_strlchr((u_char *) value, (u_char *) value_end, '"'))
        {
            return NGX_DECLINED;
        }

        if (ngx_http_umsoap_is(name, name_end - name, "charset")) {
            if (charset++ || !ngx_http_umsoap_is(value, value_end - value, "utf-8")) {
                return NGX_DECLINED;
            }

        } else if (ngx_http_umsoap_is(name, name_end - name, "action") && action++) {
            return NGX_DECLINED;
        }
    }
}


/* Refuses a request by its head. */
static ngx_int_t
ngx_http_umsoap_head(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx)
{
    ngx_uint_t        i, types;
    ngx_str_t         type;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    ngx_str_null(&type);
    types = 0;
    part = &r->headers_in.headers.part;
    header = part->elts;
    ctx->hint = UMSOAP_SOAP_1_1;

    if (r->headers_in.content_type) {
        type = r->headers_in.content_type->value;
    }

    /* An answer in 1.2 is for clients that name the media type of 1.2. */
    if (type.len >= sizeof("application/soap+xml") - 1
        && ngx_strncasecmp(type.data, (u_char *) "application/soap+xml", sizeof("application/soap+xml") - 1) == 0)
    {
        ctx->hint = UMSOAP_SOAP_1_2;
    }

    if (!(r->method & NGX_HTTP_POST)) {
        return ngx_http_umsoap_refuse(r, ctx, ctx->hint, NGX_HTTP_NOT_ALLOWED, "Method",
                                      "SOAP messages are sent with POST.");
    }

    for (i = 0; /* void */ ; i++) {
        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        /* The length tells most headers apart. */
        if (header[i].key.len != sizeof("content-type") - 1 && header[i].key.len != sizeof("content-encoding") - 1) {
            continue;
        }

        if (ngx_http_umsoap_is(header[i].key.data, header[i].key.len, "content-type")) {
            types++;

        } else if (ngx_http_umsoap_is(header[i].key.data, header[i].key.len, "content-encoding")
                   && !ngx_http_umsoap_is(header[i].value.data, header[i].value.len, "identity"))
        {
            return ngx_http_umsoap_refuse(r, ctx, ctx->hint, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "ContentEncoding",
                                          "The content coding is not identity.");
        }
    }

    if (types > 1) {
        return ngx_http_umsoap_refuse(r, ctx, ctx->hint, NGX_HTTP_BAD_REQUEST, "RepeatedContentType",
                                      "A header that must stand once stands twice.");
    }

    if (ngx_http_umsoap_media(&type) != NGX_OK) {
        return ngx_http_umsoap_refuse(r, ctx, ctx->hint, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "ContentType",
                                   "The content type is neither text/xml nor application/soap+xml in UTF-8.");
    }

    return NGX_OK;
}


/* ---- Answers ---- */


static ngx_int_t
ngx_http_umsoap_answer(ngx_http_request_t *r, ngx_http_umsoap_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_table_elt_t           *allow;
    ngx_http_complex_value_t   cv;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->status == NGX_HTTP_NOT_ALLOWED) {
        allow = ngx_list_push(&r->headers_out.headers);
        if (allow == NULL) {
            return NGX_ERROR;
        }

        allow->hash = 1;
        ngx_str_set(&allow->key, "Allow");
        ngx_str_set(&allow->value, "GET, HEAD, OPTIONS, POST");
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = ctx->answer;

    ngx_http_finalize_request(r, ngx_http_send_response(r, ctx->status, &ctx->media_type, &cv));

    return NGX_DONE;
}


/* Replaces nginx's error page by the fault. After an answer has begun, no header can be sent any more, and nginx closes the
   connection. */
static ngx_int_t
ngx_http_umsoap_header_filter(ngx_http_request_t *r)
{
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_umsoap_module);

    if (ctx && ctx->broken && r == r->main) {
        ctx->replaced = 1;
        r->headers_out.status = ctx->status;
        r->headers_out.status_line.len = 0;
        r->headers_out.content_length_n = ctx->answer.len;
        r->headers_out.content_type = ctx->media_type;
        r->headers_out.content_type_len = ctx->media_type.len;
        r->headers_out.content_type_lowcase = NULL;
        r->headers_out.charset.len = 0;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_umsoap_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t              *b;
    ngx_chain_t            *cl, out;
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_umsoap_module);

    if (ctx == NULL || !ctx->replaced || r != r->main || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->sent) {
        return NGX_OK;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    ctx->sent = 1;

    b->pos = ctx->answer.data;
    b->last = ctx->answer.data + ctx->answer.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


/* ---- The handler ---- */


static ngx_int_t
ngx_http_umsoap_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_umsoap_ctx_t       *ctx;
    ngx_http_umsoap_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_umsoap_module);

    /* A subrequest has no body of its own. The body of the main request was checked there. */
    if (!lcf->enable || r != r->main || (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_OPTIONS))) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_umsoap_get_ctx(r);

    if (ctx && ctx->conf == lcf) {
        if (ctx->reading) {
            return NGX_DONE;
        }

        if (!ctx->decided) {
            /* This is an internal redirect while the proxy was sending. The pieces that were sent are gone. */
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ctx->answer.len ? ngx_http_umsoap_answer(r, ctx) : NGX_DECLINED;
    }

    if (ctx && ctx->deferred && !ctx->decided) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx == NULL) {
        ctx = ngx_http_umsoap_create_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    /* A redirect may have come from a location with other rules. */
    ctx->conf = lcf;
    ctx->decided = ctx->deferred = ctx->escaped = 0;
    ctx->offset = -1;
    ngx_str_null(&ctx->rule);
    ngx_str_null(&ctx->answer);
    ngx_str_null(&ctx->call_id);
    ngx_str_null(&ctx->operation);

    if (ngx_http_umsoap_head(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->answer.len) {
        return ngx_http_umsoap_answer(r, ctx);
    }

    if (r->request_body) {
        if (ngx_http_umsoap_read_before(r, ctx) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ctx->answer.len ? ngx_http_umsoap_answer(r, ctx) : NGX_DECLINED;
    }

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        /* nginx reads no body, so the filter sees none. HTTP/2 needs no length. */
        if (r->stream == NULL || r->headers_in.content_length_n == 0) {
            if (ngx_http_umsoap_whole(r, ctx, (u_char *) "", 0) != NGX_OK) {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }

            return ctx->answer.len ? ngx_http_umsoap_answer(r, ctx) : NGX_DECLINED;
        }
    }

    if (ngx_http_umsoap_is_unbuffered(r)) {
        ctx->deferred = 1;
        return NGX_DECLINED;
    }

    ctx->reading = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_umsoap_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


/* ---- Variables ---- */


static ngx_int_t
ngx_http_umsoap_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                 *p;
    ngx_str_t               s;
    ngx_http_umsoap_ctx_t  *ctx;

    ctx = ngx_http_umsoap_get_ctx(r->main);

    v->not_found = 1;

    if (ctx == NULL || !ctx->decided) {
        return NGX_OK;
    }

    ngx_str_null(&s);

    switch (data) {

    case NGX_HTTP_UMSOAP_OPERATION:
        s = ctx->operation;
        break;

    case NGX_HTTP_UMSOAP_CALL_ID:
        /* Escaped only when the variable is used: a usual CallId of 108 bytes takes some 700 instructions. */
        if (!ctx->escaped && ngx_http_umsoap_escape(r->main, &ctx->call_id) != NGX_OK) {
            return NGX_ERROR;
        }

        ctx->escaped = 1;
        s = ctx->call_id;
        break;

    case NGX_HTTP_UMSOAP_VERSION:
        if (ctx->version == UMSOAP_SOAP_1_1) {
            ngx_str_set(&s, "1.1");

        } else if (ctx->version == UMSOAP_SOAP_1_2) {
            ngx_str_set(&s, "1.2");
        }

        break;

    case NGX_HTTP_UMSOAP_ERROR:
        s = ctx->rule;
        break;

    default: /* NGX_HTTP_UMSOAP_OFFSET */
        if (ctx->offset < 0) {
            break;
        }

        p = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);
        if (p == NULL) {
            return NGX_ERROR;
        }

        s.data = p;
        s.len = ngx_sprintf(p, "%O", ctx->offset) - p;
    }

    if (s.len == 0) {
        return NGX_OK;
    }

    v->data = s.data;
    v->len = s.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* They are not cacheable, because they have no value before the body was read. */
static ngx_http_variable_t  ngx_http_umsoap_vars[] = {

    { ngx_string("umsoap_operation"), NULL, ngx_http_umsoap_variable, NGX_HTTP_UMSOAP_OPERATION,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("umsoap_call_id"), NULL, ngx_http_umsoap_variable, NGX_HTTP_UMSOAP_CALL_ID,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("umsoap_soap_version"), NULL, ngx_http_umsoap_variable, NGX_HTTP_UMSOAP_VERSION,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("umsoap_error"), NULL, ngx_http_umsoap_variable, NGX_HTTP_UMSOAP_ERROR,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("umsoap_error_offset"), NULL, ngx_http_umsoap_variable, NGX_HTTP_UMSOAP_OFFSET,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_http_umsoap_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_umsoap_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


/* ---- Configuration ---- */


static void *
ngx_http_umsoap_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_umsoap_main_conf_t));
}


static void *
ngx_http_umsoap_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_umsoap_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_umsoap_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->actor = { 0, NULL };
     *     conf->options = NULL;
     *     conf->usual = 0;
     */

    conf->enable = NGX_CONF_UNSET;
    conf->shapes = NGX_CONF_UNSET;
    conf->role = NGX_CONF_UNSET_UINT;
    conf->max_body = NGX_CONF_UNSET_SIZE;
    conf->operations = NGX_CONF_UNSET_PTR;
    conf->any = NGX_CONF_UNSET_UINT;
    conf->understood = NGX_CONF_UNSET_PTR;

    return conf;
}


static void
ngx_http_umsoap_free_options(void *data)
{
    umsoap_options_free(data);
}


static char *
ngx_http_umsoap_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_umsoap_loc_conf_t  *prev = parent;
    ngx_http_umsoap_loc_conf_t  *conf = child;

    umsoap_str           actor;
    umsoap_result        rc;
    umsoap_settings      settings;
    ngx_pool_cleanup_t  *cln;

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_value(conf->shapes, prev->shapes, 1);
    ngx_conf_merge_uint_value(conf->role, prev->role, UMSOAP_ULTIMATE_RECEIVER);
    ngx_conf_merge_size_value(conf->max_body, prev->max_body, 1048576);
    ngx_conf_merge_str_value(conf->actor, prev->actor, "");
    ngx_conf_merge_ptr_value(conf->operations, prev->operations, NULL);
    ngx_conf_merge_uint_value(conf->any, prev->any, 0);
    ngx_conf_merge_ptr_value(conf->understood, prev->understood, NULL);

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    if (conf->max_body == 0 || conf->max_body > NGX_MAX_UINT32_VALUE) {
        return "has an umsoap_max_body that is neither 1 nor up to 4294967295";
    }

    actor = ngx_http_umsoap_str(&conf->actor);

    ngx_memzero(&settings, sizeof(umsoap_settings));
    settings.role = conf->role;
    settings.message_bytes = conf->max_body;

    if (actor.length) {
        /* A header block that names this node is for this node. */
        settings.own_uris = &actor;
        settings.own_uris_count = 1;
    }

    if (conf->understood) {
        settings.understood = conf->understood->elts;
        settings.understood_count = conf->understood->nelts / 2;
    }

    conf->usual = conf->role == UMSOAP_ULTIMATE_RECEIVER && actor.length == 0 && conf->understood == NULL;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = umsoap_options_new(&settings, &conf->options);
    if (rc != UMSOAP_OK) {
        return "has a name or a URI that is not UTF-8";
    }

    cln->handler = ngx_http_umsoap_free_options;
    cln->data = conf->options;

    return NGX_CONF_OK;
}


static char *
ngx_http_umsoap_operations(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_umsoap_loc_conf_t  *lcf = conf;

    ngx_str_t    *value, *name;
    ngx_uint_t    i;
    umsoap_kind   kind;

    if (lcf->operations != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    lcf->any = 0;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "any") == 0) {
        lcf->any = 1;
        lcf->operations = NULL;
        return NGX_CONF_OK;
    }

    lcf->operations = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(ngx_str_t));
    if (lcf->operations == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        kind = umsoap_kind_named(ngx_http_umsoap_str(&value[i]));

        /* Requests have even numbers. */
        if (kind <= UMSOAP_OTHER || kind % 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is no operation of the web service", &value[i]);
            return NGX_CONF_ERROR;
        }

        name = ngx_array_push(lcf->operations);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_umsoap_understood(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_umsoap_loc_conf_t  *lcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;
    umsoap_str  *name;

    value = cf->args->elts;

    if (lcf->understood == NGX_CONF_UNSET_PTR) {
        lcf->understood = ngx_array_create(cf->pool, 2, sizeof(umsoap_str));
        if (lcf->understood == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i <= 2; i++) {
        if (value[i].len == 0) {
            return "wants a namespace name and a local name";
        }

        name = ngx_array_push(lcf->understood);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = ngx_http_umsoap_str(&value[i]);
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_umsoap_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    if (umsoap_check() != UMSOAP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "libumsoap is of another version than the umsoap module");
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /* The handler that is registered last in this phase runs first. So no mirror sees an unchecked message. */
    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_umsoap_handler;

    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_umsoap_request_body_filter;

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_umsoap_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_umsoap_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_umsoap_init_process(ngx_cycle_t *cycle)
{
    ngx_http_umsoap_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_umsoap_module);

    if (mcf) {
        /* Without shapes, messages are parsed. */
        mcf->shapes = umsoap_shapes_new();
    }

    return NGX_OK;
}


static void
ngx_http_umsoap_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_umsoap_node_t       *node;
    ngx_http_umsoap_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_umsoap_module);

    if (mcf == NULL) {
        return;
    }

    while (mcf->free) {
        node = mcf->free;
        mcf->free = node->next;
        ngx_free(node);
    }

    umsoap_shapes_free(mcf->shapes);
    mcf->shapes = NULL;
}
