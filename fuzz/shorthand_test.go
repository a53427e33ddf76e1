package fuzz

import (
	"bytes"
	"encoding/binary"
)

// frames makes valid frames from a shorthand that suits a fuzzer: a type, a length of one byte, a body. Three types
// denote rows of one column:
//
//	r  the body is the value
//	b  the value is a string of a thousand bytes times the first byte of the body
//	m  as many rows as the first byte of the body says, of which the rest is the value
func frames(short []byte) []byte {
	var out []byte
	for len(short) >= 2 {
		typ, n := short[0], min(int(short[1]), len(short)-2)
		body := short[2 : 2+n]
		short = short[2+n:]
		switch {
		case typ == 'r':
			out = appendRow(out, body)
		case typ == 'b' && n > 0:
			text := bytes.Repeat([]byte{'x'}, 1000*int(body[0]))
			out = appendRow(out, append(append([]byte{'"'}, text...), '"'))
		case typ == 'm' && n > 0:
			for range body[0] {
				out = appendRow(out, body[1:])
			}
		default:
			out = appendFrame(out, typ, body)
		}
	}
	return out
}

func appendFrame(dst []byte, typ byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(append(dst, typ), uint32(len(body)+4)), body...)
}

func appendRow(dst, value []byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte{0, 1}, uint32(len(value)))
	return appendFrame(dst, 'D', append(body, value...))
}

// Parts of answers in shorthand.
const (
	description = "T\x19\x00\x01data\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x72\xff\xff\xff\xff\xff\xff\x00\x00"
	described   = "1\x002\x00" + description
	threeRows   = "r\x07{\"n\":0}r\x07{\"n\":1}r\x09[1, 2, 3]"
	selected3   = "C\x09SELECT 3\x00Z\x01I"
	made        = "1\x002\x00r\x01cC\x09SELECT 1\x00"
	cancelled   = "E\x1aSERROR\x00C57014\x00Mcancelled\x00\x00Z\x01I"
)

// soundLogin returns the messages of a server that accepts the login; with told, after it has requested the password.
// request is the number of bytes before the server waits for the password.
func soundLogin(c choice) (all []byte, request int) {
	if c.has(told) {
		all = appendFrame(nil, 'R', []byte{0, 0, 0, 3})
		request = len(all)
	}
	all = appendFrame(all, 'R', []byte{0, 0, 0, 0})
	all = appendFrame(all, 'S', []byte("server_version\x0017.0\x00"))
	if !c.has(noKey) {
		all = appendFrame(all, 'K', []byte("\x00\x00\x00\x07abcd"))
	}
	return appendFrame(all, 'Z', []byte("I")), request
}
