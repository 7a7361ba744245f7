import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ajax.JSON;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;

/**
 * The client over HTTP/2 that barewire's server is tested against: Jetty's. It does what
 * test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with its input.
 */
public class JettyClient {
  private static final int LARGEST = 1 << 24;
  private static final int SECONDS = 10;

  private final Map<String, WebSocketClient> clients = new HashMap<>();
  private Endpoint endpoint;
  private int fragmentSize;

  public static void main(String[] args) throws Exception {
    JettyClient client = new JettyClient();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Map<String, Object> answer;
      try {
        @SuppressWarnings("unchecked")
        Map<String, Object> command = (Map<String, Object>) new JSON().fromJSON(line);
        answer = client.obey(command);
      } catch (Throwable error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        answer = Map.of("error", String.valueOf(cause));
      }
      System.out.println(new JSON().toJSON(answer));
    }
    Runtime.getRuntime().halt(0);
  }

  private Map<String, Object> obey(Map<String, Object> command) throws Exception {
    switch ((String) command.get("op")) {
      case "connect":
        return connect(command);
      case "send":
        send((Boolean) command.get("text"), Base64.getDecoder().decode((String) command.get("data")));
        return Map.of();
      case "receive": {
        Object message = take(endpoint.messages);
        boolean text = message instanceof String;
        byte[] bytes = text ? ((String) message).getBytes(StandardCharsets.UTF_8) : (byte[]) message;
        return Map.of("text", text, "data", Base64.getEncoder().encodeToString(bytes));
      }
      case "ping": {
        byte[] payload = ((String) command.get("payload")).getBytes(StandardCharsets.UTF_8);
        await(sent -> endpoint.session().sendPing(ByteBuffer.wrap(payload), sent));
        return Map.of("payload", take(endpoint.pongs));
      }
      case "close": {
        int code = ((Number) command.get("code")).intValue();
        endpoint.session().close(code, (String) command.get("reason"), Callback.NOOP);
        return take(endpoint.ends);
      }
      case "closed":
        return take(endpoint.ends);
      default:
        throw new IllegalArgumentException("unknown command");
    }
  }

  private Map<String, Object> connect(Map<String, Object> command) throws Exception {
    URI url = URI.create((String) command.get("url"));
    WebSocketClient client = clients.get(url.getAuthority());
    if (client == null) {
      client = clientThatTrusts((String) command.get("ca"));
      clients.put(url.getAuthority(), client);
    }
    Number size = (Number) command.get("fragmentSize");
    fragmentSize = size == null ? 0 : size.intValue();
    endpoint = new Endpoint();
    ClientUpgradeRequest request = new ClientUpgradeRequest();
    Object[] protocols = (Object[]) command.get("protocols");
    if (protocols != null) request.setSubProtocols(Arrays.copyOf(protocols, protocols.length, String[].class));
    Session session = client.connect(endpoint, url, request).get(SECONDS, TimeUnit.SECONDS);
    String protocol = session.getUpgradeResponse().getAcceptedSubProtocol();
    return Map.of("protocol", protocol == null ? "" : protocol);
  }

  private static WebSocketClient clientThatTrusts(String ca) throws Exception {
    ClientConnector connector = new ClientConnector();
    if (ca != null) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      byte[] pem = ca.getBytes(StandardCharsets.US_ASCII);
      store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
      SslContextFactory.Client tls = new SslContextFactory.Client();
      tls.setTrustStore(store);
      connector.setSslContextFactory(tls);
    }
    WebSocketClient client = new WebSocketClient(new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client(connector))));
    client.setMaxTextMessageSize(LARGEST);
    client.setMaxBinaryMessageSize(LARGEST);
    client.start();
    return client;
  }

  private void send(boolean text, byte[] bytes) throws Exception {
    Session session = endpoint.session();
    if (!text) {
      int start = 0;
      for (; fragmentSize > 0 && bytes.length - start > fragmentSize; start += fragmentSize) {
        ByteBuffer part = ByteBuffer.wrap(bytes, start, fragmentSize);
        await(sent -> session.sendPartialBinary(part, false, sent));
      }
      ByteBuffer last = ByteBuffer.wrap(bytes, start, bytes.length - start);
      await(sent -> session.sendPartialBinary(last, true, sent));
      return;
    }
    String message = new String(bytes, StandardCharsets.UTF_8);
    int start = 0;
    for (; fragmentSize > 0 && message.length() - start > fragmentSize; start += fragmentSize) {
      String part = message.substring(start, start + fragmentSize);
      await(sent -> session.sendPartialText(part, false, sent));
    }
    String last = message.substring(start);
    await(sent -> session.sendPartialText(last, true, sent));
  }

  private interface Sending {
    void with(Callback sent);
  }

  private static void await(Sending sending) throws Exception {
    Callback.Completable sent = new Callback.Completable();
    sending.with(sent);
    sent.get(SECONDS, TimeUnit.SECONDS);
  }

  private static <T> T take(BlockingQueue<T> queue) throws Exception {
    T found = queue.poll(SECONDS, TimeUnit.SECONDS);
    if (found == null) throw new TimeoutException("nothing has come in time");
    return found;
  }

  /** What has come on a connection. */
  public static class Endpoint extends Session.Listener.AbstractAutoDemanding {
    final BlockingQueue<Object> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<String> pongs = new LinkedBlockingQueue<>();
    final BlockingQueue<Map<String, Object>> ends = new LinkedBlockingQueue<>();

    Session session() {
      return getSession();
    }

    @Override
    public void onWebSocketText(String message) {
      messages.add(message);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
      byte[] bytes = new byte[message.remaining()];
      message.get(bytes);
      messages.add(bytes);
      callback.succeed();
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
      pongs.add(StandardCharsets.UTF_8.decode(payload).toString());
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
      Map<String, Object> end = new LinkedHashMap<>();
      end.put("code", code);
      end.put("reason", reason == null ? "" : reason);
      ends.add(end);
    }
  }
}
