// An echo server on lxzan/gws: server-gws PORT
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/lxzan/gws"
)

// Section 9 of the suite sends messages of 16 MiB.
const limit = 32 << 20

type handler struct{ gws.BuiltinEventHandler }

func (handler) OnPing(conn *gws.Conn, payload []byte) {
	conn.WritePong(payload)
}

func (handler) OnMessage(conn *gws.Conn, message *gws.Message) {
	defer message.Close()
	conn.WriteMessage(message.Opcode, message.Bytes())
}

var upgrader = gws.NewUpgrader(&handler{}, &gws.ServerOption{
	CheckUtf8Enabled:    true,
	ReadMaxPayloadSize:  limit,
	WriteMaxPayloadSize: limit,
	PermessageDeflate: gws.PermessageDeflate{
		Enabled:               true,
		ServerContextTakeover: true,
		ClientContextTakeover: true,
	},
})

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if conn, err := upgrader.Upgrade(w, r); err == nil {
			go conn.ReadLoop()
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
