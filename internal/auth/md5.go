package auth

import (
	"crypto/md5"
	"encoding/hex"
)

// md5Password returns the content of a PasswordMessage if the server asks for md5: the password hashed with the user's
// name, and the result hashed with the server's salt (manual, "Message Flow", AuthenticationMD5Password).
func md5Password(user, password string, salt [4]byte) string {
	stored := md5Hex([]byte(password + user))
	return "md5" + md5Hex(append([]byte(stored), salt[:]...))
}

func md5Hex(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}
