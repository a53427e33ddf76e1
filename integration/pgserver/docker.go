package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const (
	image = "postgres"
	port  = docker.Port("5432/tcp")

	// expire limits a container's life, in case everything else that should end it fails.
	expire = 4 * time.Hour
)

// fromDocker starts a container for each version. A local image is used if there is one; otherwise it is pulled.
func fromDocker(ctx context.Context, versions []string, log io.Writer) ([]*Server, error) {
	pool, err := dockertest.NewPool(dockerEndpoint())
	if err != nil {
		return nil, err
	}
	pinged, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := pool.Client.PingWithContext(pinged); err != nil {
		return nil, err
	}
	servers, err := startEach(versions, func(version string) (*Server, error) {
		return startContainer(ctx, pool, version, log)
	})
	if err != nil && len(servers) > 0 {
		fmt.Fprintf(log, "pgserver: %s\n", oneLine(err))
	}
	return servers, err
}

// dockerEndpoint returns the endpoint, empty for the default. It uses the docker program's current context, because
// Docker Desktop and rootless engines listen elsewhere.
func dockerEndpoint() string {
	if os.Getenv("DOCKER_HOST") != "" || os.Getenv("DOCKER_MACHINE_NAME") != "" {
		return ""
	}
	out, err := exec.Command("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}").Output()
	if err != nil {
		return ""
	}
	endpoint := strings.TrimSpace(string(out))
	if !strings.HasPrefix(endpoint, "unix://") {
		return ""
	}
	return endpoint
}

func startContainer(ctx context.Context, pool *dockertest.Pool, version string, log io.Writer) (*Server, error) {
	if _, err := pool.Client.InspectImage(image + ":" + version); err != nil {
		fmt.Fprintf(log, "pgserver: pulling %s:%s\n", image, version)
	}
	dir, err := os.MkdirTemp("", "fraiseql-wire-pg")
	if err != nil {
		return nil, err
	}
	c := &container{dir: dir, host: dockerHost(pool)}
	if err := c.run(pool, version); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.setUp(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	s := &Server{
		Name: "pg" + version, Version: version, Source: "docker image " + image + ":" + version,
		URL: tcpURL(c.host, c.resource.GetPort(string(port))), CertDir: dir, stop: c.stop,
	}
	if c.socketAnswers() {
		s.SocketURL = socketURL(c.socketDir(), "5432")
	}
	return s, nil
}

// dockerHost returns the host with the published ports.
func dockerHost(pool *dockertest.Pool) string {
	u, err := url.Parse(pool.Client.Endpoint())
	if err != nil || u.Hostname() == "" {
		return "127.0.0.1"
	}
	return u.Hostname()
}

// container is a PostgreSQL in a container that the engine removes when it ends.
type container struct {
	dir      string // certificates, and the folder of the unix socket
	host     string
	resource *dockertest.Resource
	pool     *dockertest.Pool
	lifeline *io.PipeWriter // its other end is the standard input of a process in the container
	cut      chan struct{}  // closed when that process has ended
}

func (c *container) socketDir() string { return filepath.Join(c.dir, "socket") }

func (c *container) run(pool *dockertest.Pool, version string) error {
	if err := os.Mkdir(c.socketDir(), 0o755); err != nil {
		return err
	}
	r, err := pool.RunWithOptions(&dockertest.RunOptions{
		Repository: image,
		Tag:        version,
		Env:        []string{"POSTGRES_PASSWORD=" + Password, "POSTGRES_INITDB_ARGS=--no-sync"},
		Entrypoint: []string{"sh", "-c", fmt.Sprintf(
			`(sleep %.0f; kill -INT 1) >/dev/null 2>&1 & exec docker-entrypoint.sh "$@"`, expire.Seconds()), "sh"},
		Cmd:    append([]string{"postgres"}, settingArguments()...),
		Labels: map[string]string{"fraiseql-wire": "test"},
	}, func(h *docker.HostConfig) {
		h.AutoRemove = true
		h.ShmSize = 256 << 20
		h.PublishAllPorts = false
		h.PortBindings = map[docker.Port][]docker.PortBinding{port: {{HostIP: c.publishOn()}}}
		if runtime.GOOS == "linux" && c.publishOn() != "" {
			h.Binds = []string{c.socketDir() + ":/var/run/postgresql"}
		}
	})
	if err != nil {
		return err
	}
	c.pool, c.resource = pool, r
	c.tie()
	return nil
}

// publishOn returns the address on which the port is published: only the loopback address, unless the engine is on
// another machine.
func (c *container) publishOn() string {
	if ip := net.ParseIP(c.host); c.host == "localhost" || ip.IsLoopback() {
		return "127.0.0.1"
	}
	return ""
}

// tie starts a process in the container that reads until end of file and then ends the server. The file ends when stop
// closes the lifeline, or when this process is gone.
func (c *container) tie() {
	stdin, lifeline := io.Pipe()
	c.lifeline, c.cut = lifeline, make(chan struct{})
	go func() {
		defer close(c.cut)
		// An error here means that the container has ended, which is the aim.
		_, _ = c.resource.Exec([]string{"sh", "-c", "cat >/dev/null; kill -QUIT 1"}, dockertest.ExecOptions{StdIn: stdin})
	}()
}

// setUp waits for the server, gives it roles, certificates and pg_hba.conf, and waits until it uses them.
func (c *container) setUp(ctx context.Context) error {
	address := net.JoinHostPort(c.host, c.resource.GetPort(string(port)))
	if err := waitReady(ctx, address, "postgres", nil); err != nil {
		return err
	}
	if err := writeCertificates(c.dir); err != nil {
		return err
	}
	script, err := setUpScript(c.dir)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	code, err := c.resource.Exec([]string{"sh", "-s"}, dockertest.ExecOptions{
		StdIn: strings.NewReader(script), StdOut: &out, StdErr: &out,
	})
	if err != nil || code != 0 {
		return fmt.Errorf("the container's set-up ended with %d: %s: %w", code, out.String(), err)
	}
	return waitReady(ctx, address, trusted, nil)
}

// setUpScript is for the container's shell, which sees none of this machine's files.
func setUpScript(dir string) (string, error) {
	var b strings.Builder
	b.WriteString("set -e\ncd \"$PGDATA\"\n")
	put := func(file, content string) {
		fmt.Fprintf(&b, "cat >%s <<'END'\n%s\nEND\nchown postgres:postgres %s\nchmod 600 %s\n", file, content, file, file)
	}
	put("pg_hba.conf", hostBasedAuthentication)
	for _, file := range []string{"ca.crt", "server.crt", "server.key"} {
		content, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return "", err
		}
		put(file, string(content))
	}
	fmt.Fprintf(&b, `psql -X -q -v ON_ERROR_STOP=1 -U postgres -d postgres <<'END'
%sALTER SYSTEM SET ssl_ca_file = 'ca.crt';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf();
END
`, roles)
	return b.String(), nil
}

// socketAnswers reports whether the socket in the folder shared with the container works, which it does if the engine
// uses this machine's kernel.
func (c *container) socketAnswers() bool {
	conn, err := net.DialTimeout("unix", filepath.Join(c.socketDir(), ".s.PGSQL.5432"), time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func (c *container) stop() error {
	err := c.lifeline.Close()
	select {
	case <-c.cut:
	case <-time.After(5 * time.Second):
	}
	// Usually the engine has removed the container by now, or is about to.
	purged := c.pool.Purge(c.resource)
	var gone *docker.NoSuchContainer
	var status *docker.Error
	if errors.As(purged, &gone) || errors.As(purged, &status) && status.Status == 409 {
		purged = nil
	}
	return errors.Join(err, purged, os.RemoveAll(c.dir))
}
