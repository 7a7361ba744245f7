/* An echo server on libwebsockets: server-libwebsockets PORT */
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

/* Section 9 of the suite sends messages of 16 MiB. */
static const size_t limit = 32 << 20;

/* The message of a connection, behind the room that lws_write() needs. */
struct session {
    unsigned char *buffer;
    size_t length;
    size_t capacity;
    int is_binary;
    int is_complete;
};

static int append(struct session *session, const void *bytes, size_t length) {
    size_t needed = session->length + length;
    if (needed > limit) return -1;
    if (needed > session->capacity || session->buffer == NULL) {
        size_t capacity = needed * 2;
        unsigned char *buffer = realloc(session->buffer, LWS_PRE + capacity);
        if (buffer == NULL) return -1;
        session->buffer = buffer;
        session->capacity = capacity;
    }
    memcpy(session->buffer + LWS_PRE + session->length, bytes, length);
    session->length = needed;
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length) {
    struct session *session = user;
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        if (lws_is_first_fragment(wsi)) session->is_binary = lws_frame_is_binary(wsi);
        if (append(session, in, length) != 0) return -1;
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            session->is_complete = 1;
            /* The next message is read when this one has left. */
            lws_rx_flow_control(wsi, 0);
            lws_callback_on_writable(wsi);
        }
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (!session->is_complete) return 0;
        if (lws_write(wsi, session->buffer + LWS_PRE, session->length,
                      session->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
            return -1;
        session->length = 0;
        session->is_complete = 0;
        lws_rx_flow_control(wsi, 1);
        return 0;
    case LWS_CALLBACK_CLOSED:
        free(session->buffer);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"echo", on_event, sizeof(struct session), 65536, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static const struct lws_extension extensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"},
    {NULL, NULL, NULL},
};

int main(int count, char **arguments) {
    struct lws_context_creation_info info;
    if (count < 2) return 2;
    memset(&info, 0, sizeof info);
    info.port = atoi(arguments[1]);
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.extensions = extensions;
    lws_set_log_level(0, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL) return 1;
    while (lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}
