package conn

import "fmt"

// ProtocolVersion is a version of the frontend/backend protocol as in the StartupMessage: the major version in the
// upper 16 bits, the minor one in the lower 16.
type ProtocolVersion uint32

// The versions of the protocol. 3.2 was introduced in PostgreSQL 18.
const (
	Protocol30     ProtocolVersion = 3 << 16
	Protocol32     ProtocolVersion = 3<<16 | 2
	ProtocolLatest                 = Protocol32
)

// String returns the version as in a connection string, such as 3.0.
func (v ProtocolVersion) String() string { return fmt.Sprintf("%d.%d", v>>16, v&0xffff) }

// protocolVersion parses min_protocol_version and max_protocol_version.
func protocolVersion(value string) (ProtocolVersion, bool) {
	switch value {
	case "3.0":
		return Protocol30, true
	case "3.2":
		return Protocol32, true
	case "latest":
		return ProtocolLatest, true
	}
	return 0, false
}
