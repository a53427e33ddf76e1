package conn_test

import (
	"context"
	"sync"
	"testing"
	"time"
)

// alarm is a context whose deadline passes when the test says so.
type alarm struct {
	context.Context
	once  sync.Once
	done  chan struct{}
	rungs time.Time // when it rang; read after done
}

// newAlarm rings after overdue, if nothing rings it before: the test has then failed.
func newAlarm() *alarm {
	a := &alarm{Context: context.Background(), done: make(chan struct{})}
	a.in(overdue)
	return a
}

func (a *alarm) Done() <-chan struct{} { return a.done }

func (a *alarm) Err() error {
	select {
	case <-a.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func (a *alarm) ring() { a.once.Do(func() { a.rungs = time.Now(); close(a.done) }) }

func (a *alarm) in(d time.Duration) { time.AfterFunc(d, a.ring) }

// inTime fails if a call that the alarm should have ended returned late.
func (a *alarm) inTime(t *testing.T, call string) {
	t.Helper()
	select {
	case <-a.done:
		if took := time.Since(a.rungs); took > late {
			t.Errorf("%s returned %v after the end of its context", call, took)
		}
	default:
	}
}
