package fakepg

import (
	"fmt"
	"strings"
)

// samples are the bodies of valid messages of every type that a server can send, by type byte.
var samples = map[byte]string{
	'1': "", '2': "", '3': "", 'A': "\x00\x00\x00\x01channel\x00payload\x00", 'c': "", 'C': "SELECT 2\x00",
	'd': "data", 'D': "\x00\x01\x00\x00\x00\x02{}", 'E': "SERROR\x00VERROR\x00CXX000\x00Mx\x00\x00",
	'G': "\x00\x00\x01\x00\x00",
	'H': "\x00\x00\x01\x00\x00", 'I': "", 'K': "\x00\x00\x00\x01\x01\x02\x03\x04", 'n': "",
	'N': "SNOTICE\x00VNOTICE\x00C00000\x00Mx\x00\x00", 'R': "\x00\x00\x00\x00", 's': "", 'S': "TimeZone\x00UTC\x00",
	't': "\x00\x01\x00\x00\x00\x19", 'T': "\x00\x01data\x00" + oneColumn,
	'v': "\x00\x03\x00\x00\x00\x00\x00\x00", 'V': "\xff\xff\xff\xff", 'W': "\x00\x00\x01\x00\x00", 'Z': "I",
}

// order is the order in which the table uses samples.
const order = "123AcCdDEGHIKnNRsStTvVWZ"

// lengths returns messages with length fields that no message can have; other clients have panicked at those below 4.
// They are invalid for every type and in every state, because the length is checked first.
func lengths() []Misbehaviour {
	claims := []struct {
		name   string
		length uint32
	}{
		{"0", 0}, {"1", 1}, {"3", 3}, {"minus 1", 0xffffffff}, {"minus 2 GiB", 1 << 31}, {"2 GiB less 1", 1<<31 - 1},
		{"1 GiB and 1", 1<<30 + 1},
	}
	var rows []Misbehaviour
	for _, typ := range []byte(order + "?\x00") {
		for _, claim := range claims {
			lie := Claim(typ, claim.length, samples[typ])
			name := fmt.Sprintf("%q of %s ", typ, claim.name)
			rows = append(rows,
				Misbehaviour{Name: name + "at startup", Script: atStartup(append(lie, Encode(ok())...))},
				Misbehaviour{Name: name + "in rows", Script: inRows(lie), At: AtRows, Rows: 2})
		}
	}
	return append(named("lengths", rows), named("lengths above the limit", overlong())...)
}

// overlong returns messages with lengths above the limit, which all types have except DataRow and those whose texts are
// truncated, and messages with allowed lengths whose bytes never arrive: memory must not be allocated for a length that
// is only claimed.
func overlong() []Misbehaviour {
	var rows []Misbehaviour
	for _, typ := range []byte("1CISTZ") {
		lie := Claim(typ, 1<<20+1, samples[typ])
		rows = append(rows,
			Misbehaviour{Name: fmt.Sprintf("%q in rows", typ), Script: inRows(lie), At: AtRows, Rows: 2},
			Misbehaviour{Name: fmt.Sprintf("%q in the answer", typ), At: AtQuery, Extended: true,
				Script: answering(func(c *Conn) []byte { return append(lie, append(c.Head(), afterwards()...)...) })})
	}
	return append(rows,
		Misbehaviour{Name: "a row of 1 GiB that does not come", Script: claimed('D', 1<<30, ""),
			At: AtRows, Rows: 2, Silent: true, Want: []string{"timeout"}, Cancels: 99},
		Misbehaviour{Name: "a row of 1 GiB that ends", Script: claimedEnd('D', 1<<30),
			At: AtRows, Rows: 2, Want: []string{"io"}},
		Misbehaviour{Name: "a value of 1 GiB in a row of 1 GiB that does not come",
			Script: claimed('D', 1<<30, "\x00\x01\x3f\xff\xff\xf6{"),
			At:     AtRows, Rows: 2, Silent: true, Want: []string{"timeout"}, Cancels: 99},
		Misbehaviour{Name: "a notice of 1 MiB that does not come", Script: claimed('N', 1<<20, "S"),
			At: AtRows, Rows: 2, Silent: true, Want: []string{"timeout"}, Cancels: 99},
		Misbehaviour{Name: "an error of 1 MiB that ends", Script: claimedEnd('E', 1<<20),
			At: AtRows, Rows: 2, Want: []string{"io"}},
		Misbehaviour{Name: "a notice of 1 GiB that does not come", Script: claimed('N', 1<<30, "SNOTICE\x00M"),
			At: AtRows, Rows: 2, Silent: true, Want: []string{"timeout"}, Cancels: 99},
		Misbehaviour{Name: "an error of 1 GiB that ends", Script: claimedEnd('E', 1<<30),
			At: AtRows, Rows: 2, Want: []string{"io"}},
		Misbehaviour{Name: "an error of 1 GiB in place of authentication",
			Script: atStartup(Claim('E', 1<<30, "SFATAL")), Silent: true, Want: []string{"timeout"}},
		Misbehaviour{Name: "a long error whose list does not end", Script: inRows(Claim('E', 2<<20, strings.Repeat("M", 2<<20-4))),
			At: AtRows, Rows: 2},
		Misbehaviour{Name: "a long notice with bytes after its list",
			Script: inRows(Claim('N', 2<<20, "\x00"+strings.Repeat("\x00", 2<<20-5))), At: AtRows, Rows: 2},
		Misbehaviour{Name: "an error of 30000 bytes in place of authentication",
			Script: atStartup(Claim('E', 30001, "SFATAL")), Silent: true, Want: []string{"timeout", "protocol"}},
	)
}

// claimed sends, after two rows, a message of which only the beginning arrives.
func claimed(typ byte, length uint32, begin string) Script {
	return answering(func(c *Conn) []byte { return append(append(c.Head(), Rows(2)...), Claim(typ, length, begin)...) })
}

func claimedEnd(typ byte, length uint32) Script {
	return func(c *Conn) error {
		if err := claimed(typ, length, "")(c); err != nil {
			return err
		}
		return c.Close()
	}
}
