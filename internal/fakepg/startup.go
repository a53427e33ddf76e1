package fakepg

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Codes in place of the protocol version of a StartupMessage (manual, "Message Formats").
const (
	codeCancel = 80877102
	codeSSL    = 80877103
	codeGSS    = 80877104
)

const (
	minStartup = 8
	maxStartup = 10000 // MAX_STARTUP_PACKET_LENGTH of the server
)

// run answers the packets that may precede the StartupMessage, reads the StartupMessage, and runs the script.
func (c *Conn) run() error {
	if c.server.settings.raw {
		return c.server.script(c)
	}
	for {
		code, err := c.Startup()
		if err != nil {
			return err
		}
		switch code {
		case codeCancel:
			return c.cancelRequest()
		case codeSSL:
			if err := c.server.settings.ssl(c); err != nil {
				return c.failed("SSLRequest", err)
			}
		case codeGSS:
			if err := c.SendRaw([]byte{'N'}); err != nil {
				return err
			}
		default:
			return c.server.script(c)
		}
	}
}

// Startup reads one packet without a type byte: StartupMessage, SSLRequest, GSSENCRequest or CancelRequest. It
// returns the protocol version or the code. Only scripts under Raw need it.
func (c *Conn) Startup() (code uint32, err error) {
	// Read no more than the packet: what follows an SSLRequest belongs to the TLS handshake.
	header := make([]byte, minStartup)
	if _, err := io.ReadFull(c.session, header); err != nil {
		return 0, c.failed("read a startup packet", err)
	}
	size := binary.BigEndian.Uint32(header)
	if size < minStartup || size > maxStartup {
		return 0, fmt.Errorf("a startup packet of %d bytes", size)
	}
	packet := make([]byte, size-4)
	copy(packet, header[4:])
	if _, err := io.ReadFull(c.session, packet[4:]); err != nil {
		return 0, c.failed("read a startup packet", err)
	}
	c.packet = packet
	code = binary.BigEndian.Uint32(packet)
	if code == pgproto3.ProtocolVersion30 || code == pgproto3.ProtocolVersion32 {
		c.startup = &pgproto3.StartupMessage{}
		if err := c.startup.Decode(packet); err != nil {
			return 0, fmt.Errorf("the StartupMessage: %w", err)
		}
	}
	return code, nil
}
