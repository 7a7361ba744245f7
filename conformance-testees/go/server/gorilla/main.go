// An echo server on gorilla/websocket: server-gorilla PORT
package main

import (
	"log"
	"net/http"
	"os"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Section 9 of the suite sends messages of 16 MiB.
const limit = 32 << 20

var upgrader = websocket.Upgrader{
	CheckOrigin:       func(*http.Request) bool { return true },
	EnableCompression: true,
}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetReadLimit(limit)
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		// The package leaves this to its user (RFC 6455, section 8.1).
		if kind == websocket.TextMessage && !utf8.Valid(data) {
			reason := websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, "")
			conn.WriteMessage(websocket.CloseMessage, reason)
			return
		}
		if conn.WriteMessage(kind, data) != nil {
			return
		}
	}
}

func main() {
	http.HandleFunc("/", echo)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
