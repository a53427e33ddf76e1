package conn

// ChannelBinding controls whether the login is bound to the TLS connection: channel_binding.
type ChannelBinding uint8

// The values of ChannelBinding.
const (
	ChannelBindingPrefer  ChannelBinding = iota // if both sides support it
	ChannelBindingDisable                       // never bound
	ChannelBindingRequire                       // always bound, or the login fails
)

var channelBindingNames = []string{"prefer", "disable", "require"}

// String returns the value as in a connection string.
func (b ChannelBinding) String() string { return nameOf(channelBindingNames, b) }
