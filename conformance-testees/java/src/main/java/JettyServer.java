import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** An echo server on Jetty: JettyServer PORT */
public class JettyServer {
    /** Section 9 of the suite sends messages of 16 MiB. */
    private static final int LIMIT = 32 << 20;

    public static class Echo implements Session.Listener.AutoDemanding {
        private Session session;

        @Override
        public void onWebSocketOpen(Session session) {
            this.session = session;
        }

        @Override
        public void onWebSocketText(String text) {
            session.sendText(text, Callback.NOOP);
        }

        @Override
        public void onWebSocketBinary(ByteBuffer bytes, Callback callback) {
            session.sendBinary(bytes, callback);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[0]));
        server.addConnector(connector);
        server.setHandler(
                WebSocketUpgradeHandler.from(
                        server,
                        container -> {
                            container.setMaxTextMessageSize(LIMIT);
                            container.setMaxBinaryMessageSize(LIMIT);
                            container.setMaxFrameSize(LIMIT);
                            container.addMapping("/*", (request, response, done) -> new Echo());
                        }));
        server.start();
        server.join();
    }
}
