package conn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
)

// ChannelBinding says whether the login must be bound to the TLS connection: channel_binding.
type ChannelBinding uint8

// The choices.
const (
	ChannelBindingPrefer  ChannelBinding = iota // where both sides can
	ChannelBindingDisable                       // never
	ChannelBindingRequire                       // or the login fails
)

var channelBindingNames = []string{"prefer", "disable", "require"}

// String is the value as in a connection string.
func (b ChannelBinding) String() string { return nameOf(channelBindingNames, b) }

// validateRequireAuth hides the value, as all of Validate does.
func (c *Config) validateRequireAuth() error {
	if _, err := auth.ParseRequireAuth(strings.Join(c.RequireAuth, ",")); err != nil {
		return &werr.ConfigError{Key: "require_auth",
			Detail: "want password, md5, gss, sspi, scram-sha-256, oauth or none, " +
				"with commas between them, each once, and a ! in front of all or of none"}
	}
	return nil
}
