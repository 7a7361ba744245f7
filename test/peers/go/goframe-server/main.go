// The echo server that barewire's client is tested against: GoFrame, with the WebSocket that its
// requests offer. It speaks the language of test/peers/peer-server.ts and ends with its input.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gogf/gf/v2/frame/g"
	"github.com/gogf/gf/v2/net/ghttp"
	"github.com/gorilla/websocket"
)

const controlTimeout = 10 * time.Second

var stdout = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func tell(event g.Map) {
	stdout.Lock()
	defer stdout.Unlock()
	if err := stdout.Encode(event); err != nil {
		os.Exit(1)
	}
}

func main() {
	cert := flag.String("cert", "", "file with the certificate, for TLS")
	key := flag.String("key", "", "file with its private key")
	flag.Parse()

	server := g.Server("peer")
	// GoFrame logs to stdout, which is for events here.
	server.Logger().SetStdoutPrint(false)
	server.Logger().SetWriter(os.Stderr)
	server.SetDumpRouterMap(false)
	server.SetAddr("127.0.0.1:0")
	if *cert != "" {
		server.EnableHTTPS(*cert, *key)
	}
	server.BindHandler("/echo", serve(echo))
	server.BindHandler("/fragments", serve(echoInFragments))
	server.BindHandler("/ping", serve(ping))
	server.BindHandler("/close", serve(closeAsTold))
	if err := server.Start(); err != nil {
		panic(err)
	}
	tell(g.Map{"event": "listening", "port": server.GetListenedPort()})

	_, _ = io.Copy(io.Discard, os.Stdin)
	// No shutdown: the tests are over, and nobody is to wait for connections.
	os.Exit(0)
}

// serve upgrades a request, gives each of its messages to answer, and tells how it was closed.
func serve(answer func(ws *ghttp.WebSocket, kind int, data []byte) error) ghttp.HandlerFunc {
	return func(request *ghttp.Request) {
		ws, err := request.WebSocket()
		if err != nil {
			return
		}
		defer ws.Close()
		for err == nil {
			var kind int
			var data []byte
			if kind, data, err = ws.ReadMessage(); err == nil {
				err = answer(ws, kind, data)
			}
		}
		end, ok := err.(*websocket.CloseError)
		if !ok {
			end = &websocket.CloseError{Code: websocket.CloseAbnormalClosure, Text: err.Error()}
		}
		query := request.URL.RawQuery
		tell(g.Map{"event": "ended", "query": query, "code": end.Code, "reason": end.Text})
	}
}

func echo(ws *ghttp.WebSocket, kind int, data []byte) error {
	return ws.WriteMessage(kind, data)
}

// echoInFragments writes in pieces, which become frames whenever the buffer of 4096 bytes is full.
func echoInFragments(ws *ghttp.WebSocket, kind int, data []byte) error {
	message, err := ws.NextWriter(kind)
	if err != nil {
		return err
	}
	const piece = 1000
	for ; len(data) > piece; data = data[piece:] {
		if _, err := message.Write(data[:piece]); err != nil {
			return err
		}
	}
	if _, err := message.Write(data); err != nil {
		return err
	}
	return message.Close()
}

// ping pings with what has come, and answers when the pong is there.
func ping(ws *ghttp.WebSocket, _ int, data []byte) error {
	ws.SetPongHandler(func(payload string) error {
		return ws.WriteMessage(websocket.TextMessage, []byte("pong "+payload))
	})
	return ws.WriteControl(websocket.PingMessage, data, time.Now().Add(controlTimeout))
}

// closeAsTold closes with the code and the reason in the message.
func closeAsTold(ws *ghttp.WebSocket, _ int, data []byte) error {
	var how struct {
		Code   int
		Reason string
	}
	if err := json.Unmarshal(data, &how); err != nil {
		return err
	}
	frame := websocket.FormatCloseMessage(how.Code, how.Reason)
	return ws.WriteControl(websocket.CloseMessage, frame, time.Now().Add(controlTimeout))
}
