package errors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
)

// Category describes in one word what went wrong, for log fields and metric labels.
type Category string

// The categories.
const (
	CategoryNone      Category = ""          // no error
	CategoryConnect   Category = "connect"   // no connection could be made
	CategoryAuth      Category = "auth"      // the login failed, on either side; not an error 28xxx that a query raised
	CategoryConfig    Category = "config"    // a setting is invalid
	CategoryTLS       Category = "tls"       // no connection with the required encryption
	CategoryProtocol  Category = "protocol"  // the server broke the protocol
	CategoryServer    Category = "server"    // the server reported an error
	CategorySchema    Category = "schema"    // not exactly one column named data of type json or jsonb
	CategoryBusy      Category = "busy"      // another stream on the connection has not ended
	CategoryClosed    Category = "closed"    // used after the end
	CategoryCancelled Category = "cancelled" // ended by Cancel or by a context
	CategoryTimeout   Category = "timeout"   // a deadline passed
	CategoryMemory    Category = "memory"    // a memory limit was reached
	CategoryDecode    Category = "decode"    // a row did not parse
	CategoryIO        Category = "io"        // the network failed
	CategoryUsage     Category = "usage"     // an invalid call
)

// CategoryOf classifies err, however it is wrapped. The cause takes precedence over its consequences: a ConnectError
// that holds a wrong password is auth, not connect.
func CategoryOf(err error) Category {
	if err == nil {
		return CategoryNone
	}
	for _, rule := range rules {
		if rule.matches(err) {
			return rule.category
		}
	}
	return CategoryIO
}

// rules are tried in order: causes before their consequences.
var rules = []struct {
	category Category
	matches  func(error) bool
}{
	{CategoryConfig, has[*ConfigError]},
	{CategoryUsage, has[*UsageError]},
	{CategoryBusy, is(ErrConnectionBusy)},
	{CategoryCancelled, is(ErrCancelled)},
	{CategorySchema, has[*SchemaError]},
	{CategoryMemory, has[*MemoryLimitExceededError]},
	{CategoryDecode, has[*DecodeError]},
	{CategoryAuth, authentication},
	{CategoryTLS, transportSecurity},
	{CategoryProtocol, has[*ProtocolError]},
	{CategoryServer, has[*ServerError]},
	{CategoryTimeout, timeout},
	{CategoryCancelled, is(context.Canceled)},
	{CategoryClosed, closed},
	{CategoryConnect, has[*ConnectError]},
	{CategoryIO, func(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }},
}

func has[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// authentication reports whether the login failed: the client gave it up, or the server refused it with SQLSTATE class
// 28 (invalid authorization specification). A query can raise that class too; a login is recognized by the
// ConnectError, which only connecting returns.
func authentication(err error) bool {
	var connect *ConnectError
	var refused *ServerError
	return has[*AuthenticationError](err) ||
		errors.As(err, &connect) && errors.As(connect, &refused) && strings.HasPrefix(refused.Code, "28")
}

func transportSecurity(err error) bool {
	return has[*TLSError](err) || has[*tls.CertificateVerificationError](err) || has[tls.RecordHeaderError](err) ||
		has[tls.AlertError](err) || has[x509.HostnameError](err) || has[x509.UnknownAuthorityError](err)
}

func timeout(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		has[*TimeoutError](err) || has[*CancellationTimeoutError](err) || has[*PoolTimeoutError](err) ||
		errors.As(err, &t) && t.Timeout()
}

func closed(err error) bool {
	return errors.Is(err, ErrConnectionClosed) || errors.Is(err, ErrStreamAlreadyClosed) ||
		errors.Is(err, ErrStreamNotPaused) || errors.Is(err, ErrPoolClosed) || errors.Is(err, net.ErrClosed)
}
