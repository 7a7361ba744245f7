import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ajax.JSON;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/**
 * The echo server over HTTP/2 that barewire's client is tested against: Jetty. It speaks the language of
 * test/peers/peer-server.ts and ends with its input.
 */
public class JettyServer {
  private static final int LARGEST = 1 << 24;
  private static final int FRAGMENT = 1000;
  private static final Callback NOTHING = Callback.NOOP;

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = args.length == 0 ? plain(server) : secure(server, args[1], args[3]);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(WebSocketUpgradeHandler.from(server, container -> {
      container.setMaxTextMessageSize(LARGEST);
      container.setMaxBinaryMessageSize(LARGEST);
      for (String path : new String[] {"/echo", "/fragments", "/ping", "/close"}) {
        container.addMapping(path, (request, response, callback) -> {
          if (request.getSubProtocols().contains("chat.v2")) response.setAcceptedSubProtocol("chat.v2");
          return new Endpoint(path, request.getHttpURI().getQuery());
        });
      }
    }));
    server.start();
    tell(Map.of("event", "listening", "port", connector.getLocalPort()));
    while (System.in.read() >= 0) continue;
    Runtime.getRuntime().halt(0);
  }

  private static synchronized void tell(Map<String, Object> event) {
    System.out.println(new JSON().toJSON(event));
  }

  /** HTTP/2 with prior knowledge. */
  private static ServerConnector plain(Server server) {
    HttpConfiguration configuration = new HttpConfiguration();
    return new ServerConnector(server, new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration));
  }

  /** HTTP/2 by ALPN. */
  private static ServerConnector secure(Server server, String cert, String key) throws Exception {
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setKeyStore(keyStore(Files.readString(Path.of(cert)), Files.readString(Path.of(key))));
    tls.setKeyStorePassword("");
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2");
    return new ServerConnector(server, new SslConnectionFactory(tls, alpn.getProtocol()), alpn, new HTTP2ServerConnectionFactory(configuration));
  }

  private static KeyStore keyStore(String cert, String key) throws Exception {
    Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(cert.getBytes(StandardCharsets.US_ASCII)));
    byte[] bytes = Base64.getMimeDecoder().decode(key.replaceAll("-----.*-----", ""));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    String kind = certificate.getPublicKey().getAlgorithm();
    store.setKeyEntry("key", KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(bytes)), new char[0], new Certificate[] {certificate});
    return store;
  }

  /** What is done with a connection, by its path. */
  public static class Endpoint extends Session.Listener.AbstractAutoDemanding {
    private final String path;
    private final String query;

    Endpoint(String path, String query) {
      this.path = path;
      this.query = query;
    }

    @Override
    public void onWebSocketText(String message) {
      switch (path) {
        case "/fragments" -> {
          int start = 0;
          for (; message.length() - start > FRAGMENT; start += FRAGMENT) {
            await(message.substring(start, start + FRAGMENT), false);
          }
          await(message.substring(start), true);
        }
        case "/ping" -> getSession().sendPing(ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8)), NOTHING);
        case "/close" -> {
          Map<?, ?> how = (Map<?, ?>) new JSON().fromJSON(message);
          getSession().close(((Number) how.get("code")).intValue(), (String) how.get("reason"), NOTHING);
        }
        default -> getSession().sendText(message, NOTHING);
      }
    }

    private void await(String part, boolean last) {
      Callback.Completable sent = new Callback.Completable();
      getSession().sendPartialText(part, last, sent);
      sent.join();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
      ByteBuffer copy = ByteBuffer.allocate(message.remaining()).put(message).flip();
      callback.succeed();
      if (path.equals("/fragments")) {
        while (copy.remaining() > FRAGMENT) {
          Callback.Completable sent = new Callback.Completable();
          getSession().sendPartialBinary(copy.slice(copy.position(), FRAGMENT), false, sent);
          sent.join();
          copy.position(copy.position() + FRAGMENT);
        }
        getSession().sendPartialBinary(copy, true, NOTHING);
      } else {
        getSession().sendBinary(copy, NOTHING);
      }
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
      String text = StandardCharsets.UTF_8.decode(payload).toString();
      getSession().sendText("pong " + text, NOTHING);
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
      Map<String, Object> event = new LinkedHashMap<>();
      event.put("event", "ended");
      event.put("query", query);
      event.put("code", code);
      event.put("reason", reason == null ? "" : reason);
      tell(event);
    }
  }
}
