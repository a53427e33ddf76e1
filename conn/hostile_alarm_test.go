package conn_test

import (
	"context"
	"sync"
	"time"
)

// alarm is a context whose deadline passes when the test calls ring, or never.
type alarm struct {
	context.Context
	once sync.Once
	done chan struct{}
}

func newAlarm() *alarm { return &alarm{Context: context.Background(), done: make(chan struct{})} }

func (a *alarm) Done() <-chan struct{} { return a.done }

func (a *alarm) Err() error {
	select {
	case <-a.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func (a *alarm) ring() { a.once.Do(func() { close(a.done) }) }

func (a *alarm) in(d time.Duration) { time.AfterFunc(d, a.ring) }
