//go:build !linux

package link

import (
	"syscall"
	"time"
)

// SetUserTimeout does nothing: the system has no such option, or has it under another name.
func SetUserTimeout(syscall.RawConn, string, time.Duration) error { return nil }
