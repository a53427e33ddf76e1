package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Versions are those that the library is tested with; the first is used if only one is needed.
var Versions = []string{"17", "15", "18"}

// Options tell what to look for.
type Options struct {
	Version string    // the major version; empty: 17 from Docker, otherwise the newest that is installed
	Log     io.Writer // progress messages; nil: none
	Private bool      // starts a server for the caller only, and ignores DATABASE_URL
}

// Start finds or starts one server. If the requested version is not available, another is used: see Server.Version.
func Start(ctx context.Context, o Options) (*Server, error) {
	versions := Versions[:1]
	if o.Version != "" {
		versions = []string{o.Version}
	}
	servers, err := Find(ctx, versions, o)
	if err != nil {
		return nil, err
	}
	return servers[0], nil
}

// Find finds or starts one server for each of the major versions, in their order, or those that are available, or one
// of another version if none is. Options.Version is ignored. A caller that needs all of them has to compare. The caller
// stops the servers.
func Find(ctx context.Context, versions []string, o Options) ([]*Server, error) {
	log := o.Log
	if log == nil {
		log = io.Discard
	}
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" && !o.Private {
		return []*Server{{Name: "given", Source: "DATABASE_URL", URL: dsn}}, nil
	}
	var tried []error
	for _, place := range []struct {
		name string
		find func(context.Context, []string, io.Writer) ([]*Server, error)
	}{
		{"a Docker engine", fromDocker},
		{"server programs", fromPrograms},
		{"apt-get", fromApt},
	} {
		servers, err := place.find(ctx, versions, log)
		if len(servers) > 0 {
			return servers, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		tried = append(tried, fmt.Errorf("%s: %w", place.name, err))
	}
	return nil, fmt.Errorf("no PostgreSQL to test with: set DATABASE_URL, or start Docker, or install the PostgreSQL "+
		"server (Debian, Ubuntu: apt-get install postgresql), and run this again (%s)", oneLine(errors.Join(tried...)))
}

// Missing returns the versions that none of the servers has.
func Missing(versions []string, servers []*Server) []string {
	var missing []string
	for _, v := range versions {
		found := false
		for _, s := range servers {
			found = found || s.Version == v
		}
		if !found {
			missing = append(missing, v)
		}
	}
	return missing
}

// startEach runs start for each version at the same time and returns the servers that came up, in order.
func startEach(versions []string, start func(version string) (*Server, error)) ([]*Server, error) {
	type result struct {
		server *Server
		err    error
	}
	results := make([]chan result, len(versions))
	for i, v := range versions {
		results[i] = make(chan result, 1)
		go func() {
			s, err := start(v)
			results[i] <- result{s, err}
		}()
	}
	var servers []*Server
	var errs []error
	for i, v := range versions {
		r := <-results[i]
		if r.err != nil {
			errs = append(errs, fmt.Errorf("PostgreSQL %s: %w", v, r.err))
			continue
		}
		servers = append(servers, r.server)
	}
	return servers, errors.Join(errs...)
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}

// lastLines returns the end of a program's output in one line, for an error text.
func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}
