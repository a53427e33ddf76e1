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

// Category is one word for what went wrong, for log fields and the labels of metrics.
type Category string

// The categories.
const (
	CategoryNone      Category = ""          // no error
	CategoryConnect   Category = "connect"   // no connection could be made
	CategoryAuth      Category = "auth"      // the login failed, on either side; not an error 28xxx that a query raised
	CategoryConfig    Category = "config"    // a setting cannot be right
	CategoryTLS       Category = "tls"       // no encrypted connection as asked for
	CategoryProtocol  Category = "protocol"  // the server broke the protocol
	CategoryServer    Category = "server"    // the server reported an error
	CategorySchema    Category = "schema"    // not one column data of json or jsonb
	CategoryBusy      Category = "busy"      // another stream of the connection has not ended
	CategoryClosed    Category = "closed"    // used after the end
	CategoryCancelled Category = "cancelled" // by Cancel or by a context
	CategoryTimeout   Category = "timeout"   // a deadline passed
	CategoryMemory    Category = "memory"    // a memory limit was met
	CategoryDecode    Category = "decode"    // a row did not parse
	CategoryIO        Category = "io"        // the network failed
	CategoryUsage     Category = "usage"     // a call that cannot be right
)

// CategoryOf classifies err, however it is wrapped. The cause decides over what it led to: a ConnectError that holds a wrong
// password is auth, not connect.
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

// rules are tried in order: causes before what they lead to.
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

// authentication is a login that failed: refused on this side, or by the server with SQLSTATE class 28 (invalid
// authorization specification). A query can raise that class as well; what tells the two apart is the ConnectError, which
// only a connect returns.
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
