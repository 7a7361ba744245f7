// An echo server on WebSocket++: server-websocketpp PORT
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

// The configuration of the library, with compression and without logs.
struct config : websocketpp::config::asio {
    using type = config;
    using base = websocketpp::config::asio;

    struct transport_config : base::transport_config {
        using concurrency_type = base::concurrency_type;
        using alog_type = base::alog_type;
        using elog_type = base::elog_type;
        using request_type = base::request_type;
        using response_type = base::response_type;
        using socket_type = websocketpp::transport::asio::basic_socket::endpoint;
    };
    using transport_type = websocketpp::transport::asio::endpoint<transport_config>;

    struct permessage_deflate_config {};
    using permessage_deflate_type =
        websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};

using server = websocketpp::server<config>;

int main(int count, char** arguments) {
    if (count < 2) return 2;
    server endpoint;
    endpoint.clear_access_channels(websocketpp::log::alevel::all);
    endpoint.clear_error_channels(websocketpp::log::elevel::all);
    endpoint.init_asio();
    endpoint.set_reuse_addr(true);
    endpoint.set_message_handler(
        [&endpoint](websocketpp::connection_hdl connection, server::message_ptr message) {
            websocketpp::lib::error_code error;
            endpoint.send(connection, message->get_payload(), message->get_opcode(), error);
        });
    endpoint.listen("127.0.0.1", arguments[1]);
    endpoint.start_accept();
    endpoint.run();
}
