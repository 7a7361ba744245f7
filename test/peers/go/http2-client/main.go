// The client over HTTP/2 that barewire's server is tested against: the transport of
// golang.org/x/net/http2, which has extended CONNECT (RFC 8441). It does what
// test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with its input.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"barewire-peers/frames"

	"github.com/gobwas/ws"
	"golang.org/x/net/http2"
)

const timeout = 10 * time.Second

// A command; data is base64 in JSON.
type command struct {
	Op           string
	URL          string
	CA           string
	Protocols    []string
	FragmentSize int
	Text         bool
	Data         []byte
	Payload      string
	Code         int
	Reason       string
}

type answer map[string]any

type message struct {
	kind ws.OpCode
	data []byte
}

// A WebSocket with what its reading goroutine has received.
type connection struct {
	*frames.Socket
	protocol     string
	fragmentSize int
	out          io.Closer
	messages     chan message
	pongs        chan string
	ended        chan error
}

// All connections to a server are streams of one session.
var transports = map[string]*http2.Transport{}

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	var current *connection
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var order command
		var result answer
		if err = json.Unmarshal(line, &order); err == nil {
			result, err = obey(&current, order)
		}
		if err != nil {
			result = answer{"error": err.Error()}
		}
		if answers.Encode(result) != nil {
			return
		}
	}
}

func obey(current **connection, order command) (answer, error) {
	if order.Op == "connect" {
		opened, err := connect(order)
		if err != nil {
			return nil, err
		}
		*current = opened
		return answer{"protocol": opened.protocol}, nil
	}
	socket := *current
	if socket == nil {
		return nil, errors.New("not connected")
	}
	switch order.Op {
	case "send":
		kind := ws.OpBinary
		if order.Text {
			kind = ws.OpText
		}
		return answer{}, socket.Send(kind, order.Data, socket.fragmentSize)
	case "receive":
		got, err := receive(socket.messages, socket.ended)
		return answer{"text": got.kind == ws.OpText, "data": got.data}, err
	case "ping":
		if err := socket.Write(ws.NewPingFrame([]byte(order.Payload))); err != nil {
			return nil, err
		}
		payload, err := receive(socket.pongs, socket.ended)
		return answer{"payload": payload}, err
	case "close":
		if err := socket.Close(order.Code, order.Reason); err != nil {
			return nil, err
		}
		return socket.end()
	case "closed":
		return socket.end()
	}
	return nil, fmt.Errorf("unknown command %q", order.Op)
}

func connect(order command) (*connection, error) {
	address, err := url.Parse(order.URL)
	if err != nil {
		return nil, err
	}
	address.Scheme = strings.Replace(address.Scheme, "ws", "http", 1)
	transport, err := transportTo(address.Host, order.CA)
	if err != nil {
		return nil, err
	}
	header := http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	if len(order.Protocols) > 0 {
		header.Set("Sec-Websocket-Protocol", strings.Join(order.Protocols, ", "))
	}
	body, out := io.Pipe()
	response, err := transport.RoundTrip(&http.Request{
		Method:        http.MethodConnect,
		URL:           address,
		Header:        header,
		Body:          body,
		ContentLength: -1,
	})
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("the server answered %d", response.StatusCode)
	}
	opened := &connection{
		Socket:       frames.New(response.Body, out, true),
		protocol:     response.Header.Get("Sec-Websocket-Protocol"),
		fragmentSize: order.FragmentSize,
		out:          out,
		messages:     make(chan message, 16),
		pongs:        make(chan string, 16),
		ended:        make(chan error, 1),
	}
	opened.OnPong = func(payload string) { opened.pongs <- payload }
	go opened.read()
	return opened, nil
}

func transportTo(host string, ca string) (*http2.Transport, error) {
	if found := transports[host]; found != nil {
		return found, nil
	}
	transport := &http2.Transport{AllowHTTP: true}
	if ca == "" {
		// Without TLS: prior knowledge.
		transport.DialTLSContext = func(_ context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return net.Dial(network, address)
		}
	} else {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM([]byte(ca)) {
			return nil, errors.New("ca is no certificate in PEM")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities}
	}
	transports[host] = transport
	return transport, nil
}

func (socket *connection) read() {
	for {
		kind, data, err := socket.Receive()
		if err != nil {
			socket.ended <- err
			return
		}
		socket.messages <- message{kind, data}
	}
}

// end waits for the end of the connection: its code and reason are those of the server's Close.
func (socket *connection) end() (answer, error) {
	defer socket.out.Close()
	select {
	case err := <-socket.ended:
		var end *frames.End
		if errors.As(err, &end) {
			return answer{"code": end.Code, "reason": end.Reason}, nil
		}
		return nil, err
	case <-time.After(timeout):
		return nil, errors.New("the connection has not ended in time")
	}
}

func receive[T any](from <-chan T, ended <-chan error) (T, error) {
	var nothing T
	select {
	case got := <-from:
		return got, nil
	case err := <-ended:
		return nothing, err
	case <-time.After(timeout):
		return nothing, errors.New("nothing has come in time")
	}
}
