//go:build unix

package pemfiles

import (
	"fmt"
	"io/fs"
	"syscall"
)

// keyFileProblem says why a private key's file may not be used. Others must have no access to it; a file that root owns
// may be readable by its group.
func keyFileProblem(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return "it is not a plain file"
	}
	forbidden := fs.FileMode(0o077)
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid == 0 {
		forbidden = 0o037
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return fmt.Sprintf("its mode %04o gives access to others; chmod 0600, or 0640 if root owns it", mode)
	}
	return ""
}
