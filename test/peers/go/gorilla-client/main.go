// The client that barewire's server is tested against: gorilla/websocket. It does what
// test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with its input.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gorilla/websocket"
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
	kind int
	data []byte
}

// A connection with what its reading goroutine has received.
type connection struct {
	*websocket.Conn
	messages chan message
	pongs    chan string
	ended    chan error
}

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
		ws, err := connect(order)
		if err != nil {
			return nil, err
		}
		*current = ws
		return answer{"protocol": ws.Subprotocol()}, nil
	}
	ws := *current
	if ws == nil {
		return nil, errors.New("not connected")
	}
	switch order.Op {
	case "send":
		kind := websocket.BinaryMessage
		if order.Text {
			kind = websocket.TextMessage
		}
		return answer{}, ws.WriteMessage(kind, order.Data)
	case "receive":
		got, err := receive(ws.messages, ws.ended)
		return answer{"text": got.kind == websocket.TextMessage, "data": got.data}, err
	case "ping":
		err := ws.WriteControl(websocket.PingMessage, []byte(order.Payload), deadline())
		if err != nil {
			return nil, err
		}
		payload, err := receive(ws.pongs, ws.ended)
		return answer{"payload": payload}, err
	case "close":
		frame := websocket.FormatCloseMessage(order.Code, order.Reason)
		if err := ws.WriteControl(websocket.CloseMessage, frame, deadline()); err != nil {
			return nil, err
		}
		return ws.end()
	case "closed":
		return ws.end()
	}
	return nil, fmt.Errorf("unknown command %q", order.Op)
}

func connect(order command) (*connection, error) {
	// A client's messages are split where they exceed this buffer.
	buffer := order.FragmentSize
	if buffer == 0 {
		buffer = 2 << 20
	}
	dialer := websocket.Dialer{
		HandshakeTimeout: timeout,
		Subprotocols:     order.Protocols,
		WriteBufferSize:  buffer,
	}
	if order.CA != "" {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM([]byte(order.CA)) {
			return nil, errors.New("ca is no certificate in PEM")
		}
		dialer.TLSClientConfig = &tls.Config{RootCAs: authorities}
	}
	conn, _, err := dialer.Dial(order.URL, nil)
	if err != nil {
		return nil, err
	}
	ws := &connection{conn, make(chan message, 16), make(chan string, 16), make(chan error, 1)}
	conn.SetPongHandler(func(payload string) error {
		ws.pongs <- payload
		return nil
	})
	go ws.read()
	return ws, nil
}

func (ws *connection) read() {
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil {
			ws.ended <- err
			return
		}
		ws.messages <- message{kind, data}
	}
}

// end waits for the end of the connection: its code and reason are those of the server's Close.
func (ws *connection) end() (answer, error) {
	defer ws.Close()
	select {
	case err := <-ws.ended:
		var end *websocket.CloseError
		if errors.As(err, &end) {
			return answer{"code": end.Code, "reason": end.Text}, nil
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

func deadline() time.Time {
	return time.Now().Add(timeout)
}
