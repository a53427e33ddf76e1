package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// advice returns what the user can do about err, or an empty string if the error's own text says it.
func advice(err error) string {
	var refused *werr.ServerError
	var late *werr.TimeoutError
	var unknown *net.DNSError
	var wrongName x509.HostnameError
	var untrusted x509.UnknownAuthorityError
	switch {
	case errors.As(err, &refused):
		return serverAdvice(refused)
	case errors.As(err, &untrusted):
		return "give the file with its authority's certificate as sslrootcert"
	case errors.As(err, &wrongName):
		return "connect to a name that the certificate was issued for"
	case errors.As(err, &unknown):
		return "correct the host in the DSN or PGHOST"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist) && werr.CategoryOf(err) == werr.CategoryConnect:
		return "start the server, or correct host and port in the DSN or PGHOST and PGPORT"
	case errors.As(err, &late) && late.Phase == "connect":
		return "correct host and port, or look for a firewall in between"
	case errors.Is(err, syscall.ENOSPC):
		return "free some space and run it again"
	}
	return ""
}

// serverAdvice returns advice for an error of the server, by its SQLSTATE ("PostgreSQL Error Codes").
func serverAdvice(refused *werr.ServerError) string {
	where := ""
	if refused.Position > 0 {
		where = fmt.Sprintf(", at character %d", refused.Position)
	}
	switch code := refused.Code; {
	case refused.Hint != "":
		return strings.TrimPrefix(where, ", ")
	case code == "28P01":
		return "correct the user or the password, in the DSN, PGUSER, PGPASSWORD or ~/.pgpass"
	case code == "28000":
		return "correct the user, or let pg_hba.conf of the server accept it"
	case code == "3D000":
		return "name a database that exists, in the DSN or PGDATABASE"
	case code == "42501":
		return "ask the owner for the right to read it"
	case strings.HasPrefix(code, "42"), strings.HasPrefix(code, "22"):
		return "correct the statement" + where
	case code == "57014":
		return "raise statement_timeout if that was the cause"
	case code == "53300":
		return "wait until other connections are closed"
	case code == "57P03":
		return "wait until the server accepts connections"
	case werr.SafeToRetry(refused):
		return "it is safe to run it again"
	}
	return strings.TrimPrefix(where, ", ")
}
