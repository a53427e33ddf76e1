package stream

// handle is a stream as its connection sees it: it implements feed.Handle. It is a type of its own so that its methods are
// not the stream's.
type handle Stream

// End implements feed.Handle.
func (h *handle) End(err error) { (*Stream)(h).leave(causeFailure, err) }

// ContextEnded implements feed.Handle.
func (h *handle) ContextEnded() { (*Stream)(h).contextEnded() }

// Left implements feed.Handle.
func (h *handle) Left() bool { return h.life.halted() }
