// A client on Boost.Beast that echoes: client-beast URL AGENT, with a URL like ws://127.0.0.1:9001
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

// Section 9 of the suite sends messages of 16 MiB.
constexpr std::size_t limit = 32 << 20;

// Sends back what comes until the connection ends, or returns the first message that is not for an echo.
// Some cases answer so that there is no connection.
std::string visit(const std::string& url, const std::string& target, bool echoes) {
    const std::string host = url.substr(url.find("//") + 2);
    const auto colon = host.find(':');
    asio::io_context context;
    tcp::resolver resolver(context);
    websocket::stream<tcp::socket> stream(context);
    beast::error_code error;
    asio::connect(stream.next_layer(), resolver.resolve(host.substr(0, colon), host.substr(colon + 1)),
                  error);
    websocket::permessage_deflate deflate;
    deflate.client_enable = true;
    stream.set_option(deflate);
    stream.read_message_max(limit);
    if (!error) stream.handshake(host, target, error);
    while (!error) {
        beast::flat_buffer buffer;
        stream.read(buffer, error);
        if (error) break;
        if (!echoes) return beast::buffers_to_string(buffer.data());
        stream.text(stream.got_text());
        stream.write(buffer.data(), error);
    }
    return "";
}

int main(int count, char** arguments) {
    if (count < 3) return 2;
    const std::string url = arguments[1];
    const std::string agent = arguments[2];
    const int cases = std::stoi(visit(url, "/getCaseCount", false));
    for (int i = 1; i <= cases; i++) {
        visit(url, "/runCase?case=" + std::to_string(i) + "&agent=" + agent, true);
    }
    visit(url, "/updateReports?agent=" + agent, true);
}
