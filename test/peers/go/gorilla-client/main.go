// The client that barewire's server is tested against: gorilla/websocket. It does what
// test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with its input.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"barewire-peers/commands"
)

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
	var current *connection
	commands.Obey(func(order commands.Command) (commands.Answer, error) {
		return obey(&current, order)
	})
}

func obey(current **connection, order commands.Command) (commands.Answer, error) {
	if order.Op == "connect" {
		ws, err := connect(order)
		if err != nil {
			return nil, err
		}
		*current = ws
		return commands.Answer{"protocol": ws.Subprotocol()}, nil
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
		return commands.Answer{}, ws.WriteMessage(kind, order.Data)
	case "receive":
		got, err := commands.Receive(ws.messages, ws.ended)
		return commands.Answer{"text": got.kind == websocket.TextMessage, "data": got.data}, err
	case "ping":
		err := ws.WriteControl(websocket.PingMessage, []byte(order.Payload), deadline())
		if err != nil {
			return nil, err
		}
		payload, err := commands.Receive(ws.pongs, ws.ended)
		return commands.Answer{"payload": payload}, err
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

func connect(order commands.Command) (*connection, error) {
	// A client's messages are split where they exceed this buffer.
	buffer := order.FragmentSize
	if buffer == 0 {
		buffer = 2 << 20
	}
	dialer := websocket.Dialer{
		HandshakeTimeout: commands.Timeout,
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
func (ws *connection) end() (commands.Answer, error) {
	defer ws.Close()
	return commands.End(ws.ended, func(end *websocket.CloseError) commands.Answer {
		return commands.Answer{"code": end.Code, "reason": end.Text}
	})
}

func deadline() time.Time {
	return time.Now().Add(commands.Timeout)
}
