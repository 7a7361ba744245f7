// A client on coder/websocket that echoes: client-coder URL AGENT
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/coder/websocket"
)

// Section 9 of the suite sends messages of 16 MiB.
const limit = 32 << 20

var (
	background = context.Background()
	options    = websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover}
)

// Sends back what comes until the connection ends. Some cases answer so that there is none.
func echo(url string) {
	conn, _, err := websocket.Dial(background, url, &options)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(limit)
	for {
		kind, data, err := conn.Read(background)
		if err != nil {
			return
		}
		if conn.Write(background, kind, data) != nil {
			return
		}
	}
}

func main() {
	url, agent := os.Args[1], os.Args[2]
	conn, _, err := websocket.Dial(background, url+"/getCaseCount", &options)
	if err != nil {
		log.Fatal(err)
	}
	_, data, err := conn.Read(background)
	if err != nil {
		log.Fatal(err)
	}
	conn.CloseNow()
	count, err := strconv.Atoi(string(data))
	if err != nil {
		log.Fatal(err)
	}
	for i := 1; i <= count; i++ {
		echo(fmt.Sprintf("%s/runCase?case=%d&agent=%s", url, i, agent))
	}
	echo(url + "/updateReports?agent=" + agent)
}
