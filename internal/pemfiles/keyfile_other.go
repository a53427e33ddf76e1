//go:build !unix

package pemfiles

import "io/fs"

// keyFileProblem says why a private key's file may not be used. There are no permission bits to check.
func keyFileProblem(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return "it is not a plain file"
	}
	return ""
}
