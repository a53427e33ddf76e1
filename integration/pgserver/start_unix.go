//go:build unix

package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// cluster is a server that was started from programs of this machine.
type cluster struct {
	programs
	home // data, socket, log, certificates
	port string
}

func startPrograms(ctx context.Context, p programs) (*Server, error) {
	h, err := newHome()
	if err != nil {
		return nil, err
	}
	c := &cluster{programs: p, home: h}
	if err := c.initialise(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	// A free port may be taken by another program before the server binds it.
	for range 3 {
		var s *Server
		if s, err = c.start(ctx); err == nil {
			return s, nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, errors.Join(err, os.RemoveAll(h.dir))
}

// initialise creates the data folder and the roles, before the server runs.
func (c *cluster) initialise(ctx context.Context) error {
	if err := writeCertificates(c.home.dir); err != nil {
		return err
	}
	files := map[string]string{"password": Password + "\n", "pg_hba.conf": hostBasedAuthentication}
	if err := writeFiles(c.home.dir, files); err != nil {
		return err
	}
	for _, folder := range []string{"socket", "data"} {
		if err := os.Mkdir(filepath.Join(c.home.dir, folder), 0o700); err != nil {
			return err
		}
	}
	if err := c.giveAway("socket"); err != nil {
		return err
	}
	initdb := c.command(ctx, filepath.Join(c.programs.dir, "initdb"), "--pgdata=data", "--username=postgres",
		"--pwfile=password", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLines(out))
	}
	single := c.command(ctx, filepath.Join(c.programs.dir, "postgres"), "--single", "-D", "data",
		"-c", "fsync=off", "postgres")
	single.Stdin = strings.NewReader(roles)
	if out, err := single.CombinedOutput(); err != nil || bytes.Contains(out, []byte("ERROR:")) {
		return fmt.Errorf("making the roles: %w: %s", err, lastLines(out))
	}
	return nil
}

func (c *cluster) start(ctx context.Context) (*Server, error) {
	var err error
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	postgres := append([]string{filepath.Join(c.programs.dir, "postgres"), "-D", "data"}, settingArguments(
		"listen_addresses=127.0.0.1", "port="+c.port, "unix_socket_directories="+filepath.Join(c.home.dir, "socket"),
		"hba_file="+filepath.Join(c.home.dir, "pg_hba.conf"), "ssl=on", "ssl_ca_file="+filepath.Join(c.home.dir, "ca.crt"),
		"ssl_cert_file="+filepath.Join(c.home.dir, "server.crt"), "ssl_key_file="+filepath.Join(c.home.dir, "server.key"),
	)...)
	kept, err := c.keep(postgres...)
	if err != nil {
		return nil, err
	}
	if err := waitReady(ctx, net.JoinHostPort("127.0.0.1", c.port), trusted, kept.ended); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, c.log()), kept.end())
	}
	return &Server{
		Name: "pg" + c.version, Version: c.version, Source: "the programs in " + c.programs.dir,
		URL: tcpURL("", c.port), SocketURL: socketURL(filepath.Join(c.home.dir, "socket"), c.port),
		CertDir: c.home.dir, LogFile: filepath.Join(c.home.dir, "log"),
		stop: kept.stop,
	}, nil
}
