// Package commands is what the clients in Go share: they do what test/peers/peer-client.ts tells them, a line of
// JSON for each command, and end with their input.
package commands

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"time"
)

// Timeout is how long a client waits for what is to come.
const Timeout = 10 * time.Second

// Command is what a client is told; Data is base64 in JSON.
type Command struct {
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

// Answer is what a client answers.
type Answer map[string]any

// Obey has each command obeyed, and answers with its answer or its error.
func Obey(obey func(order Command) (Answer, error)) {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var order Command
		var result Answer
		if err = json.Unmarshal(line, &order); err == nil {
			result, err = obey(order)
		}
		if err != nil {
			result = Answer{"error": err.Error()}
		}
		if answers.Encode(result) != nil {
			return
		}
	}
}

// Receive waits for what comes next, unless the connection ends.
func Receive[T any](from <-chan T, ended <-chan error) (T, error) {
	var nothing T
	select {
	case got := <-from:
		return got, nil
	case err := <-ended:
		return nothing, err
	case <-time.After(Timeout):
		return nothing, errors.New("nothing has come in time")
	}
}

// End waits for the end of the connection. The answer has what closeOf finds in it: code and reason of the server's
// Close.
func End[E error](ended <-chan error, closeOf func(end E) Answer) (Answer, error) {
	select {
	case err := <-ended:
		var end E
		if errors.As(err, &end) {
			return closeOf(end), nil
		}
		return nil, err
	case <-time.After(Timeout):
		return nil, errors.New("the connection has not ended in time")
	}
}
