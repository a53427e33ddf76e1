package stream

// Wait is for whom a running stream waits.
type Wait uint8

// Every running stream waits for one of these, if only for the moment.
const (
	WaitServer   Wait = iota // the consumer, or the reader on its behalf, waits for rows to arrive
	WaitConsumer             // the program works on what it has taken
	WaitPause                // the stream is paused
	WaitMemory               // reading has stopped in front of a memory limit or a budget, until the program takes rows
)

// String is server, consumer, pause or memory.
func (w Wait) String() string {
	switch w {
	case WaitServer:
		return "server"
	case WaitConsumer:
		return "consumer"
	case WaitPause:
		return "pause"
	case WaitMemory:
		return "memory"
	}
	return "unknown"
}

// waitsFor is a look at one moment. Any goroutine.
func (s *Stream) waitsFor() Wait {
	switch {
	case s.pause.on.Load():
		return WaitPause
	case s.meet.noRoom.Load():
		return WaitMemory
	case s.meet.pulling.Load(), s.meet.consumer.parked.Load():
		return WaitServer
	}
	return WaitConsumer
}
