// A client on gorilla/websocket that echoes: client-gorilla URL AGENT
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

var dialer = websocket.Dialer{EnableCompression: true}

// Sends back what comes until the connection ends. Some cases answer so that there is none.
func echo(url string) {
	conn, _, err := dialer.Dial(url, nil)
	if err != nil {
		return
	}
	defer conn.Close()
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
	url, agent := os.Args[1], os.Args[2]
	conn, _, err := dialer.Dial(url+"/getCaseCount", nil)
	if err != nil {
		log.Fatal(err)
	}
	_, data, err := conn.ReadMessage()
	if err != nil {
		log.Fatal(err)
	}
	conn.Close()
	count, err := strconv.Atoi(string(data))
	if err != nil {
		log.Fatal(err)
	}
	for i := 1; i <= count; i++ {
		echo(fmt.Sprintf("%s/runCase?case=%d&agent=%s", url, i, agent))
	}
	echo(url + "/updateReports?agent=" + agent)
}
