import io.undertow.Undertow;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.extensions.PerMessageDeflateHandshake;
import java.nio.ByteBuffer;

/** An echo server on Undertow: UndertowServer PORT */
public class UndertowServer {
    /** Section 9 of the suite sends messages of 16 MiB. */
    private static final int LIMIT = 32 << 20;

    static class Echo extends AbstractReceiveListener {
        @Override
        protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
            WebSockets.sendText(message.getData(), channel, null);
        }

        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            ByteBuffer bytes = WebSockets.mergeBuffers(message.getData().getResource());
            message.getData().free();
            WebSockets.sendBinary(bytes, channel, null);
        }

        @Override
        protected long getMaxTextBufferSize() {
            return LIMIT;
        }

        @Override
        protected long getMaxBinaryBufferSize() {
            return LIMIT;
        }
    }

    public static void main(String[] arguments) {
        WebSocketConnectionCallback echo =
                (exchange, channel) -> {
                    channel.getReceiveSetter().set(new Echo());
                    channel.resumeReceives();
                };
        WebSocketProtocolHandshakeHandler handler = new WebSocketProtocolHandshakeHandler(echo);
        handler.addExtension(new PerMessageDeflateHandshake());
        Undertow.builder()
                .addHttpListener(Integer.parseInt(arguments[0]), "127.0.0.1", handler)
                .build()
                .start();
    }
}
