package stream

// Wait is what a running stream is waiting for.
type Wait uint8

// Every running stream waits for one of these, at least for the moment.
const (
	WaitServer   Wait = iota // the consumer, or the reader on its behalf, waits for rows to arrive
	WaitConsumer             // the program works on the rows it has taken
	WaitPause                // the stream is paused
	WaitMemory               // reading has stopped at a memory limit or a budget, until the program takes rows
)

// String returns server, consumer, pause or memory.
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

// waitsFor returns what the stream is waiting for at this moment. Any goroutine may call it.
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
