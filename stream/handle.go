package stream

// handle is a stream as its connection sees it: it implements feed.Handle. It is a separate type so that its methods
// are not among those of Stream.
type handle Stream

// End implements feed.Handle.
func (h *handle) End(err error) { (*Stream)(h).leave(causeFailure, err) }

// ContextEnded implements feed.Handle.
func (h *handle) ContextEnded() { (*Stream)(h).contextEnded() }

// Left implements feed.Handle.
func (h *handle) Left() bool { return h.life.halted() }
