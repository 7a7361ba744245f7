/* An echo server on libsoup: server-libsoup PORT */
#include <libsoup/soup.h>
#include <stdlib.h>

/* Section 9 of the suite sends messages of 16 MiB. */
static const guint64 limit = 32 << 20;

static void on_message(SoupWebsocketConnection *connection, SoupWebsocketDataType type,
                       GBytes *message, gpointer data) {
    if (soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_message(connection, type, message);
}

static void on_open(SoupServer *server, SoupServerMessage *message, const char *path,
                    SoupWebsocketConnection *connection, gpointer data) {
    soup_websocket_connection_set_max_incoming_payload_size(connection, limit);
    g_signal_connect(g_object_ref(connection), "message", G_CALLBACK(on_message), NULL);
    g_signal_connect(connection, "closed", G_CALLBACK(g_object_unref), NULL);
}

int main(int count, char **arguments) {
    GError *error = NULL;
    if (count < 2) return 2;
    SoupServer *server = soup_server_new(NULL, NULL);
    soup_server_add_websocket_handler(server, NULL, NULL, NULL, on_open, NULL, NULL);
    if (!soup_server_listen_local(server, atoi(arguments[1]), SOUP_SERVER_LISTEN_IPV4_ONLY,
                                  &error)) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
