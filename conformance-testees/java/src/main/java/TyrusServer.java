import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.glassfish.tyrus.server.Server;

/** An echo server on Tyrus: TyrusServer PORT */
public class TyrusServer {
    /** Section 9 of the suite sends messages of 16 MiB. */
    private static final int LIMIT = 32 << 20;

    @ServerEndpoint("/")
    public static class Echo {
        @OnMessage(maxMessageSize = LIMIT)
        public String text(String text) {
            return text;
        }

        @OnMessage(maxMessageSize = LIMIT)
        public ByteBuffer bytes(ByteBuffer bytes) {
            return bytes;
        }

        @OnError
        public void failed(Throwable error) {}
    }

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        int port = Integer.parseInt(arguments[0]);
        Map<String, Object> limits = Map.of("org.glassfish.tyrus.incomingBufferSize", LIMIT);
        new Server("127.0.0.1", port, "", limits, Echo.class).start();
        Thread.currentThread().join();
    }
}
