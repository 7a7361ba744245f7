// An echo server on coder/websocket: server-coder PORT
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/coder/websocket"
)

// Section 9 of the suite sends messages of 16 MiB.
const limit = 32 << 20

var options = websocket.AcceptOptions{
	InsecureSkipVerify: true, // Any origin.
	CompressionMode:    websocket.CompressionContextTakeover,
}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &options)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(limit)
	for {
		kind, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if conn.Write(r.Context(), kind, data) != nil {
			return
		}
	}
}

func main() {
	http.HandleFunc("/", echo)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
