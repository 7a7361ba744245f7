import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/** An echo server on Java-WebSocket: JavaWebSocketServer PORT */
public class JavaWebSocketServer extends WebSocketServer {
    JavaWebSocketServer(int port) {
        super(
                new InetSocketAddress("127.0.0.1", port),
                List.of(new Draft_6455(new PerMessageDeflateExtension())));
        setReuseAddr(true);
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
        socket.send(text);
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer bytes) {
        socket.send(bytes);
    }

    @Override
    public void onStart() {}

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {}

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onError(WebSocket socket, Exception error) {}

    public static void main(String[] arguments) {
        new JavaWebSocketServer(Integer.parseInt(arguments[0])).run();
    }
}
