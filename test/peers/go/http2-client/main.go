// The client over HTTP/2 that barewire's server is tested against: golang.org/x/net/http2 has the streams,
// gobwas/ws the frames. It does what test/peers/peer-client.ts tells it, a line of JSON for each command, and
// ends with its input.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"golang.org/x/net/http2"

	"barewire-peers/commands"
)

type message struct {
	kind ws.OpCode
	data []byte
}

// A connection with what its reading goroutine has received.
type connection struct {
	protocol     string
	fragmentSize int
	messages     chan message
	pongs        chan string
	ended        chan error

	writing sync.Mutex
	out     *io.PipeWriter
	closing bool
}

func main() {
	var current *connection
	commands.Obey(func(order commands.Command) (commands.Answer, error) {
		return obey(&current, order)
	})
}

func obey(current **connection, order commands.Command) (commands.Answer, error) {
	if order.Op == "connect" {
		opened, err := connect(order)
		if err != nil {
			return nil, err
		}
		*current = opened
		return commands.Answer{"protocol": opened.protocol}, nil
	}
	peer := *current
	if peer == nil {
		return nil, errors.New("not connected")
	}
	switch order.Op {
	case "send":
		return commands.Answer{}, peer.send(order)
	case "receive":
		got, err := commands.Receive(peer.messages, peer.ended)
		return commands.Answer{"text": got.kind == ws.OpText, "data": got.data}, err
	case "ping":
		if err := peer.write(ws.NewPingFrame([]byte(order.Payload))); err != nil {
			return nil, err
		}
		payload, err := commands.Receive(peer.pongs, peer.ended)
		return commands.Answer{"payload": payload}, err
	case "close":
		if err := peer.close(ws.NewCloseFrameBody(ws.StatusCode(order.Code), order.Reason)); err != nil {
			return nil, err
		}
		return peer.end()
	case "closed":
		return peer.end()
	}
	return nil, fmt.Errorf("unknown command %q", order.Op)
}

// The transports by the certificate that they trust: each has one session with a server.
var transports = map[string]*http2.Transport{}

func transportFor(ca string) (*http2.Transport, error) {
	if known := transports[ca]; known != nil {
		return known, nil
	}
	transport := &http2.Transport{DisableCompression: true}
	if ca == "" {
		// Without TLS the server is known to speak HTTP/2.
		transport.AllowHTTP = true
		transport.DialTLSContext = func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	} else {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM([]byte(ca)) {
			return nil, errors.New("ca is no certificate in PEM")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities}
	}
	transports[ca] = transport
	return transport, nil
}

func connect(order commands.Command) (*connection, error) {
	transport, err := transportFor(order.CA)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(strings.Replace(order.URL, "ws", "http", 1))
	if err != nil {
		return nil, err
	}
	body, out := io.Pipe()
	header := http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	if len(order.Protocols) > 0 {
		header.Set("Sec-WebSocket-Protocol", strings.Join(order.Protocols, ", "))
	}
	request := &http.Request{
		Method:        http.MethodConnect,
		URL:           target,
		Header:        header,
		Body:          body,
		ContentLength: -1,
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("the server answered %d", response.StatusCode)
	}
	opened := &connection{
		protocol:     response.Header.Get("Sec-WebSocket-Protocol"),
		fragmentSize: order.FragmentSize,
		messages:     make(chan message, 16),
		pongs:        make(chan string, 16),
		ended:        make(chan error, 1),
		out:          out,
	}
	go func() {
		opened.ended <- opened.read(response.Body)
		_ = out.Close()
		// To close the body resets the stream, unless the server has ended it.
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}()
	return opened, nil
}

// read takes frames until the Close, which it answers where that is to be done.
func (peer *connection) read(in io.Reader) error {
	var gathered message
	for {
		frame, err := ws.ReadFrame(in)
		if err != nil {
			return err
		}
		switch frame.Header.OpCode {
		case ws.OpPing:
			if err := peer.write(ws.NewPongFrame(frame.Payload)); err != nil {
				return err
			}
		case ws.OpPong:
			peer.pongs <- string(frame.Payload)
		case ws.OpClose:
			code, reason := ws.ParseCloseFrameData(frame.Payload)
			_ = peer.close(frame.Payload)
			return wsutil.ClosedError{Code: code, Reason: reason}
		default:
			if frame.Header.OpCode != ws.OpContinuation {
				gathered = message{kind: frame.Header.OpCode}
			}
			gathered.data = append(gathered.data, frame.Payload...)
			if frame.Header.Fin {
				peer.messages <- gathered
			}
		}
	}
}

func (peer *connection) send(order commands.Command) error {
	kind := ws.OpBinary
	if order.Text {
		kind = ws.OpText
	}
	rest, size := order.Data, peer.fragmentSize
	for ; size > 0 && len(rest) > size; rest = rest[size:] {
		if err := peer.write(ws.NewFrame(kind, false, rest[:size])); err != nil {
			return err
		}
		kind = ws.OpContinuation
	}
	return peer.write(ws.NewFrame(kind, true, rest))
}

// close sends a Close frame, unless one was sent.
func (peer *connection) close(body []byte) error {
	peer.writing.Lock()
	closing := peer.closing
	peer.closing = true
	peer.writing.Unlock()
	if closing {
		return nil
	}
	return peer.write(ws.NewCloseFrame(body))
}

func (peer *connection) write(frame ws.Frame) error {
	peer.writing.Lock()
	defer peer.writing.Unlock()
	return ws.WriteFrame(peer.out, ws.MaskFrame(frame))
}

// end waits for the end of the connection: its code and reason are those of the server's Close.
func (peer *connection) end() (commands.Answer, error) {
	return commands.End(peer.ended, func(end wsutil.ClosedError) commands.Answer {
		return commands.Answer{"code": end.Code, "reason": end.Reason}
	})
}
