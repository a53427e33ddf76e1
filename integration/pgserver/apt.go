package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// fromApt installs the distribution's PostgreSQL and starts it. The package may also start a server by itself, which is
// not used.
func fromApt(ctx context.Context, versions []string, log io.Writer) ([]*Server, error) {
	if err := aptInstall(ctx, "postgresql", log); err != nil {
		return nil, err
	}
	return fromPrograms(ctx, versions, log)
}

// aptInstall installs a package of Debian or Ubuntu. Elsewhere, and for users other than root, it is an error.
func aptInstall(ctx context.Context, name string, log io.Writer) error {
	if os.Geteuid() != 0 {
		return errors.New("only root can install packages")
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("this is not Debian or Ubuntu: there is no apt-get")
	}
	fmt.Fprintf(log, "pgserver: apt-get install %s\n", name)
	for _, args := range [][]string{
		{"-qq", "update"},
		{"-qq", "install", "-y", "--no-install-recommends", name},
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w: %s", args[1], err, lastLines(out))
		}
	}
	return nil
}
