package pool

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

var (
	errDown     = &werr.ConnectError{Attempts: []error{&werr.OpError{Op: "connect", Err: io.EOF}}}
	errPassword = &werr.ConnectError{Attempts: []error{&werr.ServerError{Severity: "FATAL", Code: "28P01"}}}
	errFull     = &werr.ConnectError{Attempts: []error{&werr.ServerError{Severity: "FATAL", Code: "53300"}}}
)

func testBreaker(failures int) *breaker {
	return newBreaker(Breaker{Failures: failures, MinOpen: time.Second, MaxOpen: 3 * time.Second}, wiremetrics.ForPool("breaker"))
}

// connect asks the breaker for permission, and reports the result.
func (b *breaker) connect(outcome error) error {
	done, err := b.admit()
	if err == nil {
		done(outcome)
	}
	return err
}

// The breaker opens after failures in a row, for a time that doubles with each probe that fails, up to its bound, and
// starts over once it was closed.
func TestBreakerOpensAndDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBreaker(3)
		opening := func(want time.Duration) {
			t.Helper()
			err := b.connect(nil)
			var open *werr.CircuitOpenError
			if !errors.As(err, &open) || open.RetryAfter != want || !errors.Is(err, io.EOF) || b.now() != BreakerOpen {
				t.Fatalf("%v, %v: want it open for %v", err, b.now(), want)
			}
			time.Sleep(want + 1)
			if b.now() != BreakerHalfOpen {
				t.Fatalf("after %v it is %v", want, b.now())
			}
		}
		for range 2 {
			if err := b.connect(errDown); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.connect(nil); err != nil { // ends the series of failures
			t.Fatal(err)
		}
		for range 3 {
			if err := b.connect(errDown); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second} {
			opening(want)
			if err := b.connect(errDown); err != nil {
				t.Fatalf("the probe was rejected: %v", err)
			}
		}
		opening(3 * time.Second)
		if err := b.connect(nil); err != nil || b.now() != BreakerClosed {
			t.Fatalf("%v, %v: want it closed", err, b.now())
		}
		for range 3 {
			_ = b.connect(errDown)
		}
		opening(time.Second)
	})
}

// While the probe is under way, other connects are rejected.
func TestBreakerProbesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBreaker(1)
		_ = b.connect(errDown)
		time.Sleep(time.Second + 1)
		probe, err := b.admit()
		if err != nil {
			t.Fatal(err)
		}
		var open *werr.CircuitOpenError
		if _, err := b.admit(); !errors.As(err, &open) || open.RetryAfter != 0 {
			t.Errorf("during the probe: %v", err)
		}
		b.answered()
		if b.now() != BreakerHalfOpen {
			t.Errorf("an answer on another connection made it %v", b.now())
		}
		probe(nil)
		if b.now() != BreakerClosed {
			t.Errorf("after the probe: %v", b.now())
		}
	})
}

// Errors that count as failures, that end a series of failures, and that are ignored.
func TestBreakerCounts(t *testing.T) {
	t.Parallel()
	lost := &werr.OpError{Op: "query", Err: io.ErrUnexpectedEOF}
	tests := []struct {
		name string
		do   func(b *breaker)
		open bool
	}{
		{"no server", func(b *breaker) { _ = b.connect(errDown) }, true},
		{"a full server", func(b *breaker) { _ = b.connect(errFull) }, true},
		{"lost in the first answer", func(b *breaker) { b.lost(lost) }, true},
		{"a wrong password", func(b *breaker) { _ = b.connect(errPassword) }, false},
		{"a wrong setting", func(b *breaker) { _ = b.connect(&werr.ConfigError{Key: "sslmode"}) }, false},
		{"the pool was closed meanwhile", func(b *breaker) { _ = b.connect(&werr.OpError{Op: "connect", Err: context.Canceled}) }, false},
		{"a failure, then an answer", func(b *breaker) { b.answered() }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := testBreaker(2)
			_ = b.connect(errDown)
			tt.do(b)
			if tt.name == "a failure, then an answer" {
				_ = b.connect(errDown)
			}
			if open := b.now() == BreakerOpen; open != tt.open {
				t.Errorf("open: %v, want %v", open, tt.open)
			}
		})
	}
}

// After a probe whose result says nothing about the server, another connect may be the probe.
func TestBreakerNeutralProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBreaker(1)
		_ = b.connect(errDown)
		time.Sleep(time.Second + 1)
		if err := b.connect(&werr.ConfigError{Key: "sslmode"}); err != nil {
			t.Fatal(err)
		}
		if err := b.connect(nil); err != nil || b.now() != BreakerClosed {
			t.Errorf("%v, %v", err, b.now())
		}
	})
}

func TestNoBreaker(t *testing.T) {
	t.Parallel()
	b := testBreaker(-1)
	for range 100 {
		if err := b.connect(errDown); err != nil {
			t.Fatal(err)
		}
	}
	b.lost(errDown)
	b.answered()
	if b.now() != BreakerClosed {
		t.Error(b.now())
	}
}
