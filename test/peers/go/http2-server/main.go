// The echo server over HTTP/2 that barewire's client is tested against: golang.org/x/net/http2, whose
// extended CONNECT (RFC 8441) is off unless GODEBUG says otherwise. It speaks the language of
// test/peers/peer-server.ts and ends with its input.
package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"

	"barewire-peers/frames"

	"github.com/gobwas/ws"
	"golang.org/x/net/http2"
)

const (
	setting  = "http2xconnect=1"
	fragment = 1000
)

var stdout = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func tell(event map[string]any) {
	stdout.Lock()
	defer stdout.Unlock()
	if err := stdout.Encode(event); err != nil {
		os.Exit(1)
	}
}

// restartWithExtendedConnect does nothing where GODEBUG has the setting: it is read before main begins.
func restartWithExtendedConnect() {
	if strings.Contains(os.Getenv("GODEBUG"), setting) {
		return
	}
	os.Setenv("GODEBUG", setting)
	program, err := os.Executable()
	if err == nil {
		err = syscall.Exec(program, os.Args, os.Environ())
	}
	panic(err)
}

func main() {
	restartWithExtendedConnect()
	cert := flag.String("cert", "", "file with the certificate, for TLS")
	key := flag.String("key", "", "file with its private key")
	flag.Parse()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var config *tls.Config
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			panic(err)
		}
		config = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
	}
	tell(map[string]any{"event": "listening", "port": listener.Addr().(*net.TCPAddr).Port})
	go accept(listener, config)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func accept(listener net.Listener, config *tls.Config) {
	routes := http.NewServeMux()
	routes.HandleFunc("/echo", serve(echo))
	routes.HandleFunc("/fragments", serve(echoInFragments))
	routes.HandleFunc("/ping", serve(ping))
	routes.HandleFunc("/close", serve(closeAsTold))
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			if config != nil {
				secure := tls.Server(connection, config)
				if secure.Handshake() != nil {
					return
				}
				connection = secure
			}
			server := &http2.Server{}
			server.ServeConn(connection, &http2.ServeConnOpts{Handler: routes})
		}()
	}
}

// A response that is written to at once.
type stream struct {
	http.ResponseWriter
}

func (s stream) Write(bytes []byte) (int, error) {
	written, err := s.ResponseWriter.Write(bytes)
	if err == nil {
		err = http.NewResponseController(s.ResponseWriter).Flush()
	}
	return written, err
}

// serve opens a WebSocket, gives each of its messages to answer, and tells how it was closed.
func serve(answer func(socket *frames.Socket, kind ws.OpCode, data []byte) error) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodConnect || request.Header.Get(":protocol") != "websocket" {
			response.WriteHeader(http.StatusNotImplemented)
			return
		}
		for _, offered := range strings.Split(request.Header.Get("Sec-Websocket-Protocol"), ",") {
			if strings.TrimSpace(offered) == "chat.v2" {
				response.Header().Set("Sec-Websocket-Protocol", "chat.v2")
			}
		}
		response.WriteHeader(http.StatusOK)
		if err := http.NewResponseController(response).Flush(); err != nil {
			return
		}
		socket := frames.New(request.Body, stream{response}, false)
		socket.OnPong = func(payload string) {
			_ = socket.Send(ws.OpText, []byte("pong "+payload), 0)
		}
		end := &frames.End{Code: 1006}
		var err error
		for err == nil {
			var kind ws.OpCode
			var data []byte
			if kind, data, err = socket.Receive(); err == nil {
				err = answer(socket, kind, data)
			}
		}
		errors.As(err, &end)
		query := request.URL.RawQuery
		tell(map[string]any{"event": "ended", "query": query, "code": end.Code, "reason": end.Reason})
	}
}

func echo(socket *frames.Socket, kind ws.OpCode, data []byte) error {
	return socket.Send(kind, data, 0)
}

func echoInFragments(socket *frames.Socket, kind ws.OpCode, data []byte) error {
	return socket.Send(kind, data, fragment)
}

// ping pings with what has come; the answer is sent when the pong is there.
func ping(socket *frames.Socket, _ ws.OpCode, data []byte) error {
	return socket.Write(ws.NewPingFrame(data))
}

// closeAsTold closes with the code and the reason in the message.
func closeAsTold(socket *frames.Socket, _ ws.OpCode, data []byte) error {
	var how struct {
		Code   int
		Reason string
	}
	if err := json.Unmarshal(data, &how); err != nil {
		return err
	}
	return socket.Close(how.Code, how.Reason)
}
