//go:build !linux

package link

import (
	"syscall"
	"time"
)

// SetUserTimeout does nothing: the system has no such option, or another name for it.
func SetUserTimeout(syscall.RawConn, string, time.Duration) error { return nil }
