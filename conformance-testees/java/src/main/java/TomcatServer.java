import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** An echo server on Tomcat: TomcatServer PORT */
public class TomcatServer {
    /** Section 9 of the suite sends messages of 16 MiB. */
    private static final int LIMIT = 32 << 20;

    public static class Echo extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.setMaxTextMessageBufferSize(LIMIT);
            session.setMaxBinaryMessageBufferSize(LIMIT);
            session.addMessageHandler(
                    String.class,
                    text -> {
                        try {
                            session.getBasicRemote().sendText(text);
                        } catch (IOException error) {
                            // The connection has ended.
                        }
                    });
            session.addMessageHandler(
                    ByteBuffer.class,
                    bytes -> {
                        try {
                            session.getBasicRemote().sendBinary(bytes);
                        } catch (IOException error) {
                            // The connection has ended.
                        }
                    });
        }

        @Override
        public void onError(Session session, Throwable error) {}
    }

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        tomcat.setPort(Integer.parseInt(arguments[0]));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "default", new DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        context.addServletContainerInitializer(new WsSci(), Set.of());
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    Object container = servlets.getAttribute(ServerContainer.class.getName());
                    try {
                        ((ServerContainer) container)
                                .addEndpoint(
                                        ServerEndpointConfig.Builder.create(Echo.class, "/")
                                                .build());
                    } catch (Exception error) {
                        throw new IllegalStateException(error);
                    }
                },
                null);
        tomcat.start();
        tomcat.getServer().await();
    }
}
