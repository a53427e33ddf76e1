package main

import (
	"context"
	"errors"
	"net"
	"time"
)

// closeTimeout is the time for streams that have not ended even though their requests were aborted. Their queries
// have CancelTimeout in addition.
const closeTimeout = time.Second

// errDrained is the cause of the contexts of requests that the drain has ended.
var errDrained = errors.New("the server is shutting down, and the time for its requests is over")

// drain first reports that the server is not ready, continues to serve until load balancers have noticed, and then
// accepts no more requests. Those in progress have drainTimeout; those that have not ended by then are cancelled, in
// the database too.
func (s *server) drain() {
	s.logger.Info("draining", "grace", s.cfg.drainGrace.String(), "timeout", s.cfg.drainTimeout.String())
	s.ready.draining.Store(true)
	<-s.after(s.cfg.drainGrace)
	if s.shutdown(s.cfg.drainTimeout) != nil {
		s.logger.Warn("the time is over: requests are cancelled", "streams", s.pool.Stats().Streams)
		s.cancel(errDrained)
		_ = s.shutdown(s.cfg.cancelTimeout) // a client that has received no error by then does not read
	}
	s.close()
}

// shutdown accepts no more requests, and waits for those in progress.
func (s *server) shutdown(timeout time.Duration) error {
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	return s.public.Shutdown(ctx)
}

// close ends everything that is left.
func (s *server) close() {
	s.cancel(errDrained)
	for _, l := range []net.Listener{s.clients, s.staff} {
		if l != nil {
			_ = l.Close() // it may already be closed
		}
	}
	_ = s.public.Close()
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	if err := s.pool.Close(ctx); err != nil {
		s.logger.Warn("queries were left to their timeouts", "error", err)
	}
	_ = s.admin.Close()
	s.logger.Info("closed")
}
