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

// Category is a word for what went wrong: a value of metrics labels and log fields.
type Category string

// The categories.
const (
	CategoryNone      Category = ""          // no error
	CategoryConnect   Category = "connect"   // no connection could be made
	CategoryAuth      Category = "auth"      // the login failed, on either side
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

// CategoryOf classifies err, however it is wrapped. The most telling error in the chain decides: a login that the server
// refused is auth, although it is a ConnectError on the outside.
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

// rules are looked at in order: causes before what they cause.
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

// authentication: our own refusal, or SQLSTATE class 28 (invalid authorization specification).
func authentication(err error) bool {
	var refused *ServerError
	return has[*AuthenticationError](err) || errors.As(err, &refused) && strings.HasPrefix(refused.Code, "28")
}

func transportSecurity(err error) bool {
	return has[*TLSError](err) || has[*tls.CertificateVerificationError](err) || has[tls.RecordHeaderError](err) ||
		has[tls.AlertError](err) || has[x509.HostnameError](err) || has[x509.UnknownAuthorityError](err)
}

func timeout(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		has[*TimeoutError](err) || has[*CancellationTimeoutError](err) || errors.As(err, &t) && t.Timeout()
}

func closed(err error) bool {
	return errors.Is(err, ErrConnectionClosed) || errors.Is(err, ErrStreamAlreadyClosed) ||
		errors.Is(err, ErrStreamNotPaused) || errors.Is(err, net.ErrClosed)
}

// SafeToRetry says that running the query again cannot run it twice: nothing of it reached the server, or the server
// refused it before a row was delivered, for a reason that passes: SQLSTATE 40001, 40P01, 53300, 57P01 to 57P03, class 08.
// A call that would fail the same way again, a wrong setting or argument, is not worth a retry and gives false.
func SafeToRetry(err error) bool {
	if has[*ConfigError](err) || has[*UsageError](err) {
		return false
	}
	if errors.Is(err, ErrConnectionBusy) || has[*ConnectError](err) {
		return true
	}
	var op *OpError
	if errors.As(err, &op) && op.Unsent {
		return true
	}
	var refused *ServerError
	return errors.As(err, &refused) && refused.retryable()
}
