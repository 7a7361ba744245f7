import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.handshake.ServerHandshake;

/** A client on Java-WebSocket that echoes: JavaWebSocketClient URL AGENT */
public class JavaWebSocketClient extends WebSocketClient {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Consumer<String> reader;

    /** Texts go to the reader, or back where there is none. */
    JavaWebSocketClient(String url, Consumer<String> reader) {
        super(URI.create(url), new Draft_6455(new PerMessageDeflateExtension()));
        this.reader = reader;
    }

    @Override
    public void onMessage(String text) {
        if (reader == null) send(text);
        else reader.accept(text);
    }

    @Override
    public void onMessage(ByteBuffer bytes) {
        send(bytes);
    }

    @Override
    public void onOpen(ServerHandshake handshake) {}

    @Override
    public void onClose(int code, String reason, boolean remote) {
        closed.countDown();
    }

    @Override
    public void onError(Exception error) {}

    /** Returns when the connection has ended. Some cases answer so that there is none. */
    static void visit(String url, Consumer<String> reader) throws InterruptedException {
        JavaWebSocketClient client = new JavaWebSocketClient(url, reader);
        client.connect();
        client.closed.await();
    }

    public static void main(String[] arguments) throws InterruptedException {
        String url = arguments[0];
        String agent = arguments[1];
        int[] count = {0};
        visit(url + "/getCaseCount", text -> count[0] = Integer.parseInt(text));
        for (int i = 1; i <= count[0]; i++) {
            visit(url + "/runCase?case=" + i + "&agent=" + agent, null);
        }
        visit(url + "/updateReports?agent=" + agent, null);
        System.exit(0);
    }
}
