//go:build !unix

package pgserver

import (
	"context"
	"errors"
)

var errNotUnix = errors.New("programs are started only on Unix: use Docker or DATABASE_URL here")

func startPrograms(context.Context, programs) (*Server, error) { return nil, errNotUnix }

func startBouncer(context.Context, string, *Server, []string) (*Bouncer, error) {
	return nil, errNotUnix
}
