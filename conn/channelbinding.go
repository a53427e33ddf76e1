package conn

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
