// The echo server over HTTP/2 that barewire's client is tested against: golang.org/x/net/http2 has the
// streams, gobwas/ws the frames. It speaks the language of test/peers/peer-server.ts, with the paths /echo
// and /close, and ends with its input. It needs http2xconnect=1 in GODEBUG.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"golang.org/x/net/http2"
)

const protocol = "chat.v2"

func main() {
	cert := flag.String("cert", "", "file with the certificate, for TLS")
	key := flag.String("key", "", "file with its private key")
	flag.Parse()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	port := listener.Addr().(*net.TCPAddr).Port
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		check(err)
		config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
		listener = tls.NewListener(listener, config)
	}
	go accept(listener)
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"event": "listening", "port": port}))

	_, _ = io.Copy(io.Discard, os.Stdin)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func accept(listener net.Listener) {
	server := &http2.Server{}
	for {
		conn, err := listener.Accept()
		check(err)
		go func() {
			// ServeConn asks what TLS has agreed upon.
			if secure, ok := conn.(*tls.Conn); ok && secure.Handshake() != nil {
				_ = conn.Close()
				return
			}
			server.ServeConn(conn, &http2.ServeConnOpts{Handler: http.HandlerFunc(serve)})
		}()
	}
}

// A WebSocket: what is written leaves at once.
type stream struct {
	io.Reader
	writer http.ResponseWriter
}

func (s stream) Write(bytes []byte) (int, error) {
	n, err := s.writer.Write(bytes)
	if err == nil {
		err = http.NewResponseController(s.writer).Flush()
	}
	return n, err
}

func serve(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodConnect || request.Header.Get(":protocol") != "websocket" {
		http.Error(writer, "WebSockets only", http.StatusBadRequest)
		return
	}
	answers := map[string]func(stream) error{"/echo": echo, "/close": closeAsTold}
	answer, ok := answers[request.URL.Path]
	if !ok {
		http.NotFound(writer, request)
		return
	}
	offered := strings.Split(request.Header.Get("Sec-WebSocket-Protocol"), ",")
	if slices.ContainsFunc(offered, func(name string) bool { return strings.TrimSpace(name) == protocol }) {
		writer.Header().Set("Sec-WebSocket-Protocol", protocol)
	}
	writer.WriteHeader(http.StatusOK)
	if http.NewResponseController(writer).Flush() != nil {
		return
	}
	// The stream ends with this function, in order or not.
	_ = answer(stream{request.Body, writer})
}

func echo(peer stream) error {
	for {
		// It answers Pings and the Close, which is an error of its own.
		data, kind, err := wsutil.ReadClientData(peer)
		if err != nil {
			return err
		}
		if err := wsutil.WriteServerMessage(peer, kind, data); err != nil {
			return err
		}
	}
}

// closeAsTold closes with the code and the reason in the message, and waits for the answer.
func closeAsTold(peer stream) error {
	data, _, err := wsutil.ReadClientData(peer)
	if err != nil {
		return err
	}
	var how struct {
		Code   ws.StatusCode
		Reason string
	}
	if err := json.Unmarshal(data, &how); err != nil {
		return err
	}
	if err := ws.WriteFrame(peer, ws.NewCloseFrame(ws.NewCloseFrameBody(how.Code, how.Reason))); err != nil {
		return err
	}
	for {
		frame, err := ws.ReadFrame(peer)
		if err != nil || frame.Header.OpCode == ws.OpClose {
			return err
		}
	}
}
