// Package frames has the messages of a WebSocket on any stream, in the frames of gobwas/ws. The packages
// for WebSockets that have messages of their own take only connections that HTTP/1.1 has upgraded.
package frames

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gobwas/ws"
)

const noCode = 1005

// End is what a Close frame of the peer's has said.
type End struct {
	Code   int
	Reason string
}

func (end *End) Error() string {
	return fmt.Sprintf("closed with %d %q", end.Code, end.Reason)
}

// Socket is one end of a WebSocket.
type Socket struct {
	// OnPong is called with what each Pong carries.
	OnPong func(payload string)

	reader *bufio.Reader
	writer io.Writer
	client bool
	lock   sync.Mutex
	closed bool
}

// New makes a socket of the two directions of a stream. A client masks what it sends.
func New(reader io.Reader, writer io.Writer, client bool) *Socket {
	return &Socket{
		OnPong: func(string) {},
		reader: bufio.NewReader(reader),
		writer: writer,
		client: client,
	}
}

// Write sends a frame.
func (s *Socket) Write(frame ws.Frame) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.closed {
		return errors.New("a Close has been sent")
	}
	s.closed = frame.Header.OpCode == ws.OpClose
	if s.client {
		frame = ws.MaskFrame(frame)
	}
	return ws.WriteFrame(s.writer, frame)
}

// Send sends a message in frames of at most so many bytes; in one where size is 0.
func (s *Socket) Send(kind ws.OpCode, data []byte, size int) error {
	for size > 0 && len(data) > size {
		if err := s.Write(ws.NewFrame(kind, false, data[:size])); err != nil {
			return err
		}
		kind, data = ws.OpContinuation, data[size:]
	}
	return s.Write(ws.NewFrame(kind, true, data))
}

// Close sends a Close frame.
func (s *Socket) Close(code int, reason string) error {
	body := ws.NewCloseFrameBody(ws.StatusCode(code), reason)
	return s.Write(ws.NewFrame(ws.OpClose, true, body))
}

// Receive returns the next message. It answers Pings, and a Close, which it returns as an *End.
func (s *Socket) Receive() (kind ws.OpCode, data []byte, err error) {
	for {
		frame, err := ws.ReadFrame(s.reader)
		if err != nil {
			return 0, nil, err
		}
		if frame.Header.Masked {
			frame = ws.UnmaskFrameInPlace(frame)
		}
		switch frame.Header.OpCode {
		case ws.OpPing:
			err = s.Write(ws.NewPongFrame(frame.Payload))
		case ws.OpPong:
			s.OnPong(string(frame.Payload))
		case ws.OpClose:
			return 0, nil, s.end(frame.Payload)
		case ws.OpContinuation:
			data = append(data, frame.Payload...)
		default:
			kind, data = frame.Header.OpCode, frame.Payload
		}
		if err != nil {
			return 0, nil, err
		}
		if frame.Header.Fin && !frame.Header.OpCode.IsControl() {
			return kind, data, nil
		}
	}
}

func (s *Socket) end(body []byte) *End {
	end := &End{Code: noCode}
	if len(body) >= 2 {
		code, reason := ws.ParseCloseFrameData(body)
		end = &End{int(code), reason}
	}
	// Where this side has closed, that was the answer.
	_ = s.Close(end.Code, "")
	return end
}
