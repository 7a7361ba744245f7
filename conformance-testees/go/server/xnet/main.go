// An echo server on golang.org/x/net/websocket: server-xnet PORT
package main

import (
	"log"
	"net/http"
	"os"

	"golang.org/x/net/websocket"
)

// Section 9 of the suite sends messages of 16 MiB.
const limit = 32 << 20

type message struct {
	kind byte
	data []byte
}

// The package's own codecs do not say whether a message is text.
var codec = websocket.Codec{
	Marshal: func(v any) ([]byte, byte, error) {
		m := v.(*message)
		return m.data, m.kind, nil
	},
	Unmarshal: func(data []byte, kind byte, v any) error {
		*v.(*message) = message{kind, data}
		return nil
	},
}

func echo(conn *websocket.Conn) {
	conn.MaxPayloadBytes = limit
	for {
		var m message
		if codec.Receive(conn, &m) != nil || codec.Send(conn, &m) != nil {
			return
		}
	}
}

func main() {
	// websocket.Handler would ask for an Origin.
	http.Handle("/", websocket.Server{Handler: echo})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
