package main

import (
	"context"
	"errors"
	"net"
	"time"
)

// closeTimeout is for streams that have not ended even when their requests were broken off. Their queries have
// CancelTimeout more.
const closeTimeout = time.Second

// errDrained is the cause of contexts of requests that the drain has ended.
var errDrained = errors.New("the server ends, and the time for its requests is over")

// drain says that it is not ready, goes on serving for as long as others need to notice, and then takes no more
// requests. Those under way have drainTimeout; what has not ended then is cancelled, on the database too.
func (s *server) drain() {
	s.logger.Info("draining", "grace", s.cfg.drainGrace.String(), "timeout", s.cfg.drainTimeout.String())
	s.ready.draining.Store(true)
	<-s.after(s.cfg.drainGrace)
	if s.shutdown(s.cfg.drainTimeout) != nil {
		s.logger.Warn("the time is over: requests are cancelled", "streams", s.pool.Stats().Streams)
		s.cancel(errDrained)
		_ = s.shutdown(s.cfg.cancelTimeout) // who is not told by then reads nothing
	}
	s.close()
}

// shutdown takes no more requests, and waits for those under way.
func (s *server) shutdown(timeout time.Duration) error {
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	return s.public.Shutdown(ctx)
}

// close ends whatever is left.
func (s *server) close() {
	s.cancel(errDrained)
	for _, l := range []net.Listener{s.clients, s.staff} {
		if l != nil {
			_ = l.Close() // that it is closed already is no news
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
